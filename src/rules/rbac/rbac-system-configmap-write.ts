import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-system-configmap-write',
  title: 'Can change ConfigMaps that control the cluster',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    any: '{what} lets {who} change every ConfigMap of kube-system: DNS answers, kube-proxy, node configuration, on EKS who is who',
    named: '{what} lets {who} change ConfigMap "{name}" of kube-system: {effect}',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-system-configmap-write', ctx.options)) {
      if (!grant.wide) continue;
      const names = [...new Set(grant.matches.flatMap((match) => match.names ?? []))];
      const known = names.filter((name) => Object.hasOwn(EFFECTS, name));
      if (grant.named && known.length === 0) continue;
      const here = !grant.reach.cluster && grant.reach.namespaces.includes('kube-system');
      const inControl = here || grant.role.namespace === 'kube-system';
      const more = grant.more(inControl || known.includes('aws-auth') ? 'high' : 'medium');
      const preset = inControl || known.length > 0 ? {} : ({ preset: 'strict' } as const);
      const [name] = known;
      if (name === undefined) ctx.report(grant.at(), 'any', { ...more, ...preset });
      else
        ctx.report(grant.at(), 'named', { ...more, ...preset, data: { ...more.data, name, effect: EFFECTS[name]! } });
    }
  },
  docs: {
    why: 'The control plane and the nodes read their settings from ConfigMaps of kube-system. Rewriting `coredns` answers DNS for every pod, `aws-auth` makes an IAM role cluster-admin.',
    fix: 'Name the ConfigMaps in `resourceNames`, or keep what a program writes in its own namespace.',
    frameworks: { nsa: ['A1'], mitre: ['T1557', 'T1098.006'] },
    equivalents: { trivy: ['KSV-0049', 'KSV-0115'], kubescape: ['C-0037'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/'],
    examples: {
      bad: [
        {
          title: 'every ConfigMap of kube-system',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: kube-system }
rules:
  - apiGroups: [""]
    resources:
      - configmaps # finding: any
    verbs: [update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: kube-system }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'one that decides who is who',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: kube-system }
rules:
  - apiGroups: [""]
    resources:
      - configmaps # finding: named
    resourceNames: [aws-auth]
    verbs: [patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: kube-system }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
      ],
      good: [
        {
          title: 'a lock of its own',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: kube-system }
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [my-lock]
    verbs: [update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: kube-system }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'another namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [update]
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
      ],
    },
  },
});

const EFFECTS: Readonly<Record<string, string>> = {
  coredns: 'the DNS answers of every pod',
  'coredns-custom': 'the DNS answers of every pod',
  'kube-proxy': 'how every node routes Services',
  'kubeadm-config': 'how the control plane is upgraded',
  'kubelet-config': 'how the kubelet of new nodes is set up',
  'aws-auth': 'which cloud identities are cluster-admin',
  'extension-apiserver-authentication': 'whom extension API servers trust',
};
