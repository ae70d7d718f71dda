import { type LabelSelector, type Labels, NAMESPACE_NAME_LABEL } from '../labels.ts';
import { listBits } from './bits.ts';
import { entries } from './connections.ts';
import { NetworkEngine } from './engine.ts';
import type { ServicePort } from './objects.ts';
import type { Endpoint, Namespace, Service, World } from './world.ts';

/** A NetworkPolicy that may be applied as it is, with the reason for it. */
export interface SuggestedPolicy {
  readonly reason: string;
  readonly policy: PolicyManifest;
}

export interface PolicyManifest {
  readonly apiVersion: 'networking.k8s.io/v1';
  readonly kind: 'NetworkPolicy';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
}

/** The Services that a workload is known to use: from its environment, its arguments, its configuration. */
export type Uses<R> = (
  endpoint: Endpoint<R>,
) => readonly { readonly service: Service<R>; readonly port: ServicePort | undefined }[];

/**
 * Policies that close the namespaces of the input and keep open what is known to be needed: name resolution, the
 * Services that workloads name, the backends of Ingresses and routes.
 */
export function suggestPolicies<R>(
  world: World<R>,
  uses: Uses<R>,
  isSystem: (namespace: Namespace) => boolean,
): readonly SuggestedPolicy[] {
  const engine = new NetworkEngine(world);
  const suggested: SuggestedPolicy[] = [];
  const inhabited = [...new Set(world.endpoints.map(({ namespace }) => namespace))]
    .filter((namespace) => !isSystem(namespace))
    .sort(byName);
  const open = inhabited.filter((namespace) =>
    world.endpoints.some((endpoint) => {
      if (endpoint.namespace !== namespace || endpoint.pod.hostNetwork === true) return false;
      const pod = engine.classOf(endpoint);
      return engine.isolation('ingress', pod) === 'no' || engine.isolation('egress', pod) === 'no';
    }),
  );
  for (const namespace of open) suggested.push(...closeNamespace(namespace));

  const ingress = new Map<string, Opening<R>>();
  const egress = new Map<string, Opening<R>>();
  for (const endpoint of world.endpoints) {
    if (endpoint.pod.hostNetwork === true) continue;
    for (const { service, port } of uses(endpoint)) {
      const selector = service.data.selector;
      if (selector === null) continue;
      const ports = port === undefined ? service.data.ports : [port];
      if (open.includes(service.namespace)) {
        add(ingress, `${service.namespace.key}\n${service.name}`, service.namespace, service.name, {
          selector,
          from: endpoint,
          namespace: endpoint.namespace,
          ports,
        });
      }
      if (open.includes(endpoint.namespace)) {
        add(
          egress,
          `${endpoint.namespace.key}\n${endpoint.workload.name}`,
          endpoint.namespace,
          endpoint.workload.name,
          { selector, from: endpoint, namespace: service.namespace, ports },
        );
      }
    }
  }
  for (const { namespace, name, peers } of ingress.values()) {
    suggested.push({
      reason: `"${name}" is used by ${[...new Set(peers.map(({ from }) => from.workload.name))].sort().join(', ')}`,
      policy: manifest(namespace, `allow-to-${name}`, {
        podSelector: selectorOf(peers[0]!.selector),
        policyTypes: ['Ingress'],
        ingress: peers.map(({ from, ports }) => ({
          from: [peerOf(namespace, from.namespace, labelsOf(from.pod.labels))],
          ports: portsOf(ports),
        })),
      }),
    });
  }
  for (const { namespace, name, peers } of egress.values()) {
    suggested.push({
      reason: `"${name}" names these Services in its configuration`,
      policy: manifest(namespace, `allow-from-${name}`, {
        podSelector: { matchLabels: labelsOf(peers[0]!.from.pod.labels) },
        policyTypes: ['Egress'],
        egress: peers.map(({ selector, namespace: target, ports }) => ({
          to: [peerOf(namespace, target, undefined, selector)],
          ports: portsOf(ports),
        })),
      }),
    });
  }
  const published = new Map<string, { readonly service: Service<R>; readonly ports: ServicePort[] }>();
  for (const { service, port } of entries(world)) {
    if (service.data.selector === null || !open.includes(service.namespace)) continue;
    const key = `${service.namespace.key}\n${service.name}`;
    const own = published.get(key) ?? { service, ports: [] };
    if (!own.ports.includes(port)) own.ports.push(port);
    published.set(key, own);
  }
  for (const { service, ports } of published.values()) {
    if (listBits(engine.selectService(service.namespace, service.data.selector!).may).length === 0) continue;
    suggested.push({
      reason: `an Ingress or route leads to "${service.name}"; put the namespace of your ingress controller here`,
      policy: manifest(service.namespace, `allow-ingress-to-${service.name}`, {
        podSelector: selectorOf(service.data.selector!),
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: 'ingress-controller' } } }],
            ports: portsOf(ports),
          },
        ],
      }),
    });
  }
  return suggested;
}

/** The pair that closes a namespace, and what no program works without. */
export function closeNamespace(namespace: Namespace): readonly SuggestedPolicy[] {
  return [
    {
      reason: 'nothing in or out that another policy does not allow',
      policy: manifest(namespace, 'default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    },
    {
      reason: 'name resolution; where NodeLocal DNSCache runs, allow its address (commonly 169.254.20.10/32) as well',
      policy: manifest(namespace, 'allow-dns', {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: 'kube-system' } },
                podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
              },
            ],
            ports: [
              { protocol: 'UDP', port: 53 },
              { protocol: 'TCP', port: 53 },
            ],
          },
        ],
      }),
    },
  ];
}

interface Opening<R> {
  readonly namespace: Namespace;
  readonly name: string;
  readonly peers: Use<R>[];
}

interface Use<R> {
  readonly selector: LabelSelector;
  readonly from: Endpoint<R>;
  /** Where the other end lives. */
  readonly namespace: Namespace;
  readonly ports: readonly ServicePort[];
}

function add<R>(into: Map<string, Opening<R>>, key: string, namespace: Namespace, name: string, use: Use<R>): void {
  const own = into.get(key) ?? { namespace, name, peers: [] };
  const same = own.peers.some(
    ({ from, selector, ports }) =>
      from.workload === use.from.workload &&
      selector === use.selector &&
      ports.length === use.ports.length &&
      ports.every((port, at) => port === use.ports[at]),
  );
  if (!same) own.peers.push(use);
  into.set(key, own);
}

function manifest(namespace: Namespace, name: string, spec: object): PolicyManifest {
  const metadata = namespace.name === '' ? { name } : { name, namespace: namespace.name };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
}

function peerOf(own: Namespace, other: Namespace, labels: Labels | undefined, selector?: LabelSelector): object {
  const podSelector = selector === undefined ? { matchLabels: labels ?? {} } : selectorOf(selector);
  if (other === own || other.name === '') return { podSelector };
  return { namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: other.name } }, podSelector };
}

/** Selectors of Services are equalities alone. */
function selectorOf(selector: LabelSelector): object {
  return { matchLabels: Object.fromEntries(selector.map(({ key, values }) => [key, values[0] ?? ''])) };
}

/** Labels that tell a workload's pods from others and do not change with each release. */
function labelsOf(labels: Labels): Labels {
  const stable = Object.entries(labels).filter(
    ([key]) => !/version|helm\.sh\/chart|managed-by|pod-template-hash|controller-revision|release$/.test(key),
  );
  return Object.fromEntries(stable.length === 0 ? Object.entries(labels) : stable);
}

function portsOf(ports: readonly ServicePort[]): readonly object[] {
  return ports.map(({ protocol, targetPort }) => ({ protocol, port: targetPort }));
}

function byName(a: Namespace, b: Namespace): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
