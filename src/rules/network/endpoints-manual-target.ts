import { defineRule } from '../../engine/rule.ts';
import { overlaps, parseCidr, setContains } from '../../k8s/cidr.ts';
import {
  addressRange,
  LINK_LOCAL_RANGES,
  LOOPBACK_RANGES,
  metadataServiceAt,
  PRIVATE_RANGES,
} from '../../k8s/network/addresses.ts';
import type { AnyNode } from '../../yaml/node.ts';

const CONTROLLERS: readonly string[] = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

export default defineRule({
  id: 'endpoints-manual-target',
  title: 'Hand-written endpoints aim at a protected address',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Endpoints', 'EndpointSlice.discovery.k8s.io'],
  options: {
    defaults: { podCidrs: [] as readonly string[], nodeCidrs: [] as readonly string[] },
    schema: {
      type: 'object',
      properties: {
        podCidrs: { type: 'array', items: { type: 'string' } },
        nodeCidrs: { type: 'array', items: { type: 'string' } },
      },
      additionalProperties: false,
    },
  },
  messages: {
    protected:
      'address {address} is {what}: any Ingress or load balancer of Service "{service}" forwards there, past every NetworkPolicy',
    foreign:
      'the target is an object of namespace "{namespace}": Service "{service}" forwards there, past every NetworkPolicy',
    private: 'address {address} is written by hand: Service "{service}" forwards there, past every NetworkPolicy',
  },
  check(resource, context) {
    const { head, root } = resource;
    if (CONTROLLERS.includes(head.labels['endpointslice.kubernetes.io/managed-by'] ?? '')) return;
    if (head.name === 'kubernetes' && (head.namespace === 'default' || head.namespace === '')) return;
    const service = head.labels['kubernetes.io/service-name'] ?? head.name;
    const { podCidrs, nodeCidrs } = context.options;
    for (const { at, target } of addressesOf(root)) {
      const namespace: AnyNode = target.get('namespace');
      const foreign = namespace.string !== undefined && head.namespace !== '' && namespace.string !== head.namespace;
      if (foreign) {
        context.report(namespace, 'foreign', { data: { namespace: namespace.string!, service } });
        continue;
      }
      const address = at.string ?? '';
      const range = addressRange(address);
      if (range === undefined) continue;
      const within = (cidrs: readonly string[]): boolean =>
        cidrs.map(parseCidr).some((cidr) => cidr !== undefined && overlaps(cidr, range));
      const what =
        metadataServiceAt(address) !== undefined
          ? 'a metadata service'
          : setContains(LOOPBACK_RANGES, range)
            ? 'the loopback address'
            : setContains(LINK_LOCAL_RANGES, range)
              ? 'a link-local address'
              : within(podCidrs)
                ? 'an address of pods'
                : within(nodeCidrs)
                  ? 'an address of nodes'
                  : undefined;
      if (what !== undefined) context.report(at, 'protected', { data: { address, what, service } });
      else if (setContains(PRIVATE_RANGES, range)) {
        context.report(at, 'private', { data: { address, service }, severity: 'low', preset: 'strict' });
      }
    }
  },
  docs: {
    why: 'Whoever may write endpoints decides where the traffic of a Service goes, and an ingress controller or load balancer follows without asking any policy (CVE-2021-25740). Aimed at a metadata service or a node it becomes a door to them.',
    fix: 'Let a selector make the endpoints. For a host outside the cluster use its public address or an ExternalName.',
    frameworks: { nsa: ['N2'], mitre: ['T1210', 'T1552.005'] },
    equivalents: { kubehound: ['ENDPOINT_EXPLOIT'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/rbac/#write-access-for-endpoints',
      'https://github.com/kubernetes/kubernetes/issues/103675',
    ],
    limits:
      'Public addresses are the documented use. Private ones are low and part of `strict`; `podCidrs` and `nodeCidrs` name those of the cluster.',
    examples: {
      bad: [
        {
          title: 'the metadata service',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Endpoints
metadata: { name: meta, namespace: shop }
subsets:
  - addresses:
      - ip: 169.254.169.254 # finding: protected
    ports: [{ port: 80 }]
`,
        },
        {
          title: 'a pod of others, and a private address',
          in: 'manifests',
          yaml: `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: db-1, namespace: shop, labels: { kubernetes.io/service-name: db } }
addressType: IPv4
endpoints:
  - addresses: [10.0.0.7]
    targetRef:
      kind: Pod
      namespace: bank # finding: foreign
      name: db-0
  - addresses:
      - 10.0.0.8 # finding: private
ports: [{ port: 5432 }]
`,
        },
      ],
      good: [
        {
          title: 'a host outside',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Endpoints
metadata: { name: db, namespace: shop }
subsets:
  - addresses:
      - ip: 203.0.113.10
    ports: [{ port: 5432 }]
`,
        },
      ],
    },
  },
});

function* addressesOf(root: AnyNode): Generator<{ readonly at: AnyNode; readonly target: AnyNode }> {
  for (const subset of root.get('subsets').items() as readonly AnyNode[]) {
    for (const key of ['addresses', 'notReadyAddresses']) {
      for (const address of subset.get(key).items() as readonly AnyNode[])
        yield { at: address.get('ip'), target: address.get('targetRef') };
    }
  }
  for (const endpoint of root.get('endpoints').items() as readonly AnyNode[]) {
    const target: AnyNode = endpoint.get('targetRef');
    for (const address of endpoint.get('addresses').items() as readonly AnyNode[]) yield { at: address, target };
  }
}
