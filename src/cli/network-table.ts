import { type Connection, classesOf, connections } from '../k8s/network/connections.ts';
import type { Difference } from '../k8s/network/diff.ts';
import { NetworkEngine, type PeerIndex, UNKNOWN_POD } from '../k8s/network/engine.ts';
import { exposures } from '../k8s/network/exposure.ts';
import type { Direction } from '../k8s/network/objects.ts';
import { NO_PORTS } from '../k8s/network/port-set.ts';
import { publications } from '../k8s/network/published.ts';
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
  yield '\nPUBLISHED: who can be reached from outside by design, and what the policies leave of it\n';
  for (const { workload, by, ports, open, possible } of publishedRows(view)) {
    const left = describe({ certain: open, possible });
    yield line([workload, by, ports, left === '' ? 'closed by policies' : left === ports ? 'open' : `open: ${left}`]);
  }
}

export function* writeCsv(view: View, exposure: boolean): Generator<string> {
  yield 'source,destination,connection,possible,decidedBy,network\n';
  const [from, to, conn, more] = [remembered(csvCell), remembered(csvCell), remembered(csvCell), remembered(csvCell)];
  const [by, on] = [remembered(csvCell), remembered(csvCell)];
  for (const { source, destination, certain, possible, decidedBy, network } of rowsOf(view, true)) {
    yield `${from(source)},${to(destination)},${conn(certain)},${more(possible)},${by(decidedBy)},${on(network)}\n`;
  }
  if (!exposure) return;
  for (const { workload, direction, peer, conn } of exposureRows(view)) {
    yield csvLine(
      direction === 'egress' ? [workload, peer, conn, '', 'exposure', ''] : [peer, workload, conn, '', 'exposure', ''],
    );
  }
  for (const { workload, by, open, possible } of publishedRows(view))
    yield csvLine([by, workload, open, possible, 'published', '']);
}

export function* writeJson(view: View, exposure: boolean, notes: readonly string[]): Generator<string> {
  const quote = (text: string): string => plainJson(JSON.stringify(text));
  const [from, to, ports] = [remembered(quote), remembered(quote), remembered(quote)];
  const line = ({ network, source, destination }: Row, conn: string): string =>
    `{"src":${from(source)},"dst":${to(destination)},"conn":${ports(conn)}${network === '' ? '' : `,"network":${quote(network)}`}}`;
  let doubtful = false;
  let separator = '\n    ';
  yield '{\n  "connections": [';
  for (const row of rowsOf(view, false)) {
    if (row.possible !== '') doubtful = true;
    if (row.certain === '') continue;
    yield separator + line(row, row.certain);
    separator = ',\n    ';
  }
  yield separator === '\n    ' ? ']' : '\n  ]';
  if (doubtful) {
    // Walked again rather than kept: a large cluster has more of these than fit into memory.
    separator = '\n    ';
    yield ',\n  "possible": [';
    for (const row of rowsOf(view, false)) {
      if (row.possible === '') continue;
      yield separator + line(row, row.possible);
      separator = ',\n    ';
    }
    yield '\n  ]';
  }
  if (exposure) {
    const rows = [...exposureRows(view)].map(({ workload, direction, peer, conn }) =>
      jsonLine(direction === 'egress' ? { src: workload, dst: peer, conn } : { src: peer, dst: workload, conn }),
    );
    yield `,\n  "exposure": [${rows.length === 0 ? '' : `\n    ${rows.join(',\n    ')}\n  `}]`;
    const published = [...publishedRows(view)].map((row) => jsonLine(row));
    yield `,\n  "published": [${published.length === 0 ? '' : `\n    ${published.join(',\n    ')}\n  `}]`;
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

interface PublishedRow {
  readonly workload: string;
  readonly by: string;
  readonly ports: string;
  readonly open: string;
  /** What may be open beyond that. */
  readonly possible: string;
}

function* publishedRows(view: View): Generator<PublishedRow> {
  const [main] = view.networks;
  if (main === undefined) return;
  const engine = new NetworkEngine(main.world, view.engine);
  const write = (ports: number): string => (ports === NO_PORTS ? '' : engine.ports.format(ports));
  for (const { workload, by, ports, open, possible } of publications(engine)) {
    if (view.focus?.(workload) === false) continue;
    const more = engine.ports.subtract(possible, open);
    yield { workload: workload.id, by, ports: write(ports), open: write(open), possible: write(more) };
  }
}

/** Names of the policies that let a connection through; asked once for pods that the same policies select. */
class Deciders {
  readonly #engine: NetworkEngine<Resource>;
  readonly #size: number;
  /** By signature and peer. */
  readonly #names: Readonly<Record<Direction, (readonly string[] | undefined)[][]>> = { ingress: [], egress: [] };
  /** One list for all that hold the same names, so that lists can be compared by their identity. */
  readonly #lists = new Map<string, readonly string[]>();
  readonly #joined = new Map<readonly string[], Map<readonly string[], string>>();
  readonly #peers = new Map<Connection<Resource>['source'], readonly PeerIndex[]>();

  constructor(engine: NetworkEngine<Resource>) {
    this.#engine = engine;
    this.#size = engine.classes.length + engine.external.length;
  }

  of({ source, destination }: Connection<Resource>): string {
    const [from, to] = [this.peersOf(source), this.peersOf(destination)];
    if (from.length === 1 && to.length === 1) {
      return this.join(
        source.kind === 'workload' ? this.decide('egress', from[0]!, to[0]!) : NOBODY,
        destination.kind === 'workload' ? this.decide('ingress', to[0]!, from[0]!) : NOBODY,
      );
    }
    const out =
      source.kind === 'workload'
        ? from.flatMap((one) => to.flatMap((other) => this.decide('egress', one, other)))
        : NOBODY;
    const into =
      destination.kind === 'workload'
        ? from.flatMap((one) => to.flatMap((other) => this.decide('ingress', other, one)))
        : NOBODY;
    return describeDeciders(out, into);
  }

  private peersOf(peer: Connection<Resource>['source']): readonly PeerIndex[] {
    let peers = this.#peers.get(peer);
    if (peers === undefined) {
      peers = this.find(peer);
      if (peer.kind === 'workload') this.#peers.set(peer, peers);
    }
    return peers;
  }

  private find(peer: Connection<Resource>['source']): readonly PeerIndex[] {
    const engine = this.#engine;
    if (peer.kind === 'workload') return classesOf(engine, peer.workload);
    if (peer.kind === 'ingress-controller') return [UNKNOWN_POD];
    const { family, low, high } = peer.range;
    const inside = engine.externalPeers().find((each) => {
      const range = engine.rangeOf(each);
      return range.family === family && range.low >= low && range.high <= high;
    });
    return inside === undefined ? [] : [inside];
  }

  private decide(direction: Direction, pod: PeerIndex, peer: PeerIndex): readonly string[] {
    const signature = this.#engine.signatureOf(direction, pod);
    this.#names[direction][signature] ??= new Array(this.#size);
    const known = this.#names[direction][signature]!;
    let names = known[peer];
    if (names === undefined) {
      const found = new Set<string>();
      for (const { policy, action, tier } of this.#engine.decisions(direction, pod, peer, 'upper')) {
        if (action !== 'Accept') continue;
        if (policy === undefined) found.add('default');
        else found.add(tier === 'NetworkPolicy' ? `${policy.namespace.name}/${policy.name}` : policy.name);
      }
      names = this.listOf([...found]);
      known[peer] = names;
    }
    return names;
  }

  private listOf(names: readonly string[]): readonly string[] {
    const key = names.join('\n');
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    this.#lists.set(key, names);
    return names;
  }

  private join(out: readonly string[], into: readonly string[]): string {
    let byInto = this.#joined.get(out);
    if (byInto === undefined) {
      byInto = new Map();
      this.#joined.set(out, byInto);
    }
    let text = byInto.get(into);
    if (text === undefined) {
      text = describeDeciders(out, into);
      byInto.set(into, text);
    }
    return text;
  }
}

const NOBODY: readonly string[] = [];

function describeDeciders(out: readonly string[], into: readonly string[]): string {
  const names = new Set([...out, ...into]);
  if (names.size > 1) names.delete('default');
  return [...names].join(', ');
}

type Cell = (text: string) => string;

/** Names and ports come again and again, many of them right after each other. */
function remembered(make: Cell): Cell {
  const known = new Map<string, string>();
  let last = '';
  let lastMade = make('');
  return (text) => {
    if (text === last) return lastMade;
    let made = known.get(text);
    if (made === undefined) {
      made = make(text);
      known.set(text, made);
    }
    last = text;
    lastMade = made;
    return made;
  };
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
