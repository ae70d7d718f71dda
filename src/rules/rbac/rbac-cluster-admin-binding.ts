import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { isExempt } from '../../k8s/rbac/analysis.ts';
import { coversEverything } from '../../k8s/rbac/capability.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { describeSubjects, inNamespace, isTrusted, runningAs, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-cluster-admin-binding',
  title: 'Subject bound to cluster-admin or an equivalent role',
  category: 'rbac',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  options: TRUST,
  messages: { admin: '{kind} "{name}" gives {who} full control of {where} through {role}' },
  check(project, ctx) {
    const facts = project.fact(rbacFact);
    const { analysis, resourceOf } = facts;
    for (const binding of analysis.bindings) {
      if (analysis.isBootstrap(binding)) continue;
      const subjects = binding.subjects.filter((subject) => !isExempt(subject));
      if (subjects.length === 0) continue;
      const resolved = analysis.roleOf(binding);
      const rules = resolved?.rules.map(({ rule }) => rule) ?? [];
      const { kind, name } = binding.roleRef;
      if (!(kind === 'ClusterRole' && name === 'cluster-admin') && !coversEverything(rules)) continue;
      const { namespace } = binding;
      const sandbox = project.find('Namespace', '', namespace)?.head.annotations['kubesec-lint.dev/sandbox'];
      if (namespace !== '' && sandbox !== undefined) continue;
      const resource = resourceOf(binding)!;
      const trusted = subjects.every((subject) =>
        isTrusted(inNamespace(subject, namespace), ctx.options.trustedSubjects),
      );
      const related = runningAs(facts, subjects, namespace)
        .slice(0, 3)
        .map(({ resource: at }) => ({ at, message: 'runs as it' }));
      const data = {
        kind: binding.kind,
        name: binding.name,
        who: describeSubjects(subjects.map((subject) => inNamespace(subject, namespace))),
        role: `${kind} "${name}"`,
        where: namespace === '' ? 'the cluster' : `namespace "${namespace}"`,
      };
      const severity = trusted ? 'info' : namespace === '' ? 'critical' : 'high';
      ctx.report(siteAt(resource, ['roleRef', 'name']), 'admin', { data, severity, related });
    }
  },
  docs: {
    why: 'cluster-admin may do everything, now and with whatever is added to the API later. A stolen token of such an account is the whole cluster.',
    fix: 'Bind a role with the rights that are needed, in the namespaces where they are needed. `kubectl auth can-i --list --as` shows what is used.',
    frameworks: { cis: ['5.1.1'], nsa: ['A1'], mitre: ['T1078.003', 'T1098.006'] },
    equivalents: {
      'kube-linter': ['cluster-admin-role-binding'],
      trivy: ['KSV-0111'],
      kubescape: ['C-0035', 'C-0185', 'C-0272'],
    },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege'],
    examples: {
      bad: [
        {
          title: 'cluster-admin for a service account',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin # finding: admin
subjects:
  - { kind: ServiceAccount, name: ci, namespace: a }`,
        },
        {
          title: 'cluster-admin of one namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin # finding: admin
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'a role that is as good',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r # finding: admin
subjects:
  - { kind: User, name: jane }`,
        },
      ],
      good: [
        {
          title: 'a built-in role for reading',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: ServiceAccount, name: ci, namespace: a }`,
        },
        {
          title: 'the binding that every cluster has',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cluster-admin }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:masters" }`,
        },
      ],
    },
  },
});
