import { parseAddress, parseCidr } from '../cidr.ts';
import { parseQuantity } from '../quantity.ts';
import { compilePattern } from '../schema/pattern.ts';
import {
  Amount,
  type Cel,
  CelList,
  CelMap,
  compareNumbers,
  compareStrings,
  equal,
  Failure,
  Ip,
  IpBlock,
  isInt,
  isOutside,
  numberOf,
  Optional,
  type Outcome,
  TypeName,
  typeOf,
  Uint,
  Unknown,
  Version,
} from './value.ts';

/** Gives the value of a call whose arguments are of types that some overload takes; the receiver comes first. */
export type Call = (args: readonly Cel[]) => Outcome;

/** Functions and operators by name. What is declared and not here is not evaluated. */
export function celCalls(): ReadonlyMap<string, Call> {
  return new Map<string, Call>(Object.entries(CALLS));
}

/** Whether a value can be an argument, by its type without parameters. */
export function isOfType(value: Cel, name: string): boolean {
  return isAny(name) || typeOf(value) === name;
}

export function isAny(name: string): boolean {
  return name.length === 1 || name === 'dyn';
}

/** Longer texts than this no object of the API holds. */
const MAX_TEXT = 3_000_000;
const LONG_TEXT = new Unknown('a long text');
const OVERFLOW = new Failure('integer overflow');
const RANGE = new Failure('index out of range');

/** What a list of the API holds is read as it is; an unknown item makes everything unknown that looks at it. */
const CALLS: Readonly<Record<string, Call>> = {
  equal: ([a, b]) => equal(a!, b!),
  in: ([item, within]) =>
    within instanceof CelList ? contains(within, item!, item!) : hasKey(within as CelMap, item!),
  not: ([a]) => a !== true,
  negative: ([a]) => (typeof a === 'bigint' ? int(-a) : -(a as number)),
  add: ([a, b]) => add(a!, b!),
  subtract: ([a, b]) =>
    arithmetic(
      a!,
      b!,
      (x, y) => x - y,
      (x, y) => x - y,
    ),
  multiply: ([a, b]) =>
    arithmetic(
      a!,
      b!,
      (x, y) => x * y,
      (x, y) => x * y,
    ),
  divide: ([a, b]) => {
    if (typeof a !== 'number' && numberOf(b!) === 0n) return new Failure('division by zero');
    return arithmetic(
      a!,
      b!,
      (x, y) => x / y,
      (x, y) => x / y,
    );
  },
  modulo: ([a, b]) => {
    if (numberOf(b!) === 0n) return new Failure('modulus by zero');
    if (typeof a === 'bigint' && a === -(1n << 63n) && b === -1n) return OVERFLOW;
    return arithmetic(
      a!,
      b!,
      (x, y) => x % y,
      (x, y) => x % y,
    );
  },
  lt: ([a, b]) => ordered(a!, b!, (order) => order < 0),
  le: ([a, b]) => ordered(a!, b!, (order) => order <= 0),
  gt: ([a, b]) => ordered(a!, b!, (order) => order > 0),
  ge: ([a, b]) => ordered(a!, b!, (order) => order >= 0),

  size: ([a]) => {
    if (typeof a === 'string') return BigInt(runes(a).length);
    if (a instanceof CelList) return BigInt(a.items.length);
    const map = a as CelMap;
    return map.isWhole ? BigInt(map.size) : new Unknown('how many keys a map has');
  },
  type: ([a]) => new TypeName(typeOf(a!)),
  dyn: ([a]) => a!,
  bool: ([a]) => {
    if (typeof a === 'boolean') return a;
    if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(a as string)) return true;
    if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(a as string)) return false;
    return new Failure(`"${a as string}" is no bool`);
  },
  int: ([a]) => {
    if (typeof a === 'bigint') return a;
    if (a instanceof Uint) return int(a.value);
    if (typeof a === 'number') {
      return Number.isFinite(a) && a > -(2 ** 63) && a < 2 ** 63 ? BigInt(Math.trunc(a)) : OVERFLOW;
    }
    return /^[+-]?\d+$/.test(a as string)
      ? int(BigInt((a as string).replace('+', '')))
      : new Failure(`"${a as string}" is no int`);
  },
  uint: ([a]) => {
    if (a instanceof Uint) return a;
    if (typeof a === 'bigint') return uint(a);
    if (typeof a === 'number') {
      return Number.isFinite(a) && a >= 0 && a < 2 ** 64 ? uint(BigInt(Math.trunc(a))) : OVERFLOW;
    }
    return /^\d+$/.test(a as string) ? uint(BigInt(a as string)) : new Failure(`"${a as string}" is no uint`);
  },
  double: ([a]) => {
    if (typeof a === 'number') return a;
    const number = numberOf(a!);
    if (number !== undefined) return Number(number);
    const text = a as string;
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
      const parsed = Number(text);
      return Number.isFinite(parsed) ? parsed : new Failure(`"${text}" is no double`);
    }
    // Go reads hexadecimal numbers and words as well.
    return /^[+-]?(?:0x|inf|nan|\d[\d_]*_)/i.test(text)
      ? new Unknown('how Go reads this number')
      : new Failure(`"${text}" is no double`);
  },
  string: ([a]) => {
    if (typeof a === 'string') return a;
    if (typeof a === 'boolean' || typeof a === 'bigint') return String(a);
    if (a instanceof Uint) return String(a.value);
    if (typeof a === 'number') return goNumber(a);
    return new Unknown('how an address is written');
  },

  contains: ([a, b]) => (a as string).includes(b as string),
  startsWith: ([a, b]) => (a as string).startsWith(b as string),
  endsWith: ([a, b]) => (a as string).endsWith(b as string),
  matches: ([a, b]) =>
    compilePattern(b as string)?.matches(a as string) ?? new Unknown(`whether the pattern "${b as string}" matches`),
  charAt: ([a, index]) => {
    const characters = runes(a as string);
    const at = Number(index);
    return at < 0 || at > characters.length ? RANGE : (characters[at] ?? '');
  },
  indexOf: ([a, b, offset]) =>
    a instanceof CelList ? place(a, b!, false) : find(a as string, b as string, offset as bigint),
  lastIndexOf: ([a, b, offset]) =>
    a instanceof CelList ? place(a, b!, true) : findLast(a as string, b as string, offset as bigint | undefined),
  lowerAscii: ([a]) => (a as string).replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  upperAscii: ([a]) => (a as string).replace(/[a-z]+/g, (part) => part.toUpperCase()),
  replace: ([a, from, to, count]) => replace(a as string, from as string, to as string, Number(count ?? -1n)),
  split: ([a, separator, count]) => new CelList(split(a as string, separator as string, Number(count ?? -1n))),
  substring: ([a, from, to]) => {
    const characters = runes(a as string);
    const start = Number(from);
    const end = to === undefined ? characters.length : Number(to);
    if (start > end || start < 0 || end < 0 || end > characters.length) return RANGE;
    return characters.slice(start, end).join('');
  },
  trim: ([a]) => trim(a as string),
  join: ([a, separator]) =>
    known(a as CelList, (items) => {
      if (!items.every((item) => typeof item === 'string')) return NO_OVERLOAD;
      const between = (separator as string | undefined) ?? '';
      const length = items.reduce((sum, item) => sum + item.length + between.length, 0);
      return length > MAX_TEXT ? LONG_TEXT : items.join(between);
    }),

  'sets.contains': ([a, b]) => every(b as CelList, (item) => contains(a as CelList, item)),
  'sets.equivalent': ([a, b]) => {
    const there = every(b as CelList, (item) => contains(a as CelList, item));
    return there === true ? every(a as CelList, (item) => contains(b as CelList, item)) : there;
  },
  'sets.intersects': ([a, b]) => {
    const none = every(a as CelList, (item) => {
      const there = contains(b as CelList, item);
      return typeof there === 'boolean' ? !there : there;
    });
    return typeof none === 'boolean' ? !none : none;
  },
  slice: ([a, from, to]) => {
    const { items } = a as CelList;
    const start = Number(from);
    const end = Number(to);
    return start < 0 || end < 0 || start > end || end > items.length ? RANGE : new CelList(items.slice(start, end));
  },
  flatten: ([a, depth]) => flatten((a as CelList).items, Number(depth ?? 1n)),
  'lists.range': ([a]) => {
    const count = Number(a);
    return count > 10_000
      ? new Unknown('a long list')
      : new CelList(Array.from({ length: Math.max(0, count) }, (_, index) => BigInt(index)));
  },
  reverse: ([a]) => new CelList([...(a as CelList).items].reverse()),
  distinct: ([a]) => {
    const kept: Outcome[] = [];
    for (const item of (a as CelList).items) {
      if (isOutside(item)) return item;
      const there = contains(new CelList(kept), item);
      if (there === false) kept.push(item);
      else if (there !== true) return there;
    }
    return new CelList(kept);
  },
  sort: ([a]) => known(a as CelList, sort),
  isSorted: ([a]) =>
    known(a as CelList, (items) => {
      for (let index = 1; index < items.length; index++) {
        const order = compare(items[index - 1]!, items[index]!);
        if (typeof order !== 'number') return order;
        if (order > 0) return false;
      }
      return true;
    }),
  min: ([a]) => extreme(a as CelList, 1),
  max: ([a]) => extreme(a as CelList, -1),
  sum: ([a]) =>
    known(a as CelList, (items) => {
      // An empty list has the zero of a type that only its declaration tells.
      if (items.length === 0) return new Unknown('the sum of an empty list');
      let total: Outcome = items[0]!;
      for (const item of items.slice(1)) {
        if (isOutside(total) || typeOf(total) !== typeOf(item)) return NO_OVERLOAD;
        total = add(total, item);
      }
      return total;
    }),
  includes: ([a, b]) => (a instanceof CelList ? contains(a, b!) : swallow(equal(a!, b!))),

  'optional.of': ([a]) => new Optional(a!),
  'optional.ofNonZeroValue': ([a]) => {
    const zero = isZero(a!);
    return zero === undefined ? new Unknown('whether a value is zero') : zero ? new Optional() : new Optional(a!);
  },
  'optional.none': () => new Optional(),
  'optional.unwrap': ([a]) => unwrap(a as CelList),
  unwrapOpt: ([a]) => unwrap(a as CelList),
  value: ([a]) => {
    const { value } = a as Optional;
    return value === undefined ? new Failure('optional.none() dereference') : value;
  },
  hasValue: ([a]) => (a as Optional).value !== undefined,
  first: ([a]) => new Optional((a as CelList).items[0]),
  last: ([a]) => new Optional((a as CelList).items.at(-1)),

  quantity: ([a]) => amount(a as string) ?? new Failure(`"${a as string}" is no quantity`),
  isQuantity: ([a]) => amount(a as string) !== undefined,
  sign: ([a]) => BigInt(Math.sign(Number((a as Amount).nano))),
  isGreaterThan: ([a, b]) => compareTo(a!, b!) > 0,
  isLessThan: ([a, b]) => compareTo(a!, b!) < 0,
  compareTo: ([a, b]) => BigInt(compareTo(a!, b!)),
  isInteger: ([a]) => (a as Amount).whole ?? new Unknown('whether a quantity is kept as a whole number'),
  asInteger: ([a]) => {
    const { nano, whole } = a as Amount;
    if (whole === undefined) return new Unknown('whether a quantity is kept as a whole number');
    return whole ? int(nano / 1_000_000_000n) : new Failure('cannot convert value to integer');
  },
  sub: ([a, b]) => new Amount((a as Amount).nano - nanoOf(b!)),

  ip: ([a]) =>
    a instanceof IpBlock
      ? new Ip(a.family, a.address)
      : (address(a as string) ?? new Failure(`"${a as string}" is no IP address`)),
  isIP: ([a]) => address(a as string) !== undefined,
  family: ([a]) => BigInt((a as Ip).family),
  isUnspecified: ([a]) => (a as Ip).value === 0n,
  isLoopback: ([a]) => within(a as Ip, '127.0.0.0/8', '::1/128'),
  isLinkLocalMulticast: ([a]) =>
    within(
      a as Ip,
      '224.0.0.0/24',
      'ff02::/16',
      'ff12::/16',
      'ff22::/16',
      'ff32::/16',
      'ff42::/16',
      'ff52::/16',
      'ff62::/16',
      'ff72::/16',
      'ff82::/16',
      'ff92::/16',
      'ffa2::/16',
      'ffb2::/16',
      'ffc2::/16',
      'ffd2::/16',
      'ffe2::/16',
      'fff2::/16',
    ),
  isLinkLocalUnicast: ([a]) => within(a as Ip, '169.254.0.0/16', 'fe80::/10'),
  isGlobalUnicast: ([a]) => {
    const ip = a as Ip;
    if (ip.value === 0n || within(ip, '255.255.255.255/32')) return false;
    return !within(ip, '127.0.0.0/8', '::1/128', '224.0.0.0/4', 'ff00::/8', '169.254.0.0/16', 'fe80::/10');
  },
  cidr: ([a]) => block(a as string) ?? new Failure(`"${a as string}" is no CIDR`),
  isCIDR: ([a]) => block(a as string) !== undefined,
  containsIP: ([a, b]) => {
    const ip = b instanceof Ip ? b : address(b as string);
    return ip === undefined ? NO_OVERLOAD : holds(a as IpBlock, ip.family, ip.value);
  },
  containsCIDR: ([a, b]) => {
    const inner = b instanceof IpBlock ? b : block(b as string);
    if (inner === undefined) return NO_OVERLOAD;
    const outer = a as IpBlock;
    return outer.prefix <= inner.prefix && holds(outer, inner.family, inner.address);
  },
  prefixLength: ([a]) => BigInt((a as IpBlock).prefix),
  masked: ([a]) => {
    const { family, address: bits, prefix } = a as IpBlock;
    const host = BigInt((family === 4 ? 32 : 128) - prefix);
    return new IpBlock(family, (bits >> host) << host, prefix);
  },

  semver: ([a, normal]) => version(a as string, normal === true) ?? new Failure(`"${a as string}" is no version`),
  isSemver: ([a, normal]) => version(a as string, normal === true) !== undefined,
  major: ([a]) => (a as Version).numbers[0],
  minor: ([a]) => (a as Version).numbers[1],
  patch: ([a]) => (a as Version).numbers[2],
};

export const NO_OVERLOAD = new Failure('no such overload');

export function runes(text: string): readonly string[] {
  return Array.from(text);
}

function int(value: bigint): Outcome {
  return isInt(value) ? value : OVERFLOW;
}

function uint(value: bigint): Outcome {
  return value >= 0n && value < 1n << 64n ? new Uint(value) : OVERFLOW;
}

function add(a: Cel, b: Cel): Outcome {
  if (typeof a === 'string') return typeof b === 'string' ? a + b : NO_OVERLOAD;
  if (a instanceof CelList) return b instanceof CelList ? new CelList([...a.items, ...b.items]) : NO_OVERLOAD;
  if (a instanceof Amount) return new Amount(a.nano + nanoOf(b));
  return arithmetic(
    a,
    b,
    (x, y) => x + y,
    (x, y) => x + y,
  );
}

function arithmetic(
  a: Cel,
  b: Cel,
  whole: (x: bigint, y: bigint) => bigint,
  real: (x: number, y: number) => number,
): Outcome {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(whole(a, b));
  if (typeof a === 'number' && typeof b === 'number') return real(a, b);
  return a instanceof Uint && b instanceof Uint ? uint(whole(a.value, b.value)) : NO_OVERLOAD;
}

function ordered(a: Cel, b: Cel, holds: (order: number) => boolean): Outcome {
  const order = compare(a, b);
  return typeof order === 'number' ? holds(order) : order;
}

function compare(a: Cel, b: Cel): number | Failure {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const left = numberOf(a);
  const right = numberOf(b);
  if (left === undefined || right === undefined) return NO_OVERLOAD;
  return compareNumbers(left, right) ?? new Failure('NaN values cannot be ordered');
}

function compareTo(a: Cel, b: Cel): number {
  if (a instanceof Version) return compareVersions(a, b as Version);
  const [left, right] = [nanoOf(a), nanoOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Errors of comparing are no match. Where the one that is looked for is given, it is the left side. */
function contains(list: CelList, item: Cel, left?: Cel): boolean | Unknown {
  let unknown: Unknown | undefined;
  for (const each of list.items) {
    if (each instanceof Failure) continue;
    const same =
      each instanceof Unknown ? each : left === undefined || list.typed ? equal(each, item) : equal(left, each);
    if (same === true) return true;
    if (same instanceof Unknown) unknown ??= same;
  }
  return unknown ?? false;
}

function hasKey(map: CelMap, key: Cel): Outcome {
  if (typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean' || key instanceof Uint) {
    if (map.typed && typeof key !== 'string') return new Failure('unsupported map key type');
    const found = map.get(key);
    return found instanceof Unknown ? found : found !== undefined;
  }
  return map.typed ? new Failure('unsupported map key type') : new Unknown('a key of this type');
}

function swallow(same: boolean | Failure | Unknown): boolean | Unknown {
  return same instanceof Failure ? false : same;
}

function known(list: CelList, then: (items: readonly Cel[]) => Outcome): Outcome {
  const items: Cel[] = [];
  for (const item of list.items) {
    if (isOutside(item)) return item;
    items.push(item);
  }
  return then(items);
}

function every(list: CelList, test: (item: Cel) => boolean | Unknown): boolean | Unknown {
  let unknown: Unknown | undefined;
  for (const item of list.items) {
    const answer = isOutside(item) ? new Unknown('an item') : test(item);
    if (answer === false) return false;
    if (answer instanceof Unknown) unknown ??= answer;
  }
  return unknown ?? true;
}

function place(list: CelList, item: Cel, fromEnd: boolean): Outcome {
  const order = [...list.items.keys()];
  if (fromEnd) order.reverse();
  for (const index of order) {
    const each = list.items[index]!;
    if (isOutside(each)) return each;
    const same = equal(each, item);
    if (same instanceof Unknown) return same;
    if (same === true) return BigInt(index);
  }
  return -1n;
}

function find(text: string, part: string, offset = 0n): Outcome {
  const characters = runes(text);
  const from = Number(offset);
  if (from < 0) return RANGE;
  if (part === '') return BigInt(Math.min(from, characters.length));
  if (from >= characters.length) return -1n;
  const at = characters.slice(from).join('').indexOf(part);
  return at === -1 ? -1n : BigInt(from + runes(characters.slice(from).join('').slice(0, at)).length);
}

function findLast(text: string, part: string, offset: bigint | undefined): Outcome {
  const characters = runes(text);
  if (offset !== undefined && offset < 0n) return RANGE;
  if (offset === undefined) {
    if (part === '') return BigInt(characters.length);
    const at = text.lastIndexOf(part);
    return at === -1 ? -1n : BigInt(runes(text.slice(0, at)).length);
  }
  const from = Number(offset);
  if (part === '') return BigInt(Math.min(from, characters.length));
  if (from >= characters.length) return -1n;
  const length = runes(part).length;
  for (let at = Math.min(from, characters.length - length); at >= 0; at--) {
    if (characters.slice(at, at + length).join('') === part) return BigInt(at);
  }
  return -1n;
}

/** As strings.TrimSpace of Go, without a pattern that long white space within the text would keep busy. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACES.has(text[start]!)) start++;
  while (end > start && SPACES.has(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** What Unicode calls white space. */
const SPACES: ReadonlySet<string> = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

function replace(text: string, from: string, to: string, count: number): Outcome {
  if (count === 0 || from === to) return text;
  if (from === '') {
    const characters = runes(text);
    if ((characters.length + 1) * to.length > MAX_TEXT) return LONG_TEXT;
    let left = count < 0 ? characters.length + 1 : count;
    let result = '';
    for (const character of characters) result += (left-- > 0 ? to : '') + character;
    return result + (left > 0 ? to : '');
  }
  const parts = text.split(from);
  if (parts.length * to.length > MAX_TEXT) return LONG_TEXT;
  if (count < 0 || parts.length - 1 <= count) return parts.join(to);
  return parts.slice(0, count + 1).join(to) + from + parts.slice(count + 1).join(from);
}

function split(text: string, separator: string, count: number): readonly string[] {
  if (count === 0) return [];
  const parts = separator === '' ? runes(text) : text.split(separator);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function flatten(items: readonly Outcome[], depth: number): Outcome {
  if (depth < 0) return new Failure('level must be non-negative');
  const flat: Outcome[] = [];
  for (const item of items) {
    if (item instanceof Unknown) return item;
    const inner = item instanceof CelList && depth > 0 ? flatten(item.items, depth - 1) : undefined;
    if (inner instanceof CelList) flat.push(...inner.items);
    else flat.push(inner ?? item);
  }
  return new CelList(flat);
}

function sort(items: readonly Cel[]): Outcome {
  const [first] = items;
  if (first === undefined) return new CelList([]);
  if (items.some((item) => typeOf(item) !== typeOf(first))) return new Failure('list elements must have the same type');
  if (isOutside(toOutcome(compare(first, first)))) return NO_OVERLOAD;
  return new CelList(
    [...items].sort((a, b) => {
      const order = compare(a, b);
      return typeof order === 'number' ? order : 0;
    }),
  );
}

function toOutcome(order: number | Failure): Outcome {
  return order;
}

function extreme(list: CelList, sign: 1 | -1): Outcome {
  return known(list, (items) => {
    let best: Cel | undefined;
    for (const item of items) {
      if (best === undefined) {
        best = item;
        continue;
      }
      // cel-go takes no notice of what cannot be compared.
      const order = compare(best, item);
      if (typeof order !== 'number') return new Unknown('the order of values of different types');
      if (order * sign > 0) best = item;
    }
    return best ?? new Failure('called on empty list');
  });
}

function unwrap(list: CelList): Outcome {
  const values: Outcome[] = [];
  for (const item of list.items) {
    if (!(item instanceof Optional)) return isOutside(item) ? item : NO_OVERLOAD;
    if (item.value !== undefined) values.push(item.value);
  }
  return new CelList(values);
}

function isZero(value: Cel): boolean | undefined {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof CelList) return value.items.length === 0;
  if (value instanceof CelMap) return value.isWhole ? value.size === 0 : value.size > 0 ? false : undefined;
  if (typeof value === 'object') return value instanceof Optional ? value.value === undefined : undefined;
  return false;
}

function amount(text: string): Amount | undefined {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return undefined;
  const whole = /^[+-]?\d{1,15}$/.test(text)
    ? true
    : /^[+-]?\d{1,6}(?:k|M|G|Ki|Mi|Gi)$/.test(text)
      ? true
      : quantity.nano % 1_000_000_000n !== 0n
        ? false
        : undefined;
  return new Amount(quantity.nano, whole);
}

function nanoOf(value: Cel): bigint {
  return value instanceof Amount ? value.nano : (value as bigint) * 1_000_000_000n;
}

function address(text: string): Ip | undefined {
  const read = parseAddress(text);
  if (read === undefined || read.leadingZeros || read.mapped) return undefined;
  return new Ip(read.family, read.value);
}

function block(text: string): IpBlock | undefined {
  const slash = text.lastIndexOf('/');
  const ip = slash === -1 ? undefined : address(text.slice(0, slash));
  // Go's netip takes neither a sign nor leading zeros.
  if (ip === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(text.slice(slash + 1))) return undefined;
  const prefix = Number(text.slice(slash + 1));
  return prefix <= (ip.family === 4 ? 32 : 128) ? new IpBlock(ip.family, ip.value, prefix) : undefined;
}

function holds({ family, address: bits, prefix }: IpBlock, innerFamily: number, inner: bigint): boolean {
  if (family !== innerFamily) return false;
  const host = BigInt((family === 4 ? 32 : 128) - prefix);
  return bits >> host === inner >> host;
}

function within(ip: Ip, ...blocks: readonly string[]): boolean {
  return blocks.some((text) => {
    const range = parseCidr(text)!;
    return range.family === ip.family && ip.value >= range.low && ip.value <= range.high;
  });
}

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

function version(text: string, normal: boolean): Version | undefined {
  let cleaned = text;
  if (normal) {
    cleaned = text.trim().replace(/^v/, '');
    const dash = /[-+]/.exec(cleaned)?.index ?? cleaned.length;
    const parts = cleaned.slice(0, dash).split('.');
    // Missing parts are added only where nothing stands behind the numbers.
    if (parts.length < 3 && dash < cleaned.length) return undefined;
    while (parts.length < 3) parts.push('0');
    cleaned = parts.map((part) => part.replace(/^0+(?=\d)/, '')).join('.') + cleaned.slice(dash);
  }
  const match = VERSION.exec(cleaned);
  if (match === null) return undefined;
  const pre = match[4]?.split('.') ?? [];
  const build = match[5]?.split('.') ?? [];
  if (pre.some((part) => part === '' || /^0\d+$/.test(part)) || build.includes('')) return undefined;
  const numbers = [BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3]!)] as const;
  return [...numbers, ...pre.filter((part) => /^\d+$/.test(part)).map(BigInt)].every((each) => each < 1n << 64n)
    ? new Version(numbers, pre)
    : undefined;
}

function compareVersions(a: Version, b: Version): number {
  for (let at = 0; at < 3; at++) {
    if (a.numbers[at]! !== b.numbers[at]!) return a.numbers[at]! < b.numbers[at]! ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(Number(b.pre.length > 0) - Number(a.pre.length > 0));
  for (let at = 0; at < Math.min(a.pre.length, b.pre.length); at++) {
    const [left, right] = [a.pre[at]!, b.pre[at]!];
    if (left === right) continue;
    const [x, y] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (x && y) return BigInt(left) < BigInt(right) ? -1 : 1;
    if (x !== y) return x ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return Math.sign(a.pre.length - b.pre.length);
}

/** As `%g` of Go writes a number. */
function goNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 21)
    return /e/.test(String(value))
      ? value.toFixed(Math.max(0, digits.replace(/\D/g, '').length - 1 - power))
      : String(value);
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${digits}e${power < 0 ? '-' : '+'}${size}`;
}
