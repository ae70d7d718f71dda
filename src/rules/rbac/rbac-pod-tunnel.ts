import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-pod-tunnel',
  title: 'Can tunnel to pods and services past NetworkPolicy',
  category: 'rbac',
  severity: 'medium',
  preset: 'strict',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    tunnels:
      '{what} lets {who} open connections to pods or services {where} through the API server, past every NetworkPolicy',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-pod-tunnel', ctx.options)) {
      ctx.report(grant.at(), 'tunnels', grant.more('medium'));
    }
  },
  docs: {
    why: 'Port forwarding and proxying enter a pod from its node. A NetworkPolicy sees the node, not the user, and lets it through.',
    fix: 'Grant `pods/portforward`, `pods/proxy` and `services/proxy` to people who debug, in the namespaces they debug.',
    frameworks: { nsa: ['A1', 'N2'], mitre: ['T1090'] },
    equivalents: { kubescape: ['C-0063'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/',
    ],
    examples: {
      bad: [
        {
          title: 'port forwarding',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - pods/portforward # finding: tunnels
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
          title: 'reading pods',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [pods]
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
