import { rbacFact, type Workload } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { BINDING_KINDS } from '../../k8s/rbac/policy.ts';
import { strengthOf } from './_strength.ts';

export default defineRule({
  id: 'pod-token-exposure',
  title: 'Pod mounts the token of a strong account by default',
  category: 'identity',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  kinds: BINDING_KINDS,
  facts: [rbacFact],
  messages: {
    mounts: 'the pod mounts a token of ServiceAccount "{account}" without asking for it, and the account can {may}',
    shared:
      '{count} workloads mount a token of ServiceAccount "{account}" without asking for it, and the account can {may}',
  },
  check(project, ctx) {
    const facts = project.fact(rbacFact);
    const byAccount = new Map<string, Workload[]>();
    for (const workload of facts.workloads) {
      // A token that the pod asks for itself is wanted; the default account has a rule of its own.
      if (workload.account === 'default' || workload.automount !== undefined || workload.projected) continue;
      if (!facts.mountsToken(workload)) continue;
      const key = `${workload.namespace}/${workload.account}`;
      const sharing = byAccount.get(key);
      if (sharing === undefined) byAccount.set(key, [workload]);
      else sharing.push(workload);
    }
    for (const [key, workloads] of byAccount) {
      const [first] = workloads as [Workload];
      const strength = strengthOf(facts, first.namespace, first.account);
      if (strength === undefined) continue;
      const spec = first.resource.pods[first.index]!.spec;
      const named = spec.get('serviceAccountName');
      const at = named.present ? named : spec.get('serviceAccount');
      const data = { account: key, may: strength, count: workloads.length };
      const resources = new Set(workloads.map(({ resource }) => resource));
      if (resources.size === 1) ctx.report(at, 'mounts', { data, severity: 'low', preset: 'strict' });
      else {
        const related = [...resources].slice(1, 4).map((resource) => ({ at: resource, message: 'mounts it too' }));
        ctx.report(at, 'shared', { data: { ...data, count: resources.size }, severity: 'medium', related });
      }
    }
  },
  docs: {
    why: 'Whoever breaks into a pod holds its token. An account that can do much should be the account of the one program that needs it, and mounted where that program asks for it.',
    fix: 'Give each workload an account of its own, with the rights that it needs. Set `automountServiceAccountToken: false` on the account and `true` on the pod that calls the API.',
    frameworks: { cis: ['5.1.5', '5.1.6'], nsa: ['P5'], mitre: ['T1528'] },
    equivalents: { trivy: ['KSV-0036'], checkov: ['CKV_K8S_38'], kubescape: ['C-0034', 'C-0190'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting',
    ],
    limits:
      'Speaks only where the account can do something dangerous; service-account-token-automounted is about every token that nothing needs.',
    examples: {
      bad: [
        {
          title: 'two workloads, one strong account',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [secrets]
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
  - { kind: ServiceAccount, name: app, namespace: a }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a }
spec:
  serviceAccountName: app # finding: shared
  containers: [{ name: c, image: nginx }]
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: a }
spec:
  serviceAccountName: app
  containers: [{ name: c, image: nginx }]`,
        },
        {
          title: 'one',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [secrets]
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
  - { kind: ServiceAccount, name: app, namespace: a }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a }
spec:
  serviceAccountName: app # finding: mounts
  containers: [{ name: c, image: nginx }]`,
        },
      ],
      good: [
        {
          title: 'asked for',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [secrets]
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
  - { kind: ServiceAccount, name: app, namespace: a }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a }
spec:
  serviceAccountName: app
  automountServiceAccountToken: true
  containers: [{ name: c, image: nginx }]`,
        },
        {
          title: 'an account with nothing of note',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a }
spec:
  serviceAccountName: app
  containers: [{ name: c, image: nginx }]`,
        },
      ],
    },
  },
});
