import { defineRule } from '../../engine/rule.ts';
import { isUnconditional } from '../../k8s/audit/policy.ts';
import { POLICY_KINDS, policyOf } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-no-catch-all',
  title: 'Requests that no audit rule matches are not recorded',
  category: 'audit',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: POLICY_KINDS,
  messages: { none: 'requests that match no rule are not recorded: the policy ends without a rule for the rest' },
  check(resource, context) {
    const rules = policyOf(resource)?.rules;
    if (rules === undefined || rules.some(isUnconditional)) return;
    const list = resource.root.at(['rules']);
    const changes = [{ op: 'set', path: [...list.steps, rules.length], value: { level: 'Metadata' } }] as const;
    const fix = { title: 'Record the rest with its metadata', safety: 'hardening', changes } as const;
    context.report(list, 'none', { fix });
  },
  docs: {
    why: 'What no rule matches has level None. A policy that names what to record forgets what comes later: new resources, new subresources, new verbs.',
    fix: 'End the policy with `- level: Metadata`.',
    frameworks: { cis: ['3.2.2'], nsa: ['L1'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy'],
    examples: {
      bad: [
        {
          title: 'no rule for the rest',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules: # finding: none
  - level: Metadata
    resources:
      - group: ""
        resources: [secrets]`,
        },
      ],
      good: [
        {
          title: 'metadata for the rest',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Request
    resources:
      - group: ""
        resources: [pods]
  - level: Metadata`,
        },
      ],
    },
  },
});
