import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-workload-create',
  title: 'Can create or change pods and workloads',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    creates:
      '{what} lets {who} write {kinds} {where}; such pods may mount any Secret and run as any service account there',
    changes: '{what} lets {who} change pods {where}; a new image runs with the identity and the Secrets of the pod',
    launches:
      '{what} lets {who} write {kinds} {where}, of which a controller makes pods with any Secret and service account',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-workload-create', ctx.options)) {
      const launches = grant.has('pods.create') || grant.has('workloads.write');
      const kinds = [...new Set(grant.matches.map(({ target }) => target.resource))];
      const more = grant.more('high', { narrow: 'strict', lowered: launches ? 0 : 1 });
      const kindsText =
        kinds.length > 3 ? `${kinds.slice(0, 2).join(', ')} and ${kinds.length - 2} more kinds` : kinds.join(', ');
      const message = launches ? 'creates' : grant.has('pods.change') ? 'changes' : 'launches';
      ctx.report(grant.at(), message, { ...more, data: { ...more.data, kinds: kindsText } });
    }
  },
  docs: {
    why: 'Whoever writes a pod or a workload chooses its service account, mounts any Secret of its namespace and, where Pod Security admission allows it, the node. The right to create pods is the right to act as every service account of the namespace.',
    fix: 'Grant it in namespaces that hold nothing else of worth, keep strong service accounts in namespaces of their own, and enforce a Pod Security level there.',
    frameworks: { cis: ['5.1.4'], nsa: ['A1'], mitre: ['T1610'] },
    equivalents: { 'kube-linter': ['access-to-create-pods'], trivy: ['KSV-0048'], kubescape: ['C-0188'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation'],
    examples: {
      bad: [
        {
          title: 'deployments of the whole cluster',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [apps]
    resources:
      - deployments # finding: creates
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
  - { kind: ServiceAccount, name: ci, namespace: a }`,
        },
        {
          title: 'patching pods swaps their image',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - pods # finding: changes
    verbs: [get, patch]
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
          title: 'objects that become pods',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [argoproj.io]
    resources:
      - workflows # finding: launches
    verbs: ["*"]
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
          title: 'reading workloads',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [get, list, watch]
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
          title: 'status and scale are no pods',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [apps]
    resources: [deployments/status, deployments/scale]
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
          title: 'create never matches names',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [pods]
    resourceNames: [web]
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
    },
  },
});
