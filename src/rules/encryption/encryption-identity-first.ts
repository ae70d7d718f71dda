import { defineRule } from '../../engine/rule.ts';
import { effectiveEntry, entriesOf } from '../../k8s/encryption/configuration.ts';
import { ENCRYPTION_KINDS } from './_configuration.ts';

export default defineRule({
  id: 'encryption-identity-first',
  title: 'Secrets are written in clear text although a cipher is configured',
  category: 'encryption',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ENCRYPTION_KINDS,
  messages: {
    first: 'secrets are written in clear text: identity is the first provider, and the first one writes',
    only: 'secrets are written in clear text: identity is the only provider',
  },
  check(resource, context) {
    const entry = effectiveEntry(entriesOf(resource.root), 'secrets', '');
    const first = entry?.providers[0];
    if (entry === undefined || first?.name !== 'identity') return;
    const cipher = entry.providers.find(({ name }) => name !== undefined && name !== 'identity');
    const node = first.node.get('identity');
    if (cipher === undefined) {
      context.report(node, 'only', { atKey: true });
      return;
    }
    const related = [{ at: cipher.node, message: 'reads what is encrypted, and writes nothing' }];
    const list = entry.node.get('providers');
    const values = list.items().map(({ raw }) => raw!);
    const changes = [{ op: 'set', path: list.steps, value: [...values.slice(1), values[0]!] }] as const;
    const fix = { title: 'Let the cipher write', safety: 'hardening', changes } as const;
    context.report(node, 'first', { atKey: true, related, fix });
  },
  docs: {
    why: 'The first provider writes, all of them read. With `identity` in front every secret that is created or changed goes to etcd in clear text, while the file looks as if it encrypted.',
    fix: 'Put the cipher first and `identity` last, and write all secrets again. Going back to clear text on purpose is the one case for this order: suppress the rule until the secrets are rewritten.',
    frameworks: { cis: ['1.2.28'], nsa: ['N7'], mitre: ['T1552.007'] },
    equivalents: { kubescape: ['C-0142'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#understanding-the-encryption-at-rest-configuration',
    ],
    examples: {
      bad: [
        {
          title: 'identity in front',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - identity: {} # finding: first
      - aescbc:
          keys:
            - name: key1
              secret: "{{ key }}"`,
        },
        {
          title: 'nothing else',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: ["*."]
    providers:
      - identity: {} # finding: only`,
        },
      ],
      good: [
        {
          title: 'identity last',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: ["*.*"]
    providers:
      - identity: {}
  - resources: [secrets]
    providers:
      - aescbc:
          keys:
            - name: key1
              secret: "{{ key }}"
      - identity: {}`,
        },
      ],
    },
  },
});
