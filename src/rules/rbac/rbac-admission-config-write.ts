import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-admission-config-write',
  title: 'Can change admission webhooks or policies',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    mutates: '{what} lets {who} intercept and rewrite every object that is written to the API server',
    validates: '{what} lets {who} read every object that is written to the API server, or lift the checks on it',
    deletes: '{what} lets {who} delete admission webhooks or policies, and with them the checks they make',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-admission-config-write', ctx.options)) {
      // Operators keep the CA bundle of their own webhook up to date: by name that is as it should be.
      if (grant.named) continue;
      const writes = grant.matches.filter(({ verbs }) => verbs.some((verb) => verb !== 'delete'));
      const mutating = writes.find(({ capability }) => capability === 'admission.mutate');
      if (mutating !== undefined) ctx.report(grant.at(mutating), 'mutates', grant.more('high'));
      else if (writes[0] !== undefined) ctx.report(grant.at(writes[0]), 'validates', grant.more('medium'));
      else ctx.report(grant.at(), 'deletes', grant.more('medium'));
    }
  },
  docs: {
    why: 'A mutating webhook sees and rewrites what others send, Secrets and pods included. A validating one sees it. Deleting either lifts a control without a trace in the objects it guarded.',
    fix: 'Limit `update` and `patch` to the own configuration by `resourceNames`; leave `create` to those who install.',
    frameworks: { cis: ['5.1.12'], nsa: ['A1'], mitre: ['T1546', 'T1562.001'] },
    equivalents: { trivy: ['KSV-0114'], checkov: ['CKV_K8S_155'], kubescape: ['C-0281', 'C-0036', 'C-0039'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#control-admission-webhooks'],
    examples: {
      bad: [
        {
          title: 'creating mutating webhooks',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources:
      - mutatingwebhookconfigurations # finding: mutates
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'policies of an engine',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [kyverno.io]
    resources:
      - clusterpolicies # finding: validates
    verbs: [update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'only deleting',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources:
      - validatingwebhookconfigurations # finding: deletes
    verbs: [delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
      ],
      good: [
        {
          title: 'its own configuration',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [mutatingwebhookconfigurations]
    resourceNames: [mine]
    verbs: [get, update, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'reading',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [mutatingwebhookconfigurations]
    verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
      ],
    },
  },
});
