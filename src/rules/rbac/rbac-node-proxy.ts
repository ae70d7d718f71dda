import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-node-proxy',
  title: 'Access to nodes/proxy, the API of the kubelets',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    proxy: '{what} gives {who} the kubelet API of every node; "get" is enough to run commands in its containers',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-node-proxy', ctx.options)) {
      ctx.report(grant.at(), 'proxy', grant.more('high'));
    }
  },
  docs: {
    why: '`nodes/proxy` passes requests on to the kubelet: `/run`, `/exec`, logs and metrics of every pod of the node, past audit and admission. The kubelet authorizes a websocket by its HTTP verb, so `get` is no read-only access.',
    fix: 'Since 1.33 the kubelet tells its paths apart: grant `nodes/metrics`, `nodes/stats`, `nodes/log`, `nodes/healthz`, `nodes/pods` or `nodes/configz`, whichever is needed.',
    frameworks: { cis: ['5.1.10'], nsa: ['A1'], mitre: ['T1609', 'T1613'] },
    equivalents: { trivy: ['KSV-0047'], checkov: ['CKV2_K8S_2'], kubescape: ['C-0279'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/',
      'https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes',
    ],
    examples: {
      bad: [
        {
          title: 'get on nodes/proxy',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - nodes/metrics
      - nodes/proxy # finding: proxy
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
  - { kind: ServiceAccount, name: mon, namespace: a }`,
        },
      ],
      good: [
        {
          title: 'metrics alone',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [nodes/metrics, nodes/stats]
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
  - { kind: ServiceAccount, name: mon, namespace: a }`,
        },
        {
          title: 'a RoleBinding grants nothing on nodes',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [nodes/proxy]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
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
