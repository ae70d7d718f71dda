import { defineRule } from '../../engine/rule.ts';
import { literalVariables } from '../../k8s/env.ts';
import { type Credential, credentialInField, findCredential } from '../../k8s/secret-patterns.ts';
import { describe, partOf } from './_hint.ts';

export default defineRule({
  id: 'secret-literal-in-env',
  title: 'Secret written as an environment value',
  category: 'secret',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: { literal: 'environment variable {variable} of container "{name}" holds a literal {what}' },
  check(container, context) {
    for (const { name, value, valueNode } of literalVariables(container, isCredential)) {
      const found = findCredential(value) ?? credentialInField(name, value);
      if (found === undefined) continue;
      context.report(valueNode, 'literal', {
        data: { variable: name, name: container.name, what: describe(found, value) },
        severity: severityOf(found),
        ...partOf(valueNode, found.start, found.end),
      });
    }
  },
  docs: {
    why: 'Everyone who can read the manifest, the object in the API or the repository reads the secret, and it cannot be changed without a new rollout. Environment variables also end up in logs, crash reports and child processes.',
    fix: 'Change the secret first, since it is known now. Then keep it in a Secret, or better in a store outside, and refer to it:\n\n```yaml\nenv:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db\n        key: password\n```',
    frameworks: { cis: ['5.4.1'], nsa: ['N7'], mitre: ['T1552.001', 'T1552.007'] },
    equivalents: {
      'kube-linter': ['env-var-secret'],
      kubescape: ['C-0012', 'C-0259'],
      polaris: ['sensitiveContainerEnvVar'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/secrets-good-practices/'],
    limits:
      'Values are known by their form (keys of providers, tokens, private keys, logins in URLs) or by the name of the variable. Placeholders, references, paths and switches are left alone; randomness alone proves nothing.',
    examples: {
      bad: [
        {
          title: 'by the name of the variable',
          in: 'container',
          yaml: 'env:\n  - name: DB_PASSWORD\n    value: s3cr3t-Va1ue # finding',
        },
        {
          title: 'a login in a URL',
          in: 'container',
          yaml: 'env:\n  - name: DATABASE_URL\n    value: postgres://app:Tr0ub4dor@db:5432/app # finding',
        },
        {
          title: 'a password that everybody tries',
          in: 'container',
          yaml: 'env:\n  - name: POSTGRES_PASSWORD\n    value: postgres # finding',
        },
      ],
      good: [
        {
          title: 'from a Secret',
          in: 'container',
          yaml: 'env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db\n        key: password',
        },
        {
          title: 'placeholders and references',
          in: 'container',
          yaml: 'env:\n  - name: DB_PASSWORD\n    value: changeme\n  - name: API_TOKEN\n    value: $(TOKEN_FROM_SECRET)\n  - name: PASSWORD\n    value: "{{ .Values.password }}"\n  - name: PASSWORD_FILE\n    value: /run/secrets/db\n  - name: TLS_SECRET\n    value: web-tls',
        },
        {
          title: 'a URL that gets its password elsewhere',
          in: 'container',
          yaml: 'env:\n  - name: DATABASE_URL\n    value: postgres://app:$(DB_PASSWORD)@db:5432/app',
        },
      ],
    },
  },
});

function isCredential(name: string, value: string): boolean {
  return (findCredential(value) ?? credentialInField(name, value)) !== undefined;
}

function severityOf({ confidence, isDefault }: Credential): 'high' | 'medium' | 'low' {
  return isDefault === true ? 'medium' : confidence;
}
