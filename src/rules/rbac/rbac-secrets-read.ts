import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-secrets-read',
  title: 'Can read the contents of Secrets',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    reads: '{what} lets {who} read every Secret {where}; list and watch return their values too',
    named: '{what} lets {who} read Secrets {names} {where}',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-secrets-read', ctx.options)) {
      const { named, matches, wide } = grant;
      const names = [...new Set(matches.flatMap((match) => match.names ?? []))];
      if (named) {
        // Reading the Secrets it is there for, by name, is how it should be done.
        const preset = !wide && matches.every(({ verbs }) => verbs.join() === 'get') ? 'all' : 'strict';
        const more = grant.more('medium');
        const data = {
          ...more.data,
          names: names
            .slice(0, 3)
            .map((name) => `"${name}"`)
            .join(', '),
        };
        ctx.report(grant.at(), 'named', { ...more, preset, data });
      } else ctx.report(grant.at(), 'reads', grant.more('high', { narrow: 'strict' }));
    }
  },
  docs: {
    why: 'Secrets hold passwords, keys and tokens of service accounts. `list` and `watch` return the values just as `get` does, so none of the three is harmless.',
    fix: 'Name the Secrets that are needed in `resourceNames` with `get`, in a Role of their namespace, or mount them into the pod instead of reading them through the API.',
    frameworks: { cis: ['5.1.2'], nsa: ['N7', 'A1'], mitre: ['T1552.007'] },
    equivalents: {
      'kube-linter': ['access-to-secrets'],
      trivy: ['KSV-0041', 'KSV-0113'],
      checkov: ['CKV2_K8S_5'],
      kubescape: ['C-0015', 'C-0186'],
    },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets'],
    examples: {
      bad: [
        {
          title: 'list on every Secret of the cluster',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - configmaps
      - secrets # finding: reads
    verbs: [list]
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
          title: 'only in one namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources:
      - secrets # finding: reads
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
        {
          title: 'read access to everything is read access to Secrets',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: ["*"]
    resources:
      - "*" # finding: reads
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
      ],
      good: [
        {
          title: 'writing alone',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create, delete]
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
          title: 'another group',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [example.com]
    resources: [secrets]
    verbs: [get]`,
        },
      ],
    },
  },
});
