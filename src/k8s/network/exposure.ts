import { canonical, formatSelector, type LabelSelector, NAMESPACE_NAME_LABEL } from '../labels.ts';
import { classesOf } from './connections.ts';
import { type EngineOptions, NetworkEngine, type PeerIndex, type SymbolicPod } from './engine.ts';
import { DIRECTIONS, type Direction } from './objects.ts';
import { NO_PORTS, type PortSetId } from './port-set.ts';
import type { Namespace, Workload, World } from './world.ts';

/** Pods that are not in the input and that a workload would nevertheless talk to. */
export interface Exposure<R> {
  readonly workload: Workload<R>;
  readonly direction: Direction;
  readonly peer: ExposedPeer;
  readonly ports: PortSetId;
}

export interface ExposedPeer {
  /** `entire-cluster`, `shop/[pod with app=web]`, `[namespace with team=a]/[all pods]`. */
  readonly id: string;
  /** Undefined for the entire cluster. */
  readonly pod: SymbolicPod | undefined;
}

export interface ExposureReport<R> {
  readonly engine: NetworkEngine<R>;
  readonly exposures: readonly Exposure<R>[];
  /** Directions of workloads that no policy of any kind speaks of. */
  readonly unprotected: readonly { readonly workload: Workload<R>; readonly direction: Direction }[];
}

export const ENTIRE_CLUSTER = 'entire-cluster';

/**
 * What the policies would allow beyond the pods of the input: for each selector that they name, a pod that it selects
 * and of which nothing else is known.
 */
export function exposures<R>(world: World<R>, options: EngineOptions = {}): ExposureReport<R> {
  const named = symbolicPods(world);
  const engine = new NetworkEngine(world, { ...options, symbolic: [PLAIN_POD, ...named.map(({ pod }) => pod)] });
  const found: Exposure<R>[] = [];
  const unprotected: { workload: Workload<R>; direction: Direction }[] = [];
  const workloads = [...world.workloads].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const workload of workloads) {
    const classes = classesOf(engine, workload);
    for (const direction of DIRECTIONS) {
      const portsWith = (peer: PeerIndex): PortSetId => {
        let ports: PortSetId = NO_PORTS;
        for (const pod of classes) ports = engine.ports.unite(ports, engine.row(direction, pod, 'lower')[peer]!);
        return ports;
      };
      const deciding = new Set<unknown>();
      for (const pod of classes) {
        for (const { policy } of engine.selecting(direction, pod)) deciding.add(policy);
        for (const { policy } of engine.clusterSelecting(direction, pod)) deciding.add(policy);
      }
      const everywhere = portsWith(1);
      if (everywhere !== NO_PORTS) {
        found.push({ workload, direction, peer: { id: ENTIRE_CLUSTER, pod: undefined }, ports: everywhere });
      }
      named.forEach(({ pod, by }, at) => {
        if (!by[direction].some((policy) => deciding.has(policy))) return;
        const ports = portsWith(at + 2);
        if (ports !== everywhere) found.push({ workload, direction, peer: { id: formatSymbolic(pod), pod }, ports });
      });
      if (deciding.size === 0) unprotected.push({ workload, direction });
    }
  }
  return { engine, exposures: found, unprotected };
}

export function formatSymbolic({ namespace, namespaces, pods }: SymbolicPod): string {
  const where =
    namespace !== undefined
      ? namespace.name
      : namespaces.length === 0
        ? '[all namespaces]'
        : `[namespace with ${formatSelector(namespaces)}]`;
  return `${where}/${pods.length === 0 ? '[all pods]' : `[pod with ${formatSelector(pods)}]`}`;
}

/** Any pod of the cluster that no policy means in particular. */
const PLAIN_POD: SymbolicPod = { namespace: undefined, namespaces: [], pods: [], plain: true };

interface NamedPods {
  readonly pod: SymbolicPod;
  /** The policies that name it, by direction. */
  readonly by: Readonly<Record<Direction, unknown[]>>;
}

/** One for each pair of selectors that a peer of any policy names. */
function symbolicPods<R>(world: World<R>): readonly NamedPods[] {
  const found = new Map<string, NamedPods>();
  const byName = new Map(world.namespaces.map((namespace) => [namespace.name, namespace]));
  const add = (
    policy: unknown,
    direction: Direction,
    namespace: Namespace | undefined,
    namespaces: LabelSelector,
    pods: LabelSelector,
  ): void => {
    // A selector of a namespace by name and nothing else means that very namespace.
    const [only] = namespaces;
    const byNameOnly =
      namespaces.length === 1 &&
      only!.key === NAMESPACE_NAME_LABEL &&
      only!.operator === 'In' &&
      only!.values.length === 1;
    const own =
      namespace ?? (byNameOnly ? (byName.get(only!.values[0]!) ?? namedNamespace(only!.values[0]!)) : undefined);
    if (own === undefined && namespaces.length === 0 && pods.length === 0) return;
    const pod: SymbolicPod = { namespace: own, namespaces: own === undefined ? namespaces : [], pods };
    const key = `${own?.name}\n${canonical(pod.namespaces)}\n${canonical(pods)}`;
    let named = found.get(key);
    if (named === undefined) {
      named = { pod, by: { ingress: [], egress: [] } };
      found.set(key, named);
    }
    named.by[direction].push(policy);
  };
  for (const direction of DIRECTIONS) {
    for (const policy of world.policies) {
      for (const { peers } of policy.data[direction]) {
        for (const { namespaces, pods, block } of peers ?? []) {
          if (block !== null) continue;
          add(policy, direction, namespaces === null ? policy.namespace : undefined, namespaces ?? [], pods ?? []);
        }
      }
    }
    for (const policy of world.clusterPolicies) {
      for (const { peers } of policy.data[direction]) {
        for (const peer of peers) {
          if (peer.by === 'pods') add(policy, direction, undefined, peer.namespaces, peer.pods ?? []);
        }
      }
    }
  }
  return [...found.values()].sort((a, b) => (formatSymbolic(a.pod) < formatSymbolic(b.pod) ? -1 : 1));
}

/** A namespace of which the policies know no more than its name. */
function namedNamespace(name: string): Namespace {
  return { index: -1, key: name, name, labels: { [NAMESPACE_NAME_LABEL]: name }, open: true, defined: false };
}
