import { compare } from '../../text/order.ts';
import { formatRange, type IpRange, parseAddress } from '../cidr.ts';
import { forEachBit, hasBit } from './bits.ts';
import { type Bound, type NetworkEngine, type PeerIndex, UNKNOWN_POD } from './engine.ts';
import type { Direction, ServicePort } from './objects.ts';
import { NO_PORTS, type PortSetId } from './port-set.ts';
import type { EntryPoint, Service, Workload, World } from './world.ts';

/** One end of a connection as people name it. */
export type Peer<R> =
  | { readonly kind: 'workload'; readonly id: string; readonly workload: Workload<R> }
  | { readonly kind: 'external'; readonly id: string; readonly range: IpRange }
  /** Whatever serves the Ingresses, Routes and Gateways of the input: a pod of which nothing is known. */
  | { readonly kind: 'ingress-controller'; readonly id: string };

export interface Connection<R> {
  readonly source: Peer<R>;
  readonly destination: Peer<R>;
  /** Allowed for certain. */
  readonly ports: PortSetId;
  /** What may be allowed, the certain included. */
  readonly possible: PortSetId;
}

export const INGRESS_CONTROLLER = '{ingress-controller}';

export interface ConnectionOptions<R> {
  /** Only connections that one of these workloads has a part in. */
  readonly focus?: (workload: Workload<R>) => boolean;
  /** Nothing but pods: a secondary network. */
  readonly podsOnly?: boolean;
}

/** Every connection that is or may be allowed between two workloads or a workload and the outside, sorted by name. */
export function* connections<R>(
  engine: NetworkEngine<R>,
  options: ConnectionOptions<R> = {},
): Generator<Connection<R>> {
  const { focus, podsOnly = false } = options;
  const workloads = [...engine.world.workloads].sort(byId);
  const peers = workloads.map((workload): Peer<R> => ({ kind: 'workload', id: workload.id, workload }));
  const classes = workloads.map((workload) => classesOf(engine, workload));
  const inFocus = workloads.map((workload) => focus?.(workload) ?? true);

  const outer = new Outside(engine);
  if (!podsOnly) {
    const incoming = workloads.flatMap((_, at) =>
      inFocus[at]! ? outer.of(classes[at]!, 'ingress').map((each) => toConnection(peers[at]!, each, 'ingress')) : [],
    );
    yield* incoming.sort((a, b) => compareRanges(a.source, b.source) || compare(a.destination.id, b.destination.id));
  }
  const reach = new Reach(engine);
  for (let source = 0; source < workloads.length; source++) {
    if (!podsOnly && inFocus[source]!) {
      for (const each of outer.of(classes[source]!, 'egress')) yield toConnection(peers[source]!, each, 'egress');
    }
    const { lower, upper, any } = reach.of(classes[source]!);
    if (!any) continue;
    for (let destination = 0; destination < workloads.length; destination++) {
      const own = classes[destination]!;
      let ports = lower[own[0]!]!;
      let possible = upper[own[0]!]!;
      for (let at = 1; at < own.length; at++) {
        ports = engine.ports.unite(ports, lower[own[at]!]!);
        possible = engine.ports.unite(possible, upper[own[at]!]!);
      }
      if ((possible === NO_PORTS && ports === NO_PORTS) || source === destination) continue;
      if (!inFocus[source]! && !inFocus[destination]!) continue;
      yield { source: peers[source]!, destination: peers[destination]!, ports, possible };
    }
  }
  if (!podsOnly) yield* entryConnections(engine, workloads, peers, classes, inFocus);
}

/** The classes of a workload's pods. */
export function classesOf<R>(engine: NetworkEngine<R>, workload: Workload<R>): readonly PeerIndex[] {
  return [...new Set(workload.endpoints.map((endpoint) => engine.classOf(endpoint)))];
}

/** What pods of some classes may reach at each class. Workloads of the same classes stand together and share it. */
class Reach<R> {
  readonly #engine: NetworkEngine<R>;
  readonly #known = new Map<string, Reached>();

  constructor(engine: NetworkEngine<R>) {
    this.#engine = engine;
  }

  of(sources: readonly PeerIndex[]): Reached {
    const key = sources.join();
    let reached = this.#known.get(key);
    if (reached === undefined) {
      // Memory is bounded: what was asked long ago is computed again.
      if (this.#known.size >= KEPT) this.#known.clear();
      reached = this.compute(sources);
      this.#known.set(key, reached);
    }
    return reached;
  }

  private compute(sources: readonly PeerIndex[]): Reached {
    const engine = this.#engine;
    const { length } = engine.classes;
    const lower = new Int32Array(length);
    const upper = new Int32Array(length);
    let any = false;
    for (const source of sources) {
      const certain = engine.row('egress', source, 'lower');
      const out = engine.row('egress', source, 'upper');
      for (let destination = 0; destination < length; destination++) {
        // What is certain is possible as well.
        if (out[destination] === NO_PORTS || engine.isSymbolic(destination)) continue;
        const possible = engine.ports.intersect(
          out[destination]!,
          engine.row('ingress', destination, 'upper')[source]!,
        );
        if (possible === NO_PORTS) continue;
        any = true;
        upper[destination] = engine.ports.unite(upper[destination]!, possible);
        if (certain[destination] === NO_PORTS) continue;
        const ports = engine.ports.intersect(
          certain[destination]!,
          engine.row('ingress', destination, 'lower')[source]!,
        );
        lower[destination] = engine.ports.unite(lower[destination]!, ports);
      }
    }
    return { lower, upper, any };
  }
}

interface Reached {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly any: boolean;
}

const KEPT = 256;

/** Target ports of a Service's port at a pod. */
export function targetPorts<R>(
  engine: NetworkEngine<R>,
  port: ServicePort,
  pod: PeerIndex,
  bound: Bound = 'lower',
): PortSetId {
  return engine.portsAt([{ protocol: port.protocol, port: port.targetPort, endPort: null }], pod, bound);
}

export interface Entry<R> {
  readonly service: Service<R>;
  readonly port: ServicePort;
}

/** The Services and ports that the Ingresses, Routes and Gateways of the input bring requests to. */
export function entries<R>({ services, entryPoints }: World<R>): readonly Entry<R>[] {
  const byName = servicesByName(services);
  return entryPoints.flatMap((entryPoint) => entriesOf(entryPoint, byName));
}

export type ServicesByName<R> = ReadonlyMap<string, Service<R>>;

export function servicesByName<R>(services: readonly Service<R>[]): ServicesByName<R> {
  return new Map(services.map((service) => [`${service.namespace.key}\n${service.name}`, service]));
}

/** The Services and ports of one entry point. */
export function entriesOf<R>({ namespace, data }: EntryPoint<R>, byName: ServicesByName<R>): readonly Entry<R>[] {
  const found: Entry<R>[] = [];
  for (const backend of data.backends) {
    const service = byName.get(`${backend.namespace ?? namespace.key}\n${backend.service}`);
    if (service === undefined) continue;
    for (const port of service.data.ports) {
      if (backendMeans(backend.port, backend.target === true, port)) found.push({ service, port });
    }
  }
  return found;
}

function backendMeans(wanted: number | string | null, target: boolean, port: ServicePort): boolean {
  if (wanted === null) return true;
  if (target) return wanted === port.targetPort || wanted === port.name || wanted === port.port;
  return typeof wanted === 'number' ? wanted === port.port : wanted === port.name;
}

function* entryConnections<R>(
  engine: NetworkEngine<R>,
  workloads: readonly Workload<R>[],
  peers: readonly Peer<R>[],
  classes: readonly (readonly PeerIndex[])[],
  inFocus: readonly boolean[],
): Generator<Connection<R>> {
  const served: Record<Bound, Map<PeerIndex, PortSetId>> = { lower: new Map(), upper: new Map() };
  for (const { service, port } of entries(engine.world)) {
    if (service.data.selector === null) continue;
    const { must, may } = engine.selectService(service.namespace, service.data.selector);
    forEachBit(may, (pod) => {
      for (const bound of ['lower', 'upper'] as const) {
        if (bound === 'lower' && !hasBit(must, pod)) continue;
        const open = engine.ports.intersect(
          targetPorts(engine, port, pod, bound),
          engine.row('ingress', pod, bound)[UNKNOWN_POD]!,
        );
        served[bound].set(pod, engine.ports.unite(served[bound].get(pod) ?? NO_PORTS, open));
      }
    });
  }
  for (let at = 0; at < workloads.length; at++) {
    if (!inFocus[at]!) continue;
    let ports: PortSetId = NO_PORTS;
    let possible: PortSetId = NO_PORTS;
    for (const pod of classes[at]!) {
      ports = engine.ports.unite(ports, served.lower.get(pod) ?? NO_PORTS);
      possible = engine.ports.unite(possible, served.upper.get(pod) ?? NO_PORTS);
    }
    if (possible === NO_PORTS && ports === NO_PORTS) continue;
    yield { source: { kind: 'ingress-controller', id: INGRESS_CONTROLLER }, destination: peers[at]!, ports, possible };
  }
}

/** Connections between a workload and the outside; neighbouring ranges with the same answer are one. */
export function externalConnections<R>(
  engine: NetworkEngine<R>,
  peer: Peer<R>,
  classes: readonly PeerIndex[],
  direction: Direction,
  join = true,
): Connection<R>[] {
  return outside(engine, classes, direction, join).map((outer) => toConnection(peer, outer, direction));
}

/** A piece of the outside with what is let through to or from it. */
interface Outer {
  readonly range: IpRange;
  readonly id: string;
  readonly ports: PortSetId;
  readonly possible: PortSetId;
}

function toConnection<R>(peer: Peer<R>, { range, id, ports, possible }: Outer, direction: Direction): Connection<R> {
  const external: Peer<R> = { kind: 'external', id, range };
  return direction === 'ingress'
    ? { source: external, destination: peer, ports, possible }
    : { source: peer, destination: external, ports, possible };
}

function outside<R>(
  engine: NetworkEngine<R>,
  classes: readonly PeerIndex[],
  direction: Direction,
  join: boolean,
): readonly Outer[] {
  const rows = classes.map(
    (pod) => [engine.row(direction, pod, 'lower'), engine.row(direction, pod, 'upper')] as const,
  );
  const found: { range: IpRange; ports: PortSetId; possible: PortSetId }[] = [];
  for (const piece of engine.externalPeers()) {
    let ports: PortSetId = NO_PORTS;
    let possible: PortSetId = NO_PORTS;
    for (const [lower, upper] of rows) {
      ports = engine.ports.unite(ports, lower[piece]!);
      possible = engine.ports.unite(possible, upper[piece]!);
    }
    const range = engine.rangeOf(piece);
    const last = found.at(-1);
    const joins =
      join &&
      last !== undefined &&
      last.ports === ports &&
      last.possible === possible &&
      last.range.family === range.family &&
      last.range.high + 1n === range.low;
    if (joins) last.range = { ...last.range, high: range.high };
    else found.push({ range, ports, possible });
  }
  return found
    .filter(({ possible, ports }) => possible !== NO_PORTS || ports !== NO_PORTS)
    .map((each) => ({ ...each, id: `${formatRange(each.range)}[External]` }));
}

/** The outside as workloads see it that the same policies select: asked for once. */
class Outside<R> {
  readonly #engine: NetworkEngine<R>;
  readonly #known = new Map<string, readonly Outer[]>();

  constructor(engine: NetworkEngine<R>) {
    this.#engine = engine;
  }

  of(classes: readonly PeerIndex[], direction: Direction): readonly Outer[] {
    const key = direction + classes.map((pod) => this.#engine.signatureOf(direction, pod)).join();
    let outer = this.#known.get(key);
    if (outer === undefined) {
      outer = outside(this.#engine, classes, direction, true);
      this.#known.set(key, outer);
    }
    return outer;
  }
}

/** The range that stands in the name of a peer outside; undefined for any other name. */
export function rangeOfId(id: string): IpRange | undefined {
  const match = /^([\d.:a-f]+)-([\d.:a-f]+)\[External\]$/.exec(id);
  if (match === null) return undefined;
  const [low, high] = [parseAddress(match[1]!), parseAddress(match[2]!)];
  return low === undefined || high === undefined ? undefined : { family: low.family, low: low.value, high: high.value };
}

function byId<R>(a: Workload<R>, b: Workload<R>): number {
  return compare(a.id, b.id);
}

function compareRanges<R>(a: Peer<R>, b: Peer<R>): number {
  if (a.kind !== 'external' || b.kind !== 'external') return 0;
  if (a.range.family !== b.range.family) return a.range.family - b.range.family;
  return a.range.low < b.range.low ? -1 : a.range.low > b.range.low ? 1 : 0;
}
