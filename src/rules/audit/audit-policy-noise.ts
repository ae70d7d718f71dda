import { defineRule } from '../../engine/rule.ts';
import { isUnconditional } from '../../k8s/audit/policy.ts';
import { POLICY_KINDS, policyOf, ruleNode } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-noise',
  title: 'Audit log grows more than it has to',
  category: 'audit',
  severity: 'info',
  preset: 'all',
  on: 'resource',
  kinds: POLICY_KINDS,
  messages: {
    received: 'every request is written twice: omitStages does not leave RequestReceived out',
    bodies: 'every body is written: level {level} for everything',
    'managed-fields': 'bodies are written with their managedFields: omitManagedFields is not set',
  },
  check(resource, context) {
    const policy = policyOf(resource);
    if (policy === undefined) return;
    const { root } = resource;
    // Where the end of a request is left out, its arrival is all there is.
    const twice = policy.rules.some(
      ({ level, omitStages }) =>
        level !== 'None' &&
        !TWO_STAGES.some((stage) => omitStages.includes(stage) || policy.omitStages.includes(stage)),
    );
    if (twice) context.report(root.get('omitStages'), 'received');
    const blanket = policy.rules.findIndex((rule) => isUnconditional(rule) && rule.level === 'RequestResponse');
    if (blanket !== -1) {
      context.report(ruleNode(resource, blanket).get('level'), 'bodies', { data: { level: 'RequestResponse' } });
    }
    const withBodies = policy.rules.some(
      (rule) => /^Request/.test(rule.level) && !(rule.omitManagedFields ?? policy.omitManagedFields),
    );
    if (withBodies) context.report(root.get('omitManagedFields'), 'managed-fields');
  },
  docs: {
    why: 'A log that is too large is rotated away sooner, costs memory in the API server and is read by nobody.',
    fix: 'Set `omitStages: [RequestReceived]` and `omitManagedFields: true`, and keep bodies for the few resources that need them.',
    frameworks: { nsa: ['L1'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/'],
    examples: {
      bad: [
        {
          title: 'everything, twice',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy # finding: received, managed-fields
rules:
  - level: RequestResponse # finding: bodies`,
        },
      ],
      good: [
        {
          title: 'what is needed, once',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
  - level: Request
    resources:
      - group: ""
        resources: [pods/exec]
  - level: Metadata`,
        },
      ],
    },
  },
});

const TWO_STAGES: readonly string[] = ['RequestReceived', 'ResponseComplete'];
