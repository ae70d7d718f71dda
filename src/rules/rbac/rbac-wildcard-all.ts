import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { isWide } from '../../k8s/rbac/analysis.ts';
import { coversEverything, isWildcardAll } from '../../k8s/rbac/capability.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { describeScope, describeSubjects, isTrusted, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-wildcard-all',
  title: 'Rule allows every verb on every resource',
  category: 'rbac',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    all: '{kind} "{name}" lets {who} do anything with every resource {where}',
    together: '{kind} "{name}" lets {who} do anything with every resource {where}, by all its rules together',
  },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    for (const role of analysis.roles) {
      if (analysis.isBootstrap(role) || role.selectors !== undefined) continue;
      let index = role.rules.findIndex(isWildcardAll);
      const together = index === -1;
      if (together) {
        if (!coversEverything(role.rules)) continue;
        index = role.rules.findIndex(({ resources, apiGroups }) => resources.includes('*') && apiGroups.includes('*'));
      }
      const reach = analysis.reachOf(role);
      const resource = resourceOf(role)!;
      const wide = isWide(role, reach) && reach.bindings.length > 0;
      const severity = wide ? 'critical' : role.kind === 'Role' && reach.bindings.length === 0 ? 'medium' : 'high';
      const trusted =
        reach.subjects.length > 0 && reach.subjects.every((each) => isTrusted(each, ctx.options.trustedSubjects));
      const data = {
        kind: role.kind,
        name: role.name,
        who: describeSubjects(reach.subjects),
        where: describeScope(role, reach),
      };
      const related = reach.bindings.slice(0, 3).flatMap((binding) => {
        const bound = resourceOf(binding);
        if (bound === undefined) return [];
        return [{ at: siteAt(bound, ['roleRef', 'name']), message: `bound to ${describeSubjects(binding.subjects)}` }];
      });
      const at = siteAt(resource, ['rules', index, 'resources', role.rules[index]!.resources.indexOf('*')]);
      ctx.report(at, together ? 'together' : 'all', { data, severity: trusted ? 'info' : severity, related });
    }
  },
  docs: {
    why: 'Such a role is cluster-admin under another name: it reads Secrets, writes roles, acts as other users, and includes whatever is added to the API later.',
    fix: 'List the groups, resources and verbs that are used. An audit log or `kubectl auth can-i --list --as` shows which.',
    frameworks: { cis: ['5.1.3'], nsa: ['A1'], mitre: ['T1098.006'] },
    equivalents: {
      'kube-linter': ['wildcard-in-rules'],
      trivy: ['KSV-0044', 'KSV-0046', 'KSV-0112'],
      checkov: ['CKV_K8S_49'],
      kubescape: ['C-0187'],
    },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege'],
    examples: {
      bad: [
        {
          title: 'three stars',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: ["*"]
    resources:
      - "*" # finding: all
    verbs: ["*"]`,
        },
        {
          title: 'the core group is enough',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: ["*"] # finding: all
    verbs: ["*"]
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
          title: 'every verb written out',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: ["*"]
    resources: ["*"] # finding: together
    verbs: [get, list, watch]
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: [create, update, patch, delete]
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
          title: 'what is needed',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [get]`,
        },
      ],
    },
  },
});
