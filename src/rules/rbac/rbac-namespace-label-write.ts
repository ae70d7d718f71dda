import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, heldTogether, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-namespace-label-write',
  title: 'Can relabel namespaces and so lift Pod Security',
  category: 'rbac',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    relabels: '{what} lets {who} change labels of namespaces {where}, which Pod Security and NetworkPolicies go by',
    escapes: '{what} lets {who} lift the Pod Security level of namespaces {where} and start pods there',
    creates: '{what} lets {who} create namespaces with any labels, which Pod Security and NetworkPolicies go by',
  },
  check(project, ctx) {
    const guarded = project
      .ofKind('Namespace')
      .some(({ head }) => Object.keys(head.labels).some((key) => key.startsWith(PREFIX)));
    for (const grant of grantsOf(project, 'rbac-namespace-label-write', ctx.options)) {
      const relabels = grant.matches.find(({ capability }) => capability === 'namespaces.relabel');
      // Where no namespace is guarded by its labels there is little to lift.
      const preset = guarded ? {} : ({ preset: 'strict' } as const);
      if (relabels === undefined) {
        ctx.report(grant.at(), 'creates', { ...grant.more('low'), preset: 'strict' });
        continue;
      }
      const starts = heldTogether(project, grant, 'pods.create') || heldTogether(project, grant, 'workloads.write');
      ctx.report(grant.at(relabels), starts ? 'escapes' : 'relabels', {
        ...grant.more(starts ? 'high' : 'medium'),
        ...preset,
      });
    }
  },
  docs: {
    why: '`pod-security.kubernetes.io/enforce` is a label of the namespace, and NetworkPolicies select namespaces by label. Who may change labels may lift both. A Role inside the namespace is enough: a request about the namespace counts as one within it.',
    fix: 'Leave namespaces to cluster administrators. A program that has to annotate namespaces can be guarded by a ValidatingAdmissionPolicy on the security labels.',
    frameworks: { nsa: ['A1'], mitre: ['T1562.001'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#namespace-modification'],
    examples: {
      bad: [
        {
          title: 'from inside the namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources:
      - namespaces # finding: relabels
    verbs: [patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: User, name: jane }
---
apiVersion: v1
kind: Namespace
metadata: { name: a, labels: { pod-security.kubernetes.io/enforce: restricted } }`,
        },
        {
          title: 'with the right to start pods',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - namespaces # finding: escapes
    verbs: [update]
  - apiGroups: [batch]
    resources: [jobs]
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
      ],
      good: [
        {
          title: 'reading',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [namespaces]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
      ],
    },
  },
});

const PREFIX = 'pod-security.kubernetes.io/';
