/** Sets of ports over the three protocols that NetworkPolicy governs, interned: a set is a small number. */

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export function isProtocol(text: string): text is Protocol {
  return text === 'TCP' || text === 'UDP' || text === 'SCTP';
}

/** Sorted disjoint inclusive intervals, flat: low, high, low, high … */
type Intervals = readonly number[];
type PortSet = Readonly<Record<Protocol, Intervals>>;

/** The number of a set in its `PortSets`. */
export type PortSetId = number;
export const NO_PORTS: PortSetId = 0;
export const ALL_PORTS: PortSetId = 1;

const MAX_PORT = 65535;
const EVERY: Intervals = [1, MAX_PORT];
const NONE: Intervals = [];

/** Numbers sets and remembers what was computed about them: an analysis meets few sets and many pairs of them. */
export class PortSets {
  readonly #sets: PortSet[] = [];
  readonly #texts: string[] = [];
  readonly #ids = new Map<string, PortSetId>();
  readonly #memo = [new Map<number, PortSetId>(), new Map<number, PortSetId>(), new Map<number, PortSetId>()] as const;

  constructor() {
    this.intern({ SCTP: NONE, TCP: NONE, UDP: NONE });
    this.intern({ SCTP: EVERY, TCP: EVERY, UDP: EVERY });
  }

  range(protocol: Protocol, low: number, high: number): PortSetId {
    const start = Math.max(1, low);
    const end = Math.min(MAX_PORT, high);
    const own = start <= end ? [start, end] : NONE;
    return this.intern({ SCTP: NONE, TCP: NONE, UDP: NONE, [protocol]: own });
  }

  every(protocol: Protocol): PortSetId {
    return this.range(protocol, 1, MAX_PORT);
  }

  unite(a: PortSetId, b: PortSetId): PortSetId {
    if (a === b || b === NO_PORTS || a === ALL_PORTS) return a;
    if (a === NO_PORTS || b === ALL_PORTS) return b;
    return this.combined(0, a, b, uniteIntervals);
  }

  intersect(a: PortSetId, b: PortSetId): PortSetId {
    if (a === b || a === NO_PORTS || b === ALL_PORTS) return a;
    if (b === NO_PORTS || a === ALL_PORTS) return b;
    return this.combined(1, a, b, intersectIntervals);
  }

  subtract(a: PortSetId, b: PortSetId): PortSetId {
    if (a === b || a === NO_PORTS || b === ALL_PORTS) return NO_PORTS;
    if (b === NO_PORTS) return a;
    return this.combined(2, a, b, subtractIntervals);
  }

  includes(outer: PortSetId, inner: PortSetId): boolean {
    return this.subtract(inner, outer) === NO_PORTS;
  }

  has(set: PortSetId, protocol: Protocol, port: number): boolean {
    const intervals = this.#sets[set]![protocol];
    for (let at = 0; at < intervals.length; at += 2) {
      if (port >= intervals[at]! && port <= intervals[at + 1]!) return true;
    }
    return false;
  }

  /** Inclusive ranges by protocol. */
  ranges(set: PortSetId, protocol: Protocol): readonly (readonly [number, number])[] {
    const intervals = this.#sets[set]![protocol];
    const ranges: [number, number][] = [];
    for (let at = 0; at < intervals.length; at += 2) ranges.push([intervals[at]!, intervals[at + 1]!]);
    return ranges;
  }

  /** How many ports, over all protocols. */
  count(set: PortSetId): number {
    let count = 0;
    for (const protocol of PROTOCOLS) for (const [low, high] of this.ranges(set, protocol)) count += high - low + 1;
    return count;
  }

  /** `All Connections`, `No Connections`, `TCP 8080,9090-9099,UDP 53`. */
  format(set: PortSetId): string {
    let text = this.#texts[set];
    if (text === undefined) {
      text = this.write(set);
      this.#texts[set] = text;
    }
    return text;
  }

  private write(set: PortSetId): string {
    if (set === ALL_PORTS) return 'All Connections';
    if (set === NO_PORTS) return 'No Connections';
    const parts: string[] = [];
    for (const protocol of PROTOCOLS) {
      const ranges = this.ranges(set, protocol);
      if (ranges.length === 0) continue;
      parts.push(`${protocol} ${ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(',')}`);
    }
    return parts.join(',');
  }

  private combined(
    operation: 0 | 1 | 2,
    a: PortSetId,
    b: PortSetId,
    combine: (a: Intervals, b: Intervals) => Intervals,
  ): PortSetId {
    const memo = this.#memo[operation];
    const key = a * 0x4000000 + b;
    let id = memo.get(key);
    if (id === undefined) {
      const [left, right] = [this.#sets[a]!, this.#sets[b]!];
      id = this.intern({
        SCTP: combine(left.SCTP, right.SCTP),
        TCP: combine(left.TCP, right.TCP),
        UDP: combine(left.UDP, right.UDP),
      });
      memo.set(key, id);
    }
    return id;
  }

  private intern(set: PortSet): PortSetId {
    const key = `${set.SCTP}|${set.TCP}|${set.UDP}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#sets.push(set) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }
}

function uniteIntervals(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const pairs: [number, number][] = [];
  for (const list of [a, b]) for (let at = 0; at < list.length; at += 2) pairs.push([list[at]!, list[at + 1]!]);
  pairs.sort((x, y) => x[0] - y[0]);
  const united: number[] = [];
  for (const [low, high] of pairs) {
    if (united.length > 0 && low <= united.at(-1)! + 1) {
      if (high > united.at(-1)!) united[united.length - 1] = high;
    } else united.push(low, high);
  }
  return united;
}

function intersectIntervals(a: Intervals, b: Intervals): Intervals {
  const common: number[] = [];
  for (let left = 0, right = 0; left < a.length && right < b.length; ) {
    const low = Math.max(a[left]!, b[right]!);
    const high = Math.min(a[left + 1]!, b[right + 1]!);
    if (low <= high) common.push(low, high);
    if (a[left + 1]! < b[right + 1]!) left += 2;
    else right += 2;
  }
  return common;
}

function subtractIntervals(a: Intervals, b: Intervals): Intervals {
  const holes: number[] = [];
  let low = 1;
  for (let at = 0; at < b.length; at += 2) {
    if (low < b[at]!) holes.push(low, b[at]! - 1);
    low = b[at + 1]! + 1;
  }
  if (low <= MAX_PORT) holes.push(low, MAX_PORT);
  return intersectIntervals(a, holes);
}
