import { defineRule } from '../../engine/rule.ts';
import { coversRule } from '../../k8s/audit/coverage.ts';
import { type AuditRule, isUnconditional, LEVELS } from '../../k8s/audit/policy.ts';
import { ordinal, POLICY_KINDS, policyOf, ruleNode } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-shadowed-rule',
  title: 'Audit rule is never reached',
  category: 'audit',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: POLICY_KINDS,
  messages: {
    shadowed:
      'rule {rule} is never reached: rule {earlier} matches all that it does, with level {wins} instead of {loses}',
    same: 'rule {rule} is never reached: rule {earlier} matches all that it does, with the same level',
  },
  check(resource, context) {
    const rules = policyOf(resource)?.rules ?? [];
    for (const [index, rule] of rules.entries()) {
      const earlier = rules.findIndex((each, position) => position < index && coversRule(each, rule));
      if (earlier === -1) continue;
      const winner = rules[earlier]!;
      // Where nothing at all is recorded, audit-policy-logs-nothing says it.
      if (isUnconditional(winner) && winner.level === 'None') continue;
      const related = [{ at: ruleNode(resource, earlier), message: 'the rule that matches first' }];
      const data = { rule: ordinal(index), earlier: ordinal(earlier) };
      const node = ruleNode(resource, index);
      if (winner.level === rule.level && winner.omitStages.join() === rule.omitStages.join()) {
        context.report(node, 'same', { data, related, severity: 'low', preset: 'strict' });
        continue;
      }
      const severity = guardsSecrets(rule) && rank(winner) >= rank('Request') ? 'high' : 'medium';
      context.report(node, 'shadowed', { data: { ...data, wins: winner.level, loses: rule.level }, related, severity });
    }
  },
  docs: {
    why: 'The first rule that matches decides. A rule behind one that already matches everything it does has no effect: what should be left out is recorded, with the values of secrets perhaps, and what should be recorded is not.',
    fix: 'Put the narrow rules first and the catch-all last.',
    frameworks: { cis: ['3.2.2'], nsa: ['L1'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy'],
    limits: 'A rule that only several earlier ones cover together is not found.',
    examples: {
      bad: [
        {
          title: 'the catch-all first',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
  - level: Request # finding: shadowed
    resources:
      - group: ""
        resources: [pods/exec]`,
        },
        {
          title: 'covered by a wildcard, with the same level',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
    resources:
      - group: ""
        resources: ["pods/*"]
  - level: Metadata # finding: same
    verbs: [create]
    resources:
      - group: ""
        resources: [pods, pods/exec]
  - level: Metadata`,
        },
      ],
      good: [
        {
          title: 'narrow rules first',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Request
    resources:
      - group: ""
        resources: [pods/exec]
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

function guardsSecrets(rule: AuditRule): boolean {
  if (rank(rule) > rank('Metadata')) return false;
  return rule.resources.some(({ resources }) =>
    resources.some((each) => each === 'secrets' || each === 'serviceaccounts/token'),
  );
}

function rank(rule: AuditRule | (typeof LEVELS)[number]): number {
  const level = typeof rule === 'string' ? rule : rule.level;
  return LEVELS.findIndex((known) => known === level);
}
