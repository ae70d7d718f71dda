import { defineRule } from '../../engine/rule.ts';
import { admissionPolicies } from './_policies.ts';

export default defineRule({
  id: 'vap-not-enforcing',
  title: 'Admission policy whose violations are only recorded',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [admissionPolicies],
  messages: {
    recorded: 'policy "{policy}" is bound with {actions} alone: objects that violate it are admitted',
    partly: 'binding "{name}" of policy "{policy}" only says {actions}; another binding denies',
  },
  check(project, context) {
    const { bindings } = project.fact(admissionPolicies);
    for (const { resource, name, policyName, actions } of bindings) {
      if (actions === undefined || actions.length === 0 || actions.includes('Deny')) continue;
      // Another case of the word is no action at all: vap-invalid says so.
      if (policyName === undefined || actions.some((action) => action !== 'Audit' && action !== 'Warn')) continue;
      const data = { policy: policyName, actions: actions.join(' and ') };
      const denies = bindings.some(
        (other) => other.policyName === policyName && other.actions?.includes('Deny') === true,
      );
      const node = resource.root.at(['spec', 'validationActions']);
      if (denies)
        context.report(node, 'partly', { data: { ...data, name }, severity: 'info', preset: 'all', atKey: true });
      else context.report(node, 'recorded', { data, atKey: true });
    }
  },
  docs: {
    why: 'Audit and Warn are for trying a policy out. As long as no binding says Deny, whatever the policy forbids is admitted.',
    fix: 'Set `validationActions: [Deny]`, or `[Deny, Audit]`, when the policy has been tried.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-actions',
    ],
    limits: 'Whether `matchResources` of a binding selects anything is not looked at.',
    examples: {
      bad: [
        {
          title: 'audited',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag
spec:
  policyName: no-latest-tag
  validationActions: [Audit, Warn] # finding: recorded`,
        },
        {
          title: 'audited here and denied there',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag
spec:
  policyName: no-latest-tag
  validationActions: [Audit] # finding: partly
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag-in-production
spec:
  policyName: no-latest-tag
  validationActions: [Deny]
  matchResources: { namespaceSelector: { matchLabels: { stage: production } } }`,
        },
      ],
      good: [
        {
          title: 'denied',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag
spec:
  policyName: no-latest-tag
  validationActions: [Deny, Audit]`,
        },
      ],
    },
  },
});
