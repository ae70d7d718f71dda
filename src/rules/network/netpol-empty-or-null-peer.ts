import { defineRule } from '../../engine/rule.ts';
import { DIRECTIONS, readNetworkPolicy } from '../../k8s/network/objects.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { nameRule, PEERS_KEY } from './_policy.ts';

export default defineRule({
  id: 'netpol-empty-or-null-peer',
  title: 'Empty list or null selector means the opposite of what it looks like',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['NetworkPolicy.networking.k8s.io'],
  messages: {
    peers: '"{key}" without an entry in {rule} does not deny, it allows every peer',
    ports: '"ports" without an entry in {rule} does not deny, it allows every port',
    namespaces: '"namespaceSelector" without a value is dropped: {rule} means pods of the own namespace alone',
    pods: '"podSelector" without a value is dropped: {rule} means every pod of the selected namespaces',
    nothing: 'a peer of {rule} selects nothing, the API server refuses it',
  },
  check(resource, context) {
    const spec: AnyNode = resource.root.get('spec' as never);
    const { isolates } = readNetworkPolicy(spec.raw);
    for (const direction of DIRECTIONS) {
      if (!isolates[direction]) continue;
      const rules = spec.get(direction).items() as readonly AnyNode[];
      for (const rule of rules) {
        const name = nameRule(direction, rule.key as number, rules.length);
        const key = PEERS_KEY[direction];
        const peers: AnyNode = rule.get(key);
        if (isEmpty(peers)) context.report(peers, 'peers', { data: { key, rule: name } });
        const ports: AnyNode = rule.get('ports');
        if (isEmpty(ports)) context.report(ports, 'ports', { data: { rule: name }, severity: 'medium' });
        for (const peer of peers.items() as readonly AnyNode[]) {
          const [block, namespaces, pods]: readonly AnyNode[] = [
            peer.get('ipBlock'),
            peer.get('namespaceSelector'),
            peer.get('podSelector'),
          ];
          const more = { data: { rule: name }, severity: 'medium' } as const;
          if (!block!.present && !namespaces!.present && !pods!.present) context.report(peer, 'nothing', more);
          else if (isNull(namespaces!) && pods!.present) context.report(namespaces!, 'namespaces', more);
          else if (isNull(pods!) && namespaces!.present) context.report(pods!, 'pods', more);
        }
      }
    }
  },
  docs: {
    why: 'In a rule an empty `from`, `to` or `ports` is the same as one that is left out: no restriction. Who writes `from: []` to let nobody in lets everybody in. A key without a value is dropped before anything looks at it.',
    fix: 'To deny, give the direction an empty list of rules (`ingress: []`) with the direction among `policyTypes`. To mean every namespace write `namespaceSelector: {}`.',
    frameworks: { nsa: ['N2'], mitre: ['T1210'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/'],
    examples: {
      bad: [
        {
          title: 'an empty from',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - from: [] # finding: peers
      ports:
        - port: 80
`,
        },
        {
          title: 'keys without a value',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - namespaceSelector: # finding: namespaces
          podSelector:
            matchLabels: { app: web }
        - namespaceSelector: {}
          podSelector: # finding: pods
        - namespaceSelector: # finding: nothing
  egress:
    - ports: [] # finding: ports
      to:
        - podSelector: {}
`,
        },
      ],
      good: [
        {
          title: 'an empty list of rules denies',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: []
`,
        },
      ],
    },
  },
});

/** Written, with nothing in it. */
function isEmpty(node: AnyNode): boolean {
  return isNull(node) || (node.isList && node.items().length === 0);
}

function isNull(node: AnyNode): boolean {
  return node.written && !node.present;
}
