import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, heldTogether, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-node-write',
  title: 'Can change Node objects and so steer pods',
  category: 'rbac',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    steers: '{what} lets {who} label, taint or remove nodes and so choose where privileged pods run',
    steals: '{what} lets {who} change nodes and evict pods: pods with strong tokens can be moved to a chosen node',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-node-write', ctx.options)) {
      const evicts = heldTogether(project, grant, 'pods.evict');
      if (evicts) ctx.report(grant.at(), 'steals', grant.more('high'));
      else ctx.report(grant.at(), 'steers', { ...grant.more('medium'), preset: 'strict' });
    }
  },
  docs: {
    why: 'Taints and labels decide where pods go. Somebody who owns one node and may taint the others, or evict pods, gathers its strongest tokens there.',
    fix: 'Leave nodes to the kubelets and to the cloud controller. Programs that label nodes can be limited to `nodes/status` or to `patch` by name.',
    frameworks: { nsa: ['A1'], mitre: ['T1610'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/node/'],
    examples: {
      bad: [
        {
          title: 'labels and taints',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - nodes # finding: steers
    verbs: [patch]
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
          title: 'with eviction',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - nodes # finding: steals
    verbs: [patch]
  - apiGroups: [""]
    resources: [pods/eviction]
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
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [nodes]
    verbs: [get]
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
