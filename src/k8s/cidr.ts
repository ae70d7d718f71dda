/** IP addresses, CIDR blocks and sets of addresses. IPv4 and IPv6 stay apart: an IPv4 block never holds an IPv6 address. */

export type Family = 4 | 6;

/** Both ends belong to the range. */
export interface IpRange {
  readonly family: Family;
  readonly low: bigint;
  readonly high: bigint;
}

/** A block as written: its range, and what the writer may not have meant. */
export interface Cidr extends IpRange {
  readonly prefix: number;
  /** The address has bits set behind the prefix: `10.0.0.5/24`. */
  readonly hostBits: boolean;
  /** An octet with leading zeros, which some programs read as octal. */
  readonly leadingZeros: boolean;
  /** `::ffff:10.0.0.0/104`. */
  readonly mapped: boolean;
}

/** Sorted and disjoint, IPv4 before IPv6. */
export type IpSet = readonly IpRange[];

export interface Address {
  readonly family: Family;
  readonly value: bigint;
  readonly leadingZeros: boolean;
  readonly mapped: boolean;
}

const MAX: Readonly<Record<Family, bigint>> = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n };

export const ALL_IPV4: IpRange = { family: 4, low: 0n, high: MAX[4] };
export const ALL_IPV6: IpRange = { family: 6, low: 0n, high: MAX[6] };

/** Reads an address as Go's `net.ParseIP` does, plus octets with leading zeros, which are marked. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,6}$/.test(length)) return undefined;
  const prefix = Number(length);
  // Go reads an IPv4-mapped address in a block as IPv6 with its prefix; the API server has always taken it as such.
  const family: Family = address.mapped ? 6 : address.family;
  const bits = family === 4 ? 32 : 128;
  if (prefix > bits) return undefined;
  const value = address.mapped ? address.value | (0xffffn << 32n) : address.value;
  const hostMask = (1n << BigInt(bits - prefix)) - 1n;
  const low = value & ~hostMask;
  return {
    family,
    low,
    high: low | hostMask,
    prefix,
    hostBits: low !== value,
    leadingZeros: address.leadingZeros || /^0\d/.test(length),
    mapped: address.mapped,
  };
}

export function contains(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && outer.low <= inner.low && inner.high <= outer.high;
}

export function overlaps(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.low <= b.high && b.low <= a.high;
}

export function setContains(set: IpSet, inner: IpRange): boolean {
  return set.some((range) => contains(range, inner));
}

export function setOverlaps(set: IpSet, range: IpRange): boolean {
  return set.some((each) => overlaps(each, range));
}

export function unite(ranges: readonly IpRange[]): IpSet {
  const sorted = [...ranges].sort(byPlace);
  const united: IpRange[] = [];
  for (const range of sorted) {
    const last = united.at(-1);
    if (last !== undefined && last.family === range.family && range.low <= last.high + 1n) {
      if (range.high > last.high) united[united.length - 1] = { ...last, high: range.high };
    } else united.push({ family: range.family, low: range.low, high: range.high });
  }
  return united;
}

export function subtract(set: IpSet, taken: readonly IpRange[]): IpSet {
  let rest: IpRange[] = [...set];
  for (const hole of taken) {
    rest = rest.flatMap((range): IpRange[] => {
      if (!overlaps(range, hole)) return [range];
      const pieces: IpRange[] = [];
      if (range.low < hole.low) pieces.push({ ...range, high: hole.low - 1n });
      if (hole.high < range.high) pieces.push({ ...range, low: hole.high + 1n });
      return pieces;
    });
  }
  return unite(rest);
}

/** How many addresses. */
export function sizeOf(set: IpSet): bigint {
  return set.reduce((sum, { low, high }) => sum + high - low + 1n, 0n);
}

export function intersectSets(a: IpSet, b: IpSet): IpSet {
  const common: IpRange[] = [];
  for (const left of a) {
    for (const right of b) {
      if (!overlaps(left, right)) continue;
      common.push({
        family: left.family,
        low: left.low > right.low ? left.low : right.low,
        high: left.high < right.high ? left.high : right.high,
      });
    }
  }
  return unite(common);
}

/**
 * Cuts the address space at every border of the given ranges, so that each piece lies wholly inside or outside of each
 * of them. IPv6 is cut only where a range speaks of it.
 */
export function elementaryRanges(ranges: readonly IpRange[]): readonly IpRange[] {
  const pieces: IpRange[] = [];
  for (const family of [4, 6] as const) {
    const own = ranges.filter((range) => range.family === family);
    if (family === 6 && own.length === 0) continue;
    const starts = new Set<bigint>([0n]);
    for (const { low, high } of own) {
      starts.add(low);
      if (high < MAX[family]) starts.add(high + 1n);
    }
    const sorted = [...starts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    for (let at = 0; at < sorted.length; at++) {
      const next = sorted[at + 1];
      pieces.push({ family, low: sorted[at]!, high: next === undefined ? MAX[family] : next - 1n });
    }
  }
  return pieces;
}

export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) {
    const number = Number(value);
    return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.');
  }
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(((value >> shift) & 0xffffn).toString(16));
  return compress(groups);
}

/** `10.0.0.0-10.255.255.255`. */
export function formatRange({ family, low, high }: IpRange): string {
  return `${formatAddress(family, low)}-${formatAddress(family, high)}`;
}

/** A block in its shortest form, host bits cleared. */
export function formatCidr({ family, low, prefix }: Cidr): string {
  return `${formatAddress(family, low)}/${prefix}`;
}

/** The fewest blocks that make up a range. */
export function cidrsOf({ family, low, high }: IpRange): readonly string[] {
  const bits = family === 4 ? 32 : 128;
  const blocks: string[] = [];
  let at = low;
  while (at <= high) {
    let size = 0;
    while (size < bits) {
      const wider = (1n << BigInt(size + 1)) - 1n;
      if ((at & wider) !== 0n || at + wider > high) break;
      size++;
    }
    blocks.push(`${formatAddress(family, at)}/${bits - size}`);
    at += 1n << BigInt(size);
  }
  return blocks;
}

function byPlace(a: IpRange, b: IpRange): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.low < b.low ? -1 : a.low > b.low ? 1 : 0;
}

function parseIpv4(text: string): Address | undefined {
  const octets = text.split('.');
  if (octets.length !== 4) return undefined;
  let value = 0n;
  let leadingZeros = false;
  for (const octet of octets) {
    if (!/^\d{1,3}$/.test(octet) || Number(octet) > 255) return undefined;
    if (octet.length > 1 && octet.startsWith('0')) leadingZeros = true;
    value = (value << 8n) | BigInt(Number(octet));
  }
  return { family: 4, value, leadingZeros, mapped: false };
}

function parseIpv6(text: string): Address | undefined {
  let rest = text;
  const tail: bigint[] = [];
  let leadingZeros = false;
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    const dotted = parseIpv4(text.slice(lastColon + 1));
    if (dotted === undefined) return undefined;
    leadingZeros = dotted.leadingZeros;
    tail.push(dotted.value >> 16n, dotted.value & 0xffffn);
    rest = text.slice(0, lastColon);
    if (rest.endsWith(':')) rest += rest === ':' ? ':' : '';
    if (text.slice(0, lastColon + 1).endsWith('::')) rest = text.slice(0, lastColon + 1);
  }
  const halves = rest.split('::');
  if (halves.length > 2) return undefined;
  const groupsOf = (part: string): readonly bigint[] | undefined => {
    if (part === '') return [];
    const groups = part.split(':');
    return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
      ? groups.map((group) => BigInt(`0x${group}`))
      : undefined;
  };
  const head = groupsOf(halves[0]!);
  const end = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (head === undefined || end === undefined) return undefined;
  const known = head.length + end.length + tail.length;
  if (halves.length === 2 ? known > 7 : known !== 8) return undefined;
  const groups = [...head, ...Array.from({ length: 8 - known }, () => 0n), ...end, ...tail];
  const value = groups.reduce((sum, group) => (sum << 16n) | group, 0n);
  if (value >> 32n === 0xffffn) return { family: 4, value: value & 0xffffffffn, leadingZeros, mapped: true };
  return { family: 6, value, leadingZeros, mapped: false };
}

/** Writes the longest run of zero groups as `::`. */
function compress(groups: readonly string[]): string {
  let best = { start: -1, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (end < groups.length && groups[end] === '0') end++;
    if (end - at > best.length) best = { start: at, length: end - at };
    if (end > at) at = end;
  }
  if (best.start === -1) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}
