import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import type { Endpoint } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';
import { nearest } from '../../text/nearest.ts';
import { describeOpen, mayKeepNamespaces, openNamespaces } from './_open.ts';

export default defineRule({
  id: 'netpol-namespace-ingress-open',
  title: 'Namespace has pods that accept traffic from everywhere',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  when: mayKeepNamespaces,
  facts: [networkFact],
  options: {
    defaults: { perWorkload: false },
    schema: { type: 'object', properties: { perWorkload: { type: 'boolean' } }, additionalProperties: false },
  },
  messages: {
    open: '{open} of {total} workloads of {where} accept traffic from any source: {names}',
    empty: '{where} has no NetworkPolicy that isolates all its pods from incoming traffic',
    workload: 'no NetworkPolicy selects the pods of "{name}"{hint}',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    for (const found of openNamespaces(facts, 'ingress')) {
      const { at, more } = describeOpen(facts, found, 'accepts traffic from any source', 'high');
      context.report(at, 'open', more);
      if (!context.options.perWorkload) continue;
      for (const endpoint of found.open) {
        const { engine } = facts;
        if (engine.isolation('egress', engine.classOf(endpoint)) !== 'no') continue;
        const pod = endpoint.ref.pods[endpoint.podIndex];
        if (pod === undefined) continue;
        context.report(pod.metadata.get('labels'), 'workload', {
          data: { name: endpoint.workload.name, hint: closestPolicy(facts, endpoint) },
        });
      }
    }
    if (project.world !== 'closed') return;
    for (const namespace of facts.world.namespaces) {
      if (!namespace.defined || facts.hasPods(namespace) || facts.isSystem(namespace)) continue;
      const closed = facts.policiesIn(namespace).some(({ data }) => data.pods.length === 0 && data.isolates.ingress);
      const at = facts.resourceOf(namespace);
      if (!closed && at !== undefined) context.report(at, 'empty', { data: { where: facts.describe(namespace) } });
    }
  },
  docs: {
    why: 'A pod that no NetworkPolicy selects for ingress accepts connections from every pod of the cluster: one container that is taken over reaches all of them. What counts is the pods, not that a policy object exists: a "default deny" with a selector leaves the others open.',
    fix: `Isolate all pods of the namespace, then allow what is needed:

\`\`\`yaml
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny-ingress
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Ingress]
\`\`\`

\`kubesec-lint network --suggest\` writes this policy together with one for each Service that the manifests use.`,
    frameworks: { cis: ['5.3.2'], nsa: ['N2'], mitre: ['T1210', 'T1046'] },
    equivalents: {
      trivy: ['KSV-0038'],
      kubescape: ['C-0260', 'C-0206', 'C-0030'],
      checkov: ['CKV2_K8S_6'],
      kubeaudit: ['MissingDefaultDenyIngressNetworkPolicy'],
      'kube-linter': ['non-isolated-pod'],
      'kube-score': ['pod-networkpolicy'],
    },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-traffic',
    ],
    limits:
      'Speaks of a namespace only where its Namespace object or one of its NetworkPolicies is in the input, so that manifests whose policies live elsewhere are left alone (`world: closed` drops this condition). A namespace with the label `kubesec-lint.dev/network: unrestricted` is skipped, and so are host-network pods, jobs without ports, and pods that a Cilium, Calico or Antrea policy may isolate.',
    examples: {
      bad: [
        {
          title: 'the policy selects one of two workloads',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata:
  name: shop # finding: open
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop, labels: { app: db } }
spec: { containers: [{ name: db, image: registry.example.com/db:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress]
`,
        },
        {
          title: 'each workload by itself',
          in: 'manifests',
          options: { perWorkload: true },
          yaml: `apiVersion: v1
kind: Namespace
metadata:
  name: shop # finding: open
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: # finding: workload
    app: web
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
`,
        },
        {
          title: 'a namespace that is still empty, where all there is, is in the input',
          in: 'manifests',
          world: 'closed',
          yaml: `apiVersion: v1
kind: Namespace
metadata:
  name: shop # finding: empty
`,
        },
      ],
      good: [
        {
          title: 'an empty selector means every pod',
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
  policyTypes: [Ingress]
`,
        },
        {
          title: 'policies may be elsewhere',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
`,
        },
      ],
    },
  },
});

/** A policy that would select the pod if it were not for a slip in one label. */
function closestPolicy(facts: NetworkFacts, { namespace, pod }: Endpoint<Resource>): string {
  for (const policy of facts.policiesIn(namespace)) {
    for (const { key, operator, values } of policy.data.pods) {
      const own = pod.labels[key];
      if (operator !== 'In' || values.length !== 1 || own === undefined || own === values[0]) continue;
      if (nearest(own, values) !== undefined) return `; "${policy.name}" expects ${key}=${values[0]}`;
    }
  }
  return '';
}
