import { compare } from '../../text/order.ts';
import { formatRange, type IpRange } from '../cidr.ts';
import {
  type Connection,
  classesOf,
  connections,
  externalConnections,
  INGRESS_CONTROLLER,
  type Peer,
  rangeOfId,
} from './connections.ts';
import { type EngineOptions, NetworkEngine, namedRanges } from './engine.ts';
import { NO_PORTS, type PortSetId, PortSets } from './port-set.ts';
import type { Network } from './world.ts';

/** A connection that a change touches. */
export interface Change {
  readonly source: string;
  readonly destination: string;
  readonly before: PortSetId;
  readonly after: PortSetId;
  readonly kind: 'opened' | 'closed' | 'widened' | 'narrowed' | 'changed';
  /** An end that only one of the two versions has. */
  readonly workloads: readonly { readonly id: string; readonly was: 'added' | 'removed' }[];
}

export interface Difference {
  readonly ports: PortSets;
  readonly changes: readonly Change[];
}

/**
 * What is allowed for certain after a change and was not before, and the other way round. Both versions see the address
 * space cut at the same borders, so that ranges can be compared.
 */
export function differences<R>(
  before: readonly Network<R>[],
  after: readonly Network<R>[],
  options: EngineOptions = {},
): Difference {
  const ports = new PortSets();
  const landmarks: readonly IpRange[] = [...before, ...after].flatMap(({ world }) => namedRanges(world));
  const [oldIds, newIds] = [before, after].map(
    (networks) => new Set(networks.flatMap(({ world }) => world.workloads.map(({ id }) => id))),
  ) as [Set<string>, Set<string>];
  const table = new Map<
    string,
    { readonly source: string; readonly destination: string; before: PortSetId; after: PortSetId }
  >();
  for (const [networks, side] of [
    [before, 'before'],
    [after, 'after'],
  ] as const) {
    for (const { world, secondary } of networks) {
      const engine = new NetworkEngine(world, { ...options, ports, landmarks });
      for (const { source, destination, ports: allowed } of everyConnection(engine, secondary)) {
        if (allowed === NO_PORTS) continue;
        const key = `${source.id}\n${destination.id}`;
        let row = table.get(key);
        if (row === undefined) {
          row = { source: source.id, destination: destination.id, before: NO_PORTS, after: NO_PORTS };
          table.set(key, row);
        }
        row[side] = ports.unite(row[side], allowed);
      }
    }
  }
  const changes: Change[] = [];
  for (const { source, destination, before: was, after: is } of table.values()) {
    if (was === is) continue;
    const workloads = [source, destination].flatMap((id): Change['workloads'] => {
      if (id === INGRESS_CONTROLLER || id.endsWith('[External]') || oldIds.has(id) === newIds.has(id)) return [];
      return [{ id, was: newIds.has(id) ? 'added' : 'removed' }];
    });
    changes.push({ source, destination, before: was, after: is, kind: kindOf(ports, was, is), workloads });
  }
  return { ports, changes: joinRanges(changes).sort(byEnds) };
}

/** Ranges are left in pieces, so that those of two engines lie over one another. */
function* everyConnection<R>(engine: NetworkEngine<R>, podsOnly: boolean): Generator<Connection<R>> {
  for (const workload of podsOnly ? [] : engine.world.workloads) {
    const peer: Peer<R> = { kind: 'workload', id: workload.id, workload };
    for (const direction of ['ingress', 'egress'] as const) {
      yield* externalConnections(engine, peer, classesOf(engine, workload), direction, false);
    }
  }
  for (const connection of connections(engine, { podsOnly })) {
    if (connection.source.kind !== 'external' && connection.destination.kind !== 'external') yield connection;
  }
}

function kindOf(ports: PortSets, before: PortSetId, after: PortSetId): Change['kind'] {
  if (before === NO_PORTS) return 'opened';
  if (after === NO_PORTS) return 'closed';
  if (ports.includes(after, before)) return 'widened';
  return ports.includes(before, after) ? 'narrowed' : 'changed';
}

/** Neighbouring ranges with the same change are one. */
function joinRanges(changes: readonly Change[]): Change[] {
  const joined: Change[] = [];
  const open = new Map<string, { range: IpRange; index: number }>();
  for (const change of [...changes].sort(byRange)) {
    const [end, other] = change.source.endsWith('[External]')
      ? (['source', 'destination'] as const)
      : (['destination', 'source'] as const);
    const range = rangeOfId(change[end]);
    if (range === undefined) {
      joined.push(change);
      continue;
    }
    const key = `${end}\n${change[other]}\n${change.before}\n${change.after}`;
    const last = open.get(key);
    if (last !== undefined && last.range.family === range.family && last.range.high + 1n === range.low) {
      last.range = { ...last.range, high: range.high };
      joined[last.index] = { ...joined[last.index]!, [end]: `${formatRange(last.range)}[External]` };
    } else open.set(key, { range, index: joined.push(change) - 1 });
  }
  return joined;
}

function byRange(a: Change, b: Change): number {
  const [left, right] = [a, b].map(({ source, destination }) => rangeOfId(source) ?? rangeOfId(destination));
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
  return left.family - right.family || (left.low < right.low ? -1 : left.low > right.low ? 1 : 0);
}

function byEnds(a: Change, b: Change): number {
  return compare(a.source, b.source) || compare(a.destination, b.destination);
}
