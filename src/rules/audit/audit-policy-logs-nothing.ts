import { defineRule } from '../../engine/rule.ts';
import { blanketNone, logsNothing, omitsEverything } from '../../k8s/audit/coverage.ts';
import { ordinal, POLICY_KINDS, policyOf, ruleNode } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-logs-nothing',
  title: 'Audit policy records nothing',
  category: 'audit',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: POLICY_KINDS,
  supersedes: ['audit-policy-shadowed-rule', 'audit-policy-no-catch-all'],
  messages: {
    none: 'no request is recorded: rule {rule} sets None for everything',
    levels: 'no request is recorded: every rule sets None or leaves every stage out',
    stages: 'no request is recorded: omitStages leaves every stage out',
  },
  check(resource, context) {
    const policy = policyOf(resource);
    if (policy === undefined) return;
    if (omitsEverything(policy.omitStages)) {
      context.report(resource.root.get('omitStages'), 'stages');
      return;
    }
    if (!logsNothing(policy)) return;
    const blanket = blanketNone(policy);
    if (blanket !== -1) {
      context.report(ruleNode(resource, blanket).get('level'), 'none', { data: { rule: ordinal(blanket) } });
    } else context.report(resource.root.get('rules'), 'levels');
  },
  docs: {
    why: 'The flags are set, the log file is there, and it stays empty.',
    fix: 'End the policy with `- level: Metadata`, and keep `None` for what is known to be noise.',
    frameworks: { cis: ['3.2.1'], nsa: ['L1'], mitre: ['T1562.008'] },
    equivalents: { kubescape: ['C-0160'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/'],
    examples: {
      bad: [
        {
          title: 'None for everything',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None # finding: none
  - level: Metadata`,
        },
        {
          title: 'no stage left',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted, ResponseComplete] # finding: stages
rules:
  - level: Metadata`,
        },
        {
          title: 'None for some, and nothing for the rest',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules: # finding: levels
  - level: None
    users: [system:kube-proxy]`,
        },
      ],
      good: [
        {
          title: 'metadata at the end',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    users: [system:kube-proxy]
  - level: Metadata`,
        },
      ],
    },
  },
});
