import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'rbac-system-masters-subject',
  title: 'Binding names the group system:masters',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['RoleBinding.rbac.authorization.k8s.io', 'ClusterRoleBinding.rbac.authorization.k8s.io'],
  messages: {
    masters: '{kind} "{name}" binds system:masters, whose members pass RBAC anyway and cannot be revoked',
    admin: '{kind} "{name}" binds user system:admin, who comes with a certificate of system:masters',
  },
  check(resource, ctx) {
    const { head, root } = resource;
    const role = root.at(['roleRef', 'name']).string ?? '';
    if (head.kind === 'ClusterRoleBinding' && head.name === 'cluster-admin' && role === 'cluster-admin') return;
    for (const subject of root.at(['subjects']).items() as readonly AnyNode[]) {
      const name: AnyNode = subject.get('name');
      const kind: string | undefined = subject.get('kind').string;
      const data = { kind: head.kind, name: head.name };
      if (kind === 'Group' && name.string === 'system:masters') ctx.report(name, 'masters', { data });
      else if (kind === 'User' && name.string === 'system:admin') ctx.report(name, 'admin', { data });
    }
  },
  docs: {
    why: 'Members of system:masters are not asked by any authorizer: a binding adds nothing, and its being there says that certificates or tokens with that group are meant to be handed out. Such a certificate is good until it expires, whatever the bindings say.',
    fix: 'Make a group of your own, bind it to `cluster-admin`, and keep system:masters for breaking the glass.',
    frameworks: { cis: ['5.1.7'], nsa: ['A1'], mitre: ['T1078.003'] },
    equivalents: { trivy: ['KSV-0123'], kubescape: ['C-0246'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege'],
    examples: {
      bad: [
        {
          title: 'the group in a binding',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:masters" } # finding: masters`,
        },
      ],
      good: [
        {
          title: 'a group of the organisation',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: ops }`,
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
