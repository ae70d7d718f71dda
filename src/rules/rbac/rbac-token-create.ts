import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-token-create',
  title: 'Can issue tokens of service accounts',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    any: '{what} lets {who} issue tokens for every service account {where}',
    named: '{what} lets {who} issue tokens for service accounts {names} {where}',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-token-create', ctx.options)) {
      const names = [...new Set(grant.matches.flatMap((match) => match.names ?? []))];
      if (!grant.named) {
        ctx.report(grant.at(), 'any', grant.more('high', { narrow: 'strict' }));
        continue;
      }
      // Its own token is nothing that it does not have already.
      const own = grant.reach.subjects;
      if (own.length > 0 && own.every(({ kind, name }) => kind === 'ServiceAccount' && names.join() === name)) continue;
      const more = grant.more('high', { narrow: 'strict', lowered: 1 });
      ctx.report(grant.at(), 'named', {
        ...more,
        data: { ...more.data, names: names.map((name) => `"${name}"`).join(', ') },
      });
    }
  },
  docs: {
    why: 'With `create` on `serviceaccounts/token` one acts as any service account in reach, and the token outlives the binding that allowed it.',
    fix: 'Name the service accounts in `resourceNames`, in a Role of their namespace.',
    frameworks: { cis: ['5.1.13'], nsa: ['P5'], mitre: ['T1528', 'T1550.001'] },
    equivalents: { kubescape: ['C-0282'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request'],
    examples: {
      bad: [
        {
          title: 'tokens for anybody',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - serviceaccounts/token # finding: any
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
          title: 'a token for itself',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token]
    resourceNames: [app]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
      ],
    },
  },
});
