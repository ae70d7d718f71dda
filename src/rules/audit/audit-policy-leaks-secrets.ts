import { defineRule } from '../../engine/rule.ts';
import { leaks } from '../../k8s/audit/coverage.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { ordinal, POLICY_KINDS, policyOf, ruleNode } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-leaks-secrets',
  title: 'Audit policy writes values of secrets to the log',
  category: 'audit',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: POLICY_KINDS,
  messages: { leak: 'rule {rule} writes bodies to the log that hold credentials: {what}' },
  check(resource, context) {
    const policy = policyOf(resource);
    if (policy === undefined) return;
    const found = leaks(policy);
    for (const rule of new Set(found.map((each) => each.rule))) {
      const own = found.filter((each) => each.rule === rule);
      const items = own.flatMap((each) => itemOf(resource, rule, each.resource) ?? []);
      const what = own.map((each) => `${each.bodies} of ${each.resource} (${each.verbs.join(', ')})`).join('; ');
      context.report(ruleNode(resource, rule).get('level'), 'leak', {
        data: { rule: ordinal(rule), what },
        severity: own.every((each) => each.resource === 'configmaps') ? 'medium' : 'high',
        related: items.map((at) => ({ at, message: 'named here' })),
      });
    }
  },
  docs: {
    why: 'The body of a request for a secret is the secret. In the audit log it stands in clear text on the disk of the control plane and wherever logs are collected, for everyone who may read logs.',
    fix: `Put a rule in front that records metadata alone:

\`\`\`yaml
- level: Metadata
  resources:
    - group: ""
      resources: [secrets, configmaps, serviceaccounts/token]
    - group: authentication.k8s.io
      resources: [tokenreviews]
\`\`\``,
    frameworks: { cis: ['3.2.2'], nsa: ['L1'], mitre: ['T1552.007'] },
    equivalents: { kubescape: ['C-0161'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy'],
    limits: 'Asked with requests of an ordinary user in an ordinary namespace.',
    examples: {
      bad: [
        {
          title: 'everything with bodies',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: RequestResponse # finding: leak`,
        },
        {
          title: 'requests for secrets',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Request # finding: leak
    resources:
      - group: ""
        resources: [secrets]
  - level: Metadata`,
        },
      ],
      good: [
        {
          title: 'metadata for what holds secrets',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
    resources:
      - group: ""
        resources: [secrets, configmaps, serviceaccounts/token]
      - group: authentication.k8s.io
        resources: [tokenreviews]
  - level: RequestResponse`,
        },
      ],
    },
  },
});

function itemOf(resource: Resource, rule: number, name: string): AnyNode | undefined {
  for (const entry of ruleNode(resource, rule).get('resources').items() as readonly AnyNode[]) {
    const item = (entry.get('resources').items() as readonly AnyNode[]).find((each) => each.string === name);
    if (item !== undefined) return item;
  }
  return undefined;
}
