import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'kyverno-not-enforcing',
  title: 'Kyverno policy that only reports',
  category: 'policy-engine',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    'ClusterPolicy.kyverno.io',
    'Policy.kyverno.io',
    'ValidatingPolicy.policies.kyverno.io',
    'ImageValidatingPolicy.policies.kyverno.io',
  ],
  messages: {
    audit: 'policy "{name}" audits: objects that violate it are admitted',
    default: 'policy "{name}" names no failure action, and the default is Audit: objects that violate it are admitted',
    admission: 'policy "{name}" is not asked at admission (admission: false)',
    open: 'policy "{name}" is skipped when Kyverno does not answer (failurePolicy: Ignore)',
  },
  check({ root, head, groupKind }, context) {
    const spec: AnyNode = root.get('spec');
    const { name } = head;
    const data = { name };
    if (groupKind.endsWith('.policies.kyverno.io')) {
      const actions: AnyNode = spec.get('validationActions');
      if (actions.isList && actions.strings.length > 0 && !actions.strings.includes('Deny')) {
        context.report(actions, 'audit', { data, atKey: true });
      }
      return;
    }
    const admission: AnyNode = spec.get('admission');
    if (admission.boolean === false) {
      context.report(admission, 'admission', { data, severity: 'high' });
      return;
    }
    const rules = (spec.get('rules').items() as readonly AnyNode[]).filter(
      (rule) => rule.get('validate').present || rule.get('verifyImages').present,
    );
    if (rules.length === 0) return;
    const whole: AnyNode = spec.get('validationFailureAction');
    const enforces = whole.string?.toLowerCase() === 'enforce';
    let unsaid = false;
    let enforced = false;
    for (const rule of rules) {
      const own: AnyNode[] = [
        rule.get('validate').get('failureAction'),
        ...(rule.get('verifyImages').items() as readonly AnyNode[]).map((each) => each.get('failureAction')),
      ].filter((node) => node.string !== undefined);
      for (const node of own) if (node.string === 'Audit') context.report(node, 'audit', { data });
      if (own.some((node) => node.string === 'Enforce') || (own.length === 0 && enforces)) enforced = true;
      if (own.length === 0) unsaid = true;
    }
    if (unsaid && whole.string?.toLowerCase() === 'audit') context.report(whole, 'audit', { data });
    else if (unsaid && !whole.present) context.report(spec, 'default', { data, atKey: true });
    const failure: AnyNode = spec.get('failurePolicy');
    if (enforced && failure.string === 'Ignore') context.report(failure, 'open', { data });
  },
  docs: {
    why: 'Audit is Kyverno’s default: what a policy forbids is admitted, and shows up in a report.',
    fix: 'Set `failureAction: Enforce` in the rule (`validationFailureAction: Enforce` before Kyverno 1.13), or `validationActions: [Deny]`.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kyverno.io/docs/policy-types/cluster-policy/validate/'],
    limits:
      'Exclusions, PolicyExceptions and overrides by namespace are not judged, and the policies are not evaluated.',
    examples: {
      bad: [
        {
          title: 'by default, for the whole policy, for a rule',
          in: 'manifests',
          yaml: `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: default
spec: # finding: default
  rules: [{ name: a, validate: { message: "no" } }]
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: whole
spec:
  validationFailureAction: audit # finding: audit
  rules: [{ name: a, validate: { message: "no" } }]
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: rule
spec:
  failurePolicy: Ignore # finding: open
  rules:
    - name: a
      validate: { failureAction: Enforce }
    - name: b
      validate:
        failureAction: Audit # finding: audit
---
apiVersion: kyverno.io/v1
kind: Policy
metadata:
  name: background
spec:
  admission: false # finding: admission
  rules: []
---
apiVersion: policies.kyverno.io/v1alpha1
kind: ValidatingPolicy
metadata:
  name: cel
spec:
  validationActions: [Audit] # finding: audit`,
        },
      ],
      good: [
        {
          title: 'enforced',
          in: 'manifests',
          yaml: `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: rule
spec:
  rules:
    - name: a
      validate: { failureAction: Enforce }
    - name: b
      mutate: {}`,
        },
      ],
    },
  },
});
