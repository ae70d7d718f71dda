import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, heldTogether, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-csr-approve-sign',
  title: 'Can approve or sign certificate requests',
  category: 'rbac',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    approves: '{what} lets {who} approve client certificates for any user name (signer {signer})',
    signs: '{what} lets {who} issue client certificates for any user name',
    half: '{what} lets {who} approve certificate requests, once they may approve for a signer',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-csr-approve-sign', ctx.options)) {
      const approves = grant.matches.filter(({ capability }) => capability === 'signers.approve');
      const client = approves.find(({ names }) => names === undefined || names.some(isClientSigner));
      const more = (severity: 'critical' | 'high' | 'medium' | 'low') => {
        const { data, ...rest } = grant.more(severity);
        return { ...rest, data: { ...data, signer: signerOf(client?.names) } };
      };
      if (client !== undefined && heldTogether(project, grant, 'csr.approve')) {
        const requests = heldTogether(project, grant, 'csr.create');
        ctx.report(grant.at(client), 'approves', { ...more('critical'), severity: requests ? 'critical' : 'high' });
        continue;
      }
      const signs = grant.matches.find(
        ({ capability, names }) => capability === 'signers.sign' && (names === undefined || names.some(isClientSigner)),
      );
      if (signs !== undefined && heldTogether(project, grant, 'csr.status')) {
        ctx.report(grant.at(signs), 'signs', grant.more('high'));
        continue;
      }
      const half = grant.matches.find(({ capability }) => capability === 'csr.approve');
      // With a signer of its own, or the kubelets' serving certificates alone, approval leads nowhere.
      if (half === undefined || heldTogether(project, grant, 'signers.approve')) continue;
      ctx.report(grant.at(half), 'half', grant.more('medium'));
    }
  },
  docs: {
    why: 'Whoever approves requests for `kubernetes.io/kube-apiserver-client` makes certificates for any user and group but system:masters, and nobody can revoke them.',
    fix: 'Limit `approve` on `signers` by `resourceNames` to the signer that is meant.',
    frameworks: { cis: ['5.1.11'], nsa: ['A1'], mitre: ['T1098', 'T1649'] },
    equivalents: { checkov: ['CKV_K8S_156'], kubescape: ['C-0280'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization'],
    examples: {
      bad: [
        {
          title: 'create, approve, any signer',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests]
    verbs: [create]
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests/approval]
    verbs: [update]
  - apiGroups: [certificates.k8s.io]
    resources:
      - signers # finding: approves
    verbs: [approve]
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
          title: 'approval without a signer',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [certificates.k8s.io]
    resources:
      - certificatesigningrequests/approval # finding: half
    verbs: [update]
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
          title: 'reading requests',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests]
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
          title: 'a signer of its own',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests/approval]
    verbs: [update]
  - apiGroups: [certificates.k8s.io]
    resources: [signers]
    resourceNames: [example.com/workload]
    verbs: [approve]
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

function isClientSigner(name: string): boolean {
  return name === 'kubernetes.io/*' || name.startsWith('kubernetes.io/kube-apiserver-client');
}

function signerOf(names: readonly string[] | undefined): string {
  return names?.find(isClientSigner) ?? 'any';
}
