import { type Connection, connections } from '../k8s/network/connections.ts';
import type { Difference } from '../k8s/network/diff.ts';
import { NetworkEngine, type PeerIndex, UNKNOWN_POD } from '../k8s/network/engine.ts';
import { exposures } from '../k8s/network/exposure.ts';
import type { Direction } from '../k8s/network/objects.ts';
import { NO_PORTS } from '../k8s/network/port-set.ts';
import type { Resource } from '../k8s/resource.ts';
import { plain, plainJson } from '../reporters/plain.ts';
import type { View } from './network-notes.ts';

export interface Row {
  readonly network: string;
  readonly source: string;
  readonly destination: string;
  readonly certain: string;
  /** What is possible beyond that; '' for nothing. */
  readonly possible: string;
  readonly decidedBy: string;
}

/** Every connection of every network, in a fixed order. */
export function* rowsOf(view: View, withDeciders: boolean): Generator<Row> {
  for (const { name, secondary, world } of view.networks) {
    const engine = new NetworkEngine(world, view.engine);
    const deciders = new Deciders(engine);
    for (const connection of connections(engine, {
      ...(view.focus === undefined ? {} : { focus: view.focus }),
      podsOnly: secondary,
    })) {
      const { source, destination, ports, possible } = connection;
      const more = engine.ports.subtract(possible, ports);
      yield {
        network: name,
        source: source.id,
        destination: destination.id,
        certain: ports === NO_PORTS ? '' : engine.ports.format(ports),
        // With nothing certain the whole is the short way to say it.
        possible: more === NO_PORTS ? '' : engine.ports.format(ports === NO_PORTS ? possible : more),
        decidedBy: withDeciders ? deciders.of(connection) : '',
      };
    }
  }
}

export function* writeTable(view: View, exposure: boolean): Generator<string> {
  const ids = view.networks.flatMap(({ world }) => world.workloads.map(({ id }) => id));
  const width = Math.min(
    70,
    ids.reduce((most, { length }) => Math.max(most, length), 33),
  );
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => (at < 2 ? plain(cell).padEnd(width) : at === 2 ? plain(cell).padEnd(28) : plain(cell)))
      .join('  ')
      .trimEnd()}\n`;
  yield line(['SOURCE', 'DESTINATION', 'CONNECTION', 'DECIDED BY']);
  let network = '';
  for (const row of rowsOf(view, true)) {
    if (row.network !== network) {
      network = row.network;
      yield `\nnetwork ${plain(network)}\n`;
    }
    yield line([row.source, row.destination, describe(row), row.decidedBy]);
  }
  if (!exposure) return;
  yield '\nEXPOSURE: what the policies would allow to and from pods that are not in the input\n';
  for (const { workload, direction, peer, conn } of exposureRows(view)) {
    yield line([workload, `${direction === 'egress' ? '=>' : '<='} ${peer}`, conn]);
  }
  for (const { workload, direction } of unprotectedRows(view))
    yield `${plain(workload)} is not isolated for ${direction}\n`;
}

export function* writeCsv(view: View, exposure: boolean): Generator<string> {
  yield 'source,destination,connection,possible,decidedBy,network\n';
  for (const row of rowsOf(view, true)) {
    yield csvLine([row.source, row.destination, row.certain, row.possible, row.decidedBy, row.network]);
  }
  if (!exposure) return;
  for (const { workload, direction, peer, conn } of exposureRows(view)) {
    yield csvLine(
      direction === 'egress' ? [workload, peer, conn, '', 'exposure', ''] : [peer, workload, conn, '', 'exposure', ''],
    );
  }
}

export function* writeJson(view: View, exposure: boolean, notes: readonly string[]): Generator<string> {
  yield '{\n  "connections": [';
  let separator = '\n';
  const possible: string[] = [];
  for (const { network, source, destination, certain, possible: more } of rowsOf(view, false)) {
    const where = network === '' ? {} : { network };
    if (more !== '') possible.push(jsonLine({ src: source, dst: destination, conn: more, ...where }));
    if (certain === '') continue;
    yield `${separator}    ${jsonLine({ src: source, dst: destination, conn: certain, ...where })}`;
    separator = ',\n';
  }
  yield separator === '\n' ? ']' : '\n  ]';
  if (possible.length > 0) yield `,\n  "possible": [\n    ${possible.join(',\n    ')}\n  ]`;
  if (exposure) {
    const rows = [...exposureRows(view)].map(({ workload, direction, peer, conn }) =>
      jsonLine(direction === 'egress' ? { src: workload, dst: peer, conn } : { src: peer, dst: workload, conn }),
    );
    yield `,\n  "exposure": [${rows.length === 0 ? '' : `\n    ${rows.join(',\n    ')}\n  `}]`;
  }
  if (notes.length > 0) yield `,\n  "notes": [\n    ${notes.map((note) => jsonLine(note)).join(',\n    ')}\n  ]`;
  yield '\n}\n';
}

export function* writeDifference({ ports, changes }: Difference, format: 'table' | 'csv' | 'json'): Generator<string> {
  const rows = changes.map(({ kind, source, destination, before, after, workloads }) => ({
    change: kind,
    src: source,
    dst: destination,
    before: ports.format(before),
    after: ports.format(after),
    workloads: workloads.map(({ id, was }) => `${id} ${was}`),
  }));
  if (format === 'json') {
    const lines = rows.map((row) => jsonLine(row));
    yield `{\n  "changes": [${lines.length === 0 ? '' : `\n    ${lines.join(',\n    ')}\n  `}]\n}\n`;
    return;
  }
  if (format === 'csv') {
    yield 'change,source,destination,before,after,workloads\n';
    for (const { change, src, dst, before, after, workloads } of rows)
      yield csvLine([change, src, dst, before, after, workloads.join('; ')]);
    return;
  }
  if (rows.length === 0) {
    yield 'No difference\n';
    return;
  }
  const width = rows.reduce((most, { src, dst }) => Math.max(most, src.length, dst.length), 11);
  yield `${'CHANGE'.padEnd(9)}${'SOURCE'.padEnd(width + 2)}${'DESTINATION'.padEnd(width + 2)}BEFORE -> AFTER\n`;
  for (const { change, src, dst, before, after, workloads } of rows) {
    const note = workloads.length === 0 ? '' : `  (${workloads.join(', ')})`;
    yield `${change.padEnd(9)}${plain(src).padEnd(width + 2)}${plain(dst).padEnd(width + 2)}${before} -> ${after}${plain(note)}\n`;
  }
}

/** `TCP 80; UDP 53~`: the part with ~ is possible and not certain. */
export function describe({ certain, possible }: Pick<Row, 'certain' | 'possible'>): string {
  return [certain, possible === '' ? '' : `${possible}~`].filter((part) => part !== '').join('; ');
}

interface ExposureRow {
  readonly workload: string;
  readonly direction: Direction;
  readonly peer: string;
  readonly conn: string;
}

function* exposureRows(view: View): Generator<ExposureRow> {
  const [main] = view.networks;
  if (main === undefined) return;
  const { engine, exposures: found } = exposures(main.world, view.engine);
  for (const { workload, direction, peer, ports } of found) {
    if (view.focus?.(workload) === false) continue;
    yield { workload: workload.id, direction, peer: peer.id, conn: engine.ports.format(ports) };
  }
}

function* unprotectedRows(view: View): Generator<{ readonly workload: string; readonly direction: Direction }> {
  const [main] = view.networks;
  if (main === undefined) return;
  for (const { workload, direction } of exposures(main.world, view.engine).unprotected) {
    if (view.focus?.(workload) !== false) yield { workload: workload.id, direction };
  }
}

/** Names of the policies that let a connection through; asked once for each pair of classes. */
class Deciders {
  readonly #engine: NetworkEngine<Resource>;
  readonly #known = new Map<string, readonly string[]>();

  constructor(engine: NetworkEngine<Resource>) {
    this.#engine = engine;
  }

  of({ source, destination }: Connection<Resource>): string {
    const names = new Set<string>();
    const [from, to] = [this.peersOf(source), this.peersOf(destination)];
    for (const one of from) {
      for (const other of to) {
        if (source.kind === 'workload') for (const name of this.decide('egress', one, other)) names.add(name);
        if (destination.kind === 'workload') for (const name of this.decide('ingress', other, one)) names.add(name);
      }
    }
    if (names.size > 1) names.delete('default');
    return [...names].join(', ');
  }

  private peersOf(peer: Connection<Resource>['source']): readonly PeerIndex[] {
    const engine = this.#engine;
    if (peer.kind === 'workload')
      return [...new Set(peer.workload.endpoints.map((endpoint) => engine.classOf(endpoint)))];
    if (peer.kind === 'ingress-controller') return [UNKNOWN_POD];
    const { family, low, high } = peer.range;
    const inside = engine.externalPeers().filter((each) => {
      const range = engine.rangeOf(each);
      return range.family === family && range.low >= low && range.high <= high;
    });
    return inside.slice(0, 1);
  }

  private decide(direction: Direction, pod: PeerIndex, peer: PeerIndex): readonly string[] {
    const key = `${direction}${pod}-${peer}`;
    let names = this.#known.get(key);
    if (names === undefined) {
      const found = new Set<string>();
      for (const { policy, action, tier } of this.#engine.decisions(direction, pod, peer, 'upper')) {
        if (action === 'Accept')
          found.add(
            policy === undefined
              ? 'default'
              : tier === 'NetworkPolicy'
                ? `${policy.namespace.name}/${policy.name}`
                : policy.name,
          );
      }
      names = [...found];
      this.#known.set(key, names);
    }
    return names;
  }
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

/** Quoted where needed; a cell that a spreadsheet would take for a formula is made text. */
function csvCell(cell: string): string {
  const text = plain(cell);
  const harmless = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function jsonLine(value: unknown): string {
  return plainJson(JSON.stringify(value));
}
