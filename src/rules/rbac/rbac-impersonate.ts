import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS, type Role } from '../../k8s/rbac/policy.ts';
import { grantsOf, heldTogether, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-impersonate',
  title: 'Can act as other users, groups or service accounts',
  category: 'rbac',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    users: '{what} lets {who} act as any user, cluster administrators included',
    groups: '{what} lets {who} act as a member of any group, system:masters included',
    groupsAlone:
      '{what} lets {who} take on groups, system:masters among them, once they may impersonate any user or service account',
    accounts: '{what} lets {who} act as any service account {where}',
    named: '{what} lets {who} act as {names}',
    constrained: '{what} lets {who} act as others by constrained impersonation {where}',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-impersonate', ctx.options)) {
      const [users, groups, accounts] = (['users', 'groups', 'serviceaccounts'] as const).map((kind) =>
        grant.matches.find(({ capability }) => capability === `impersonate.${kind}`),
      );
      const somebody = users ?? accounts;
      const together =
        somebody !== undefined ||
        heldTogether(project, grant, 'impersonate.users') ||
        heldTogether(project, grant, 'impersonate.serviceaccounts');
      const anyUser = users !== undefined && (users.names === undefined || users.names.some(isStrong));
      const masters = groups !== undefined && (groups.names === undefined || groups.names.includes('system:masters'));
      if (anyUser) ctx.report(grant.atVerb(users), 'users', grant.more('critical'));
      else if (masters && together) ctx.report(grant.atVerb(groups), 'groups', grant.more('critical'));
      else if (accounts !== undefined && accounts.names === undefined) {
        ctx.report(grant.atVerb(accounts), 'accounts', grant.more('high', { narrow: 'strict' }));
      } else if (users !== undefined || accounts !== undefined) {
        const match = users ?? accounts!;
        const more = grant.more('high', { narrow: 'strict' });
        const names = match
          .names!.slice(0, 3)
          .map((name) => `"${name}"`)
          .join(', ');
        ctx.report(grant.atVerb(match), 'named', { ...more, data: { ...more.data, names } });
      } else if (groups !== undefined) {
        ctx.report(grant.atVerb(groups), together ? 'groups' : 'groupsAlone', grant.more('medium'));
      } else if (allowsActing(grant.role)) ctx.report(grant.atVerb(), 'constrained', grant.more('medium'));
    }
  },
  docs: {
    why: 'Whoever impersonates acts with all rights of the other. Over users or groups without names that is cluster-admin; over service accounts it is the strongest of them. `verbs: ["*"]` on `serviceaccounts` includes it.',
    fix: 'Write out the verbs that are meant, and limit `impersonate` by `resourceNames`. Since 1.36 constrained impersonation limits what may be done while acting as somebody else.',
    frameworks: { cis: ['5.1.8'], nsa: ['A1'], mitre: ['T1078'] },
    equivalents: { trivy: ['KSV-0043'], checkov: ['CKV2_K8S_3'], kubescape: ['C-0065', 'C-0191'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/'],
    examples: {
      bad: [
        {
          title: 'any user',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [users, groups]
    verbs:
      - impersonate # finding: users
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
          title: 'groups without anybody to be',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [groups]
    verbs:
      - impersonate # finding: groupsAlone
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
          title: 'a star among the verbs',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts]
    verbs:
      - "*" # finding: accounts
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
          title: 'one user by name',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [users]
    resourceNames: [bob]
    verbs:
      - impersonate # finding: named
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
          title: 'other verbs',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts]
    verbs: [get, create]
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
          title: 'a RoleBinding cannot grant it on users',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [users]
    verbs: [impersonate]
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

/** Users of the control plane: being one of them is as good as being anybody. */
function isStrong(name: string): boolean {
  return [
    'system:admin',
    'kubernetes-admin',
    'kubernetes-super-admin',
    'system:kube-controller-manager',
    'system:apiserver',
  ].includes(name);
}

/** Acting in constrained mode takes `impersonate-on:MODE:VERB` as well. */
function allowsActing({ rules }: Role): boolean {
  return rules.some(({ verbs }) => verbs.some((verb) => verb === '*' || verb.startsWith('impersonate-on:')));
}
