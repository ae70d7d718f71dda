import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-pod-exec',
  title: 'Can run commands in existing pods',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    exec: '{what} lets {who} run commands in pods {where}, with their identities and Secrets',
    get: '{what} gives {who} "get" on pods/exec or pods/attach {where}, which before Kubernetes 1.35 is enough to run commands',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-pod-exec', ctx.options)) {
      // Since 1.35 a websocket upgrade needs `create` as well, unless that feature is switched off.
      const weak =
        ctx.minor >= 35 && !grant.has('pods.ephemeral') && grant.matches.every(({ verbs }) => verbs.join() === 'get');
      if (weak) ctx.report(grant.at(), 'get', grant.more('high', { narrow: 'strict', lowered: 1 }));
      else ctx.report(grant.at(), 'exec', grant.more('high', { narrow: 'strict' }));
    }
  },
  docs: {
    why: '`pods/exec`, `pods/attach` and `pods/ephemeralcontainers` put a shell into pods that others deployed: it reads their Secrets and their service account token, and on a privileged pod it owns the node.',
    fix: 'Grant it for named pods or in one namespace, to people and for a time. Programs hardly ever need it.',
    frameworks: { cis: ['5.1.4'], nsa: ['A1'], mitre: ['T1609'] },
    equivalents: { trivy: ['KSV-0053', 'KSV-0054'], checkov: ['CKV2_K8S_2'], kubescape: ['C-0002'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/',
      'https://kubernetes.io/docs/concepts/security/rbac-good-practices/',
    ],
    examples: {
      bad: [
        {
          title: 'exec in the whole cluster',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [pods, pods/log]
    verbs: [get, list]
  - apiGroups: [""]
    resources:
      - pods/exec # finding: exec
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
          title: 'by the subresource of everything',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: ["*"]
    resources:
      - "*/attach" # finding: exec
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
        {
          title: 'get alone',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - pods/exec # finding: get
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
      good: [
        {
          title: 'logs are no shell',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [pods, pods/log]
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
        {
          title: 'this is no pattern and matches nothing',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: ["pods/*"]
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
