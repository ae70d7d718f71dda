import { rbacFact } from '../../engine/facts/rbac.ts';
import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { CONTROL_NAMESPACE, isExempt } from '../../k8s/rbac/analysis.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { describeSubjects, inNamespace, isTrusted, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-broad-user-role',
  title: 'Roles for people bound in the whole cluster',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  options: TRUST,
  messages: { bound: '{kind} "{name}" binds {role} to {who} {where}, who may {may} there' },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    for (const binding of analysis.bindings) {
      const { kind, name } = binding.roleRef;
      if (kind !== 'ClusterRole' || !Object.hasOwn(MAY, name) || analysis.isBootstrap(binding)) continue;
      const { namespace } = binding;
      const subjects = binding.subjects
        .filter((subject) => !isExempt(subject))
        .map((subject) => inNamespace(subject, namespace));
      if (subjects.length === 0) continue;
      const wide = namespace === '' || namespace === CONTROL_NAMESPACE;
      const programs = subjects.some((subject) => subject.kind === 'ServiceAccount');
      const judged = judge(name, namespace, wide, programs);
      if (judged === undefined) continue;
      const trusted = subjects.every((subject) => isTrusted(subject, ctx.options.trustedSubjects));
      const data = {
        kind: binding.kind,
        name: binding.name,
        role: name,
        who: describeSubjects(subjects),
        where: namespace === '' ? 'in the whole cluster' : `in namespace "${namespace}"`,
        may: MAY[name]!,
      };
      ctx.report(siteAt(resourceOf(binding)!, ['roleRef', 'name']), 'bound', {
        data,
        severity: trusted ? 'info' : judged,
        ...(judged === 'low' ? { preset: 'strict' } : {}),
      });
    }
  },
  docs: {
    why: '`edit` sounds like less than it is: it reads Secrets, runs commands in pods and acts as every service account of the namespace. Bound in the whole cluster it leads to cluster-admin by way of kube-system.',
    fix: 'Use a RoleBinding in each namespace, and a role of its own for a program.',
    frameworks: { cis: ['5.1.1', '5.1.2'], nsa: ['A1'], mitre: ['T1098.006'] },
    equivalents: { kubescape: ['C-0272'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles'],
    examples: {
      bad: [
        {
          title: 'edit in the whole cluster',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: edit # finding: bound
subjects:
  - { kind: Group, name: devs }`,
        },
        {
          title: 'admin of kube-system',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: kube-system }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: admin # finding: bound
subjects:
  - { kind: Group, name: devs }`,
        },
      ],
      good: [
        {
          title: 'in one namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: edit
subjects:
  - { kind: Group, name: devs }`,
        },
      ],
    },
  },
});

const EDIT = 'read Secrets, run commands in pods and act as every service account';
const MAY: Readonly<Record<string, string>> = {
  admin: `${EDIT}, and hand all that on,`,
  edit: EDIT,
  view: 'read everything but Secrets',
};

function judge(role: string, namespace: string, wide: boolean, programs: boolean): Severity | undefined {
  if (role === 'view') return namespace === '' ? 'low' : undefined;
  if (namespace === '') return 'high';
  if (wide) return 'medium';
  // For people in a namespace of theirs the roles are made.
  return programs ? 'low' : undefined;
}
