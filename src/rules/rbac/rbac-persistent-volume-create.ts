import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, heldTogether, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-persistent-volume-create',
  title: 'Can create PersistentVolumes past Pod Security',
  category: 'rbac',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    creates: '{what} lets {who} create PersistentVolumes, hostPath ones included, which Pod Security does not check',
    uses: '{what} lets {who} create PersistentVolumes and use them: a hostPath one reaches the node past Pod Security',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-persistent-volume-create', ctx.options)) {
      const uses = ['pods.create', 'workloads.write', 'claims.create'] as const;
      const high = uses.some((capability) => heldTogether(project, grant, capability));
      const more = grant.more(high ? 'high' : 'medium');
      // It is what a provisioner is there for.
      const provisioner = /provisioner|csi|storage/.test(grant.resource.head.name);
      ctx.report(
        grant.at(),
        high ? 'uses' : 'creates',
        provisioner ? { ...more, severity: 'info', preset: 'all' } : more,
      );
    }
  },
  docs: {
    why: 'Pod Security admission looks at pods. A claim bound to a hostPath PersistentVolume brings any folder of the node into a pod that passes `restricted`.',
    fix: 'Leave PersistentVolumes to a provisioner and let people make claims of a StorageClass.',
    frameworks: { cis: ['5.1.9'], nsa: ['A1'], mitre: ['T1611'] },
    equivalents: { kubescape: ['C-0278'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#persistent-volume-creation'],
    examples: {
      bad: [
        {
          title: 'volumes alone',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - persistentvolumes # finding: creates
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
          title: 'with pods',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - persistentvolumes # finding: uses
      - pods
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
          title: 'reading',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [persistentvolumes]
    verbs: [get, list]
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
          title: 'the source of a volume cannot be changed later',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [persistentvolumes]
    verbs: [get, patch]
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
