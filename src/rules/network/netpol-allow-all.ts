import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { and, isEmpty, listBits } from '../../k8s/network/bits.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import { isIngressController } from '../../k8s/network/publicness.ts';
import { isEveryPort, PEERS_KEY, ruleSite, rulesInForce } from './_policy.ts';

export default defineRule({
  id: 'netpol-allow-all',
  title: 'NetworkPolicy rule allows every peer on every port',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  options: {
    defaults: { publicWorkloads: [] as readonly string[] },
    schema: {
      type: 'object',
      properties: { publicWorkloads: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: { open: '{rule} of "{policy}" allows {peers} on every port{scope}{voids}' },
  check(project, context) {
    const facts = project.fact(networkFact);
    for (const policy of facts.world.policies) {
      for (const { direction, index, rule, name } of rulesInForce(policy)) {
        if (rule.peers !== null || !isEveryPort(facts.engine.ports, rule.ports)) continue;
        const { node } = ruleSite(policy, direction, index);
        // An empty list that looks like a denial is what `netpol-empty-or-null-peer` explains.
        if (node.get(PEERS_KEY[direction]).written) continue;
        const { may } = facts.engine.subjectOf(policy);
        const pods = listBits(may).flatMap((at) => facts.engine.classes[at]!.endpoints);
        const workloads = [...new Set(pods.map((endpoint) => endpoint.workload))];
        if (direction === 'ingress') {
          if (isIngressController(policy.ref.root.at(['spec', 'podSelector', 'matchLabels']).raw)) continue;
          const meant = workloads.every(
            (workload) =>
              context.options.publicWorkloads.includes(workload.name) ||
              workload.endpoints.every(({ pod }) => isIngressController(pod.labels)),
          );
          if (workloads.length > 0 && meant) continue;
        }
        const narrower = facts
          .policiesIn(policy.namespace)
          .filter(
            (other) =>
              other !== policy &&
              other.data.isolates[direction] &&
              other.data[direction].every(({ peers, ports }) => peers !== null || ports !== null) &&
              !isEmpty(and(facts.engine.subjectOf(other).may, may)),
          );
        const selectsNothing = workloads.length === 0 && facts.hasPods(policy.namespace);
        context.report(node, 'open', {
          data: {
            rule: name,
            policy: policy.name,
            peers: direction === 'ingress' ? 'traffic from anywhere' : 'traffic to anywhere',
            scope:
              workloads.length === 0 ? '' : ` for ${workloads.length} workload${workloads.length === 1 ? '' : 's'}`,
            voids:
              narrower.length === 0
                ? ''
                : `; it voids ${narrower.length} narrower ${narrower.length === 1 ? 'policy' : 'policies'} for the same pods`,
          },
          related: narrower.slice(0, 5).map(({ ref, name: other }) => ({
            at: ref,
            message: `"${other}" has no effect on the pods that both select`,
          })),
          ...(direction === 'egress'
            ? { severity: 'low', preset: 'strict' }
            : selectsNothing
              ? { severity: 'low' }
              : {}),
        });
      }
    }
  },
  docs: {
    why: 'Policies add up: what one of them allows, no other can take back. A rule without peers and ports opens its pods to the whole cluster and to the outside, whatever the rest says.',
    fix: 'Name the peers and ports that are needed, or remove the rule where a narrower policy exists for the same pods.',
    frameworks: { cis: ['5.3.2'], nsa: ['N2'], mitre: ['T1210'] },
    equivalents: { kubeaudit: ['AllowAllIngressNetworkPolicyExists', 'AllowAllEgressNetworkPolicyExists'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#allow-all-ingress-traffic'],
    limits:
      'Rules for the pods of ingress controllers and gateways, known by their usual labels, and for `publicWorkloads` are meant to be open. The same for egress is low and part of `strict`.',
    examples: {
      bad: [
        {
          title: 'a rule without any restriction',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - {} # finding
`,
        },
        {
          title: 'every port of every protocol by number',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - ports: # finding
        - { protocol: TCP }
        - { protocol: UDP, port: 1, endPort: 65535 }
        - { protocol: SCTP }
`,
        },
        {
          title: 'the same for egress',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - {} # finding
`,
        },
      ],
      good: [
        {
          title: 'pods of the same namespace',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector: {}
`,
        },
        {
          title: 'the ingress controller is meant to be reached',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: controller, namespace: ingress-nginx }
spec:
  podSelector:
    matchLabels: { app.kubernetes.io/name: ingress-nginx }
  ingress:
    - {}
`,
        },
        {
          title: 'a rule for a direction that is not in force',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress]
  egress:
    - {}
`,
        },
      ],
    },
  },
});
