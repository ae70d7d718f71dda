import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { describeOpen, mayKeepNamespaces, openNamespaces } from './_open.ts';

export default defineRule({
  id: 'netpol-namespace-egress-open',
  title: 'Namespace has pods with unrestricted egress',
  category: 'network',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  when: mayKeepNamespaces,
  facts: [networkFact],
  messages: { open: '{open} of {total} workloads of {where} may open connections to any destination: {names}' },
  check(project, context) {
    const facts = project.fact(networkFact);
    for (const found of openNamespaces(facts, 'egress')) {
      const { at, more } = describeOpen(facts, found, 'may open connections to any destination', 'medium');
      context.report(at, 'open', more);
    }
  },
  docs: {
    why: 'A pod with unrestricted egress can carry data out, fetch tools, scan the cluster and ask the metadata service of the cloud for credentials.',
    fix: `Deny egress for the namespace and allow name resolution in the same change, since nothing works without it:

\`\`\`yaml
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny-egress
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Egress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-dns
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: kube-system }
          podSelector:
            matchLabels: { k8s-app: kube-dns }
      ports:
        - { protocol: UDP, port: 53 }
        - { protocol: TCP, port: 53 }
\`\`\`

Where NodeLocal DNSCache runs, allow its address (commonly 169.254.20.10) as well.`,
    frameworks: { cis: ['5.3.2'], nsa: ['N2'], mitre: ['T1046', 'T1552.005'] },
    equivalents: { kubescape: ['C-0030'], kubeaudit: ['MissingDefaultDenyEgressNetworkPolicy'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic',
    ],
    limits: 'As `netpol-namespace-ingress-open`: only namespaces whose network is kept in the input are spoken of.',
    examples: {
      bad: [
        {
          title: 'an empty egress list without policyTypes isolates ingress alone',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata:
  name: shop # finding
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  podSelector: {}
  ingress: []
  egress: []
`,
        },
      ],
      good: [
        {
          title: 'policyTypes names Egress',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
`,
        },
      ],
    },
  },
});
