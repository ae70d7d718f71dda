import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import type { RbacAnalysis } from '../../k8s/rbac/analysis.ts';
import { capabilitiesOf, isWildcardAll } from '../../k8s/rbac/capability.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, heldTogether, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-escalate-bind',
  title: "The verbs escalate and bind pass RBAC's own guard",
  category: 'rbac',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    rewrites: '{what} lets {who} write roles with rights that they do not hold {where}',
    binds: '{what} lets {who} bind any role to anybody {where}, cluster-admin included',
    mayBind: '{what} lets {who} bind roles that they do not hold {where}, once they may write bindings',
    bindsNamed: '{what} lets {who} hand out {names} {where} without holding its rights',
    mayEscalate: '{what} lets {who} put rights that they do not hold into roles {where}, once they may write roles',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-escalate-bind', ctx.options)) {
      const { analysis } = project.fact(rbacFact);
      const escalates = grant.matches.find(({ capability }) => capability.endsWith('.escalate'));
      const binds = grant.matches.find(({ capability }) => capability.endsWith('.bind'));
      const rewrites =
        (grant.has('clusterroles.escalate') &&
          heldTogether(project, grant, 'clusterroles.escalate', 'clusterroles.write')) ||
        (grant.has('roles.escalate') && heldTogether(project, grant, 'roles.escalate', 'roles.write'));
      if (escalates !== undefined && rewrites) {
        ctx.report(grant.atVerb(escalates), 'rewrites', grant.more('critical'));
        continue;
      }
      if (binds !== undefined) {
        const names = grant.matches.flatMap((match) => (match.capability.endsWith('.bind') ? (match.names ?? []) : []));
        const open = grant.matches.some((match) => match.capability.endsWith('.bind') && match.names === undefined);
        const weak = !open && names.every((name) => isWeak(analysis, grant.role.namespace, name));
        const pair =
          heldTogether(project, grant, binds.capability, 'rolebindings.write') ||
          heldTogether(project, grant, 'clusterroles.bind', 'clusterrolebindings.write');
        // Handing out one harmless role by name is what `bind` is for.
        if (weak) continue;
        const more = grant.more(pair ? 'critical' : 'medium');
        if (open) ctx.report(grant.atVerb(binds), pair ? 'binds' : 'mayBind', more);
        else {
          const data = {
            ...more.data,
            names: names
              .slice(0, 3)
              .map((name) => `"${name}"`)
              .join(', '),
          };
          ctx.report(grant.atVerb(binds), 'bindsNamed', { ...more, data });
        }
        continue;
      }
      ctx.report(grant.atVerb(escalates), 'mayEscalate', grant.more('medium'));
    }
  },
  docs: {
    why: 'The API server lets nobody write a role or a binding that grants more than they hold. `escalate` on roles and `bind` on roles are the exceptions: together with the right to write roles or bindings they make cluster-admin. `verbs: ["*"]` includes both.',
    fix: 'Write out the verbs. Give the program the rights that it hands out, or limit `bind` by `resourceNames` to the roles that it is meant to hand out.',
    frameworks: { cis: ['5.1.8'], nsa: ['A1'], mitre: ['T1098.006'] },
    equivalents: {
      trivy: ['KSV-0050', 'KSV-0051', 'KSV-0052'],
      checkov: ['CKV_K8S_157', 'CKV_K8S_158', 'CKV2_K8S_1'],
      kubescape: ['C-0191'],
    },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping',
    ],
    examples: {
      bad: [
        {
          title: 'bind and the right to write bindings',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    verbs:
      - bind # finding: binds
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterrolebindings]
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
          title: 'a star among the verbs',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [roles, rolebindings]
    verbs:
      - "*" # finding: rewrites
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
          title: 'half of it',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    verbs:
      - escalate # finding: mayEscalate
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
          title: 'creating bindings is guarded',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterrolebindings]
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
          title: 'one harmless role by name',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    resourceNames: [view]
    verbs: [bind]
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [rolebindings]
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

/** Grants nothing of note. A role that is not there may be anything. */
function isWeak(analysis: RbacAnalysis, namespace: string, name: string): boolean {
  const role = analysis.world.role('ClusterRole', '', name) ?? analysis.world.role('Role', namespace, name);
  if (role === undefined) return false;
  return analysis.world.rulesOf(role).every(({ rule }) => !isWildcardAll(rule) && capabilitiesOf(rule).length === 0);
}
