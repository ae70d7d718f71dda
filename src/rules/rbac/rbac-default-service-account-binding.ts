import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { capabilitiesOf, isWildcardAll } from '../../k8s/rbac/capability.ts';
import { type Binding, RBAC_KINDS, type Subject } from '../../k8s/rbac/policy.ts';

export default defineRule({
  id: 'rbac-default-service-account-binding',
  title: 'Permissions bound to a default service account',
  category: 'rbac',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  messages: {
    granted:
      '{kind} "{name}" gives {role} to every pod of namespace "{namespace}" that names no service account of its own',
    used: '{kind} "{name}" gives {role} to every pod of namespace "{namespace}" that names no service account of its own, {count} of them in the input',
  },
  check(project, ctx) {
    const { analysis, resourceOf, workloadsOf } = project.fact(rbacFact);
    for (const binding of analysis.bindings) {
      if (analysis.isBootstrap(binding)) continue;
      binding.subjects.forEach((subject, index) => {
        const namespace = defaultAccountOf(subject, binding);
        if (namespace === undefined) return;
        const rules = analysis.roleOf(binding)?.rules ?? [];
        const strong = rules.some(({ rule }) => isWildcardAll(rule) || capabilitiesOf(rule).length > 0);
        const users = workloadsOf(namespace, 'default');
        const { kind, name } = binding.roleRef;
        const data = {
          kind: binding.kind,
          name: binding.name,
          role: `${kind} "${name}"`,
          namespace,
          count: users.length,
        };
        const related = users
          .slice(0, 3)
          .map(({ resource: at }) => ({ at, message: 'runs as the default service account' }));
        const at = siteAt(resourceOf(binding)!, ['subjects', index, 'name']);
        ctx.report(at, users.length > 0 ? 'used' : 'granted', { data, related, severity: strong ? 'high' : 'medium' });
      });
    }
  },
  docs: {
    why: 'A pod without `serviceAccountName` runs as the default account. What that account holds, every such pod holds, those of tomorrow included.',
    fix: 'Make a service account for the program that needs the rights, bind that, and name it in the pod.',
    frameworks: { cis: ['5.1.5'], nsa: ['P5'], mitre: ['T1078.001', 'T1528'] },
    equivalents: { 'kube-linter': ['default-service-account'], checkov: ['CKV_K8S_42'], kubescape: ['C-0189'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/'],
    examples: {
      bad: [
        {
          title: 'the default account',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: ServiceAccount, name: default, namespace: a } # finding: granted`,
        },
        {
          title: 'with a pod that has it',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: edit
subjects:
  - { kind: ServiceAccount, name: default, namespace: a } # finding: used
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a }
spec: { containers: [{ name: c, image: nginx }] }`,
        },
        {
          title: 'every account of the namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts:a" } # finding: granted`,
        },
      ],
      good: [
        {
          title: 'an account of its own',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
      ],
    },
  },
});

/** The namespace whose default account a subject reaches. */
function defaultAccountOf({ kind, namespace, name }: Subject, binding: Binding): string | undefined {
  if (kind === 'ServiceAccount') return name === 'default' ? namespace || binding.namespace || undefined : undefined;
  if (kind === 'User') return /^system:serviceaccount:([^:]+):default$/.exec(name)?.[1];
  return kind === 'Group' && binding.namespace !== '' && name === `system:serviceaccounts:${binding.namespace}`
    ? binding.namespace
    : undefined;
}
