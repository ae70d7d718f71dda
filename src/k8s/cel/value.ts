import type { Value } from '../../yaml/value.ts';
import { isList, isMap } from '../../yaml/value.ts';

/**
 * A value of an expression. An int is a bigint, a double a number, as JavaScript keeps them apart; the other types that
 * JavaScript does not have are classes.
 */
export type Cel =
  | null
  | boolean
  | string
  | bigint
  | number
  | Uint
  | CelList
  | CelMap
  | Optional
  | TypeName
  | Amount
  | Ip
  | IpBlock
  | Version;

/** What evaluation comes to. */
export type Outcome = Cel | Failure | Unknown;

/** An error of the expression: what the failurePolicy is about. */
export class Failure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** It depends on something that is not known here. */
export class Unknown {
  readonly reason: string;
  /** The type of the value that is certainly there; undefined where evaluation may as well fail. */
  readonly type: string | undefined;

  constructor(reason: string, type?: string) {
    this.reason = reason;
    this.type = type;
  }
}

export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

export class CelList {
  readonly items: readonly Outcome[];
  /** Of an object of the API: it cannot be compared with anything but a list. */
  readonly typed: boolean;

  constructor(items: readonly Outcome[], typed = false) {
    this.items = items;
    this.typed = typed;
  }
}

/** Keys are strings, and numbers and booleans where an expression makes the map. */
export type Key = string | bigint | boolean | Uint;

export class CelMap {
  readonly #entries: ReadonlyMap<string, readonly [Key, Outcome]>;
  readonly typed: boolean;
  /** Why there may be more keys than these, and which ones; undefined where these are all. */
  readonly open: ((key: string) => boolean) | undefined;

  constructor(entries: Iterable<readonly [Key, Outcome]>, typed = false, open?: (key: string) => boolean) {
    const map = new Map<string, readonly [Key, Outcome]>();
    for (const entry of entries) map.set(keyText(entry[0]), entry);
    this.#entries = map;
    this.typed = typed;
    this.open = open;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined where there is none; Unknown where that is not known. */
  get(key: Key): Outcome | undefined {
    const found = this.#entries.get(keyText(key));
    if (found !== undefined) return found[1];
    return typeof key === 'string' && this.open?.(key) === true ? new Unknown(`"${key}"`) : undefined;
  }

  entries(): readonly (readonly [Key, Outcome])[] {
    return [...this.#entries.values()];
  }

  /** Whether it is known which keys there are. */
  get isWhole(): boolean {
    if (this.open !== undefined) return false;
    for (const [, value] of this.#entries.values()) if (value instanceof Unknown) return false;
    return true;
  }
}

export class Optional {
  readonly value: Outcome | undefined;

  constructor(value?: Outcome) {
    this.value = value;
  }
}

export class TypeName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A resource quantity, in billionths. */
export class Amount {
  readonly nano: bigint;
  /** Whether Kubernetes keeps it as a whole number: `1000m` it does not. Undefined where that cannot be told. */
  readonly whole: boolean | undefined;

  constructor(nano: bigint, whole?: boolean) {
    this.nano = nano;
    this.whole = whole;
  }
}

export class Ip {
  readonly family: 4 | 6;
  readonly value: bigint;

  constructor(family: 4 | 6, value: bigint) {
    this.family = family;
    this.value = value;
  }
}

export class IpBlock {
  readonly family: 4 | 6;
  readonly address: bigint;
  readonly prefix: number;

  constructor(family: 4 | 6, address: bigint, prefix: number) {
    this.family = family;
    this.address = address;
    this.prefix = prefix;
  }
}

export class Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], pre: readonly string[]) {
    this.numbers = numbers;
    this.pre = pre;
  }
}

export function isOutside(value: Outcome): value is Failure | Unknown {
  return value instanceof Failure || value instanceof Unknown;
}

/** The name of a value's type, without parameters. */
export function typeOf(value: Cel): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
  }
  if (value instanceof Uint) return 'uint';
  if (value instanceof CelList) return 'list';
  if (value instanceof CelMap) return 'map';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeName) return 'type';
  if (value instanceof Amount) return 'kubernetes.Quantity';
  if (value instanceof Ip) return 'net.IP';
  return value instanceof IpBlock ? 'net.CIDR' : 'kubernetes.Semver';
}

const MIN_INT = -(1n << 63n);
const MAX_INT = (1n << 63n) - 1n;

export function isInt(value: bigint): boolean {
  return value >= MIN_INT && value <= MAX_INT;
}

/** What JSON holds, as the API server hands it to expressions: whole numbers are of type int. */
export function fromValue(value: Value, typed = false): Outcome {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return isInt(value) ? value : new Unknown('a number that does not fit');
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value;
  if (isList(value))
    return new CelList(
      value.map((item) => fromValue(item, typed)),
      typed,
    );
  if (!isMap(value)) return new Unknown('a value of no known type');
  return new CelMap(
    Object.keys(value).map((key) => [key, fromValue(value[key]!, typed)] as const),
    typed,
  );
}

/** As Go compares strings: by bytes of UTF-8, which is by code points. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    const surrogates = left >= 0xd800 && left <= 0xdfff !== (right >= 0xd800 && right <= 0xdfff);
    if (surrogates) return left >= 0xd800 && left <= 0xdfff ? 1 : -1;
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** `types.Equal` of cel-go: values of different types are different, numbers are compared across types. */
export function equal(a: Cel, b: Cel): boolean | Failure | Unknown {
  if (a === null || b === null) return a === b;
  const left = numberOf(a);
  if (left !== undefined) {
    const right = numberOf(b);
    return right !== undefined && compareNumbers(left, right) === 0;
  }
  if (typeof a === 'string' || typeof a === 'boolean') return a === b;
  if (a instanceof CelList) {
    if (!(b instanceof CelList)) return a.typed ? new Failure('no such overload') : false;
    if (a.items.length !== b.items.length) return false;
    return every(a.items, (item, index) => equalOutcomes(item, b.items[index]!));
  }
  if (a instanceof CelMap) {
    if (!(b instanceof CelMap)) return a.typed ? new Failure('no such overload') : false;
    if (!a.isWhole || !b.isWhole) return new Unknown('all keys of a map');
    if (a.size !== b.size) return false;
    return every(a.entries(), ([key, value]) => {
      const other = b.get(key);
      return other === undefined ? false : equalOutcomes(value, other);
    });
  }
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equalOutcomes(a.value, b.value);
  }
  if (a instanceof TypeName) return b instanceof TypeName && a.name === b.name;
  if (a instanceof Amount) return b instanceof Amount ? a.nano === b.nano : new Failure('no such overload');
  if (a instanceof Ip) {
    return b instanceof Ip ? a.family === b.family && a.value === b.value : new Failure('no such overload');
  }
  if (a instanceof IpBlock) {
    if (!(b instanceof IpBlock)) return new Failure('no such overload');
    return a.family === b.family && a.address === b.address && a.prefix === b.prefix;
  }
  return new Unknown('versions as values');
}

function equalOutcomes(a: Outcome, b: Outcome): boolean | Failure | Unknown {
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  if (a instanceof Failure || b instanceof Failure) return new Unknown('an error inside a value');
  const same = equal(a, b);
  // Inside lists and maps errors are now taken for equal, now for different, by the kind of the list.
  return same instanceof Failure ? new Unknown('values of different types inside lists') : same;
}

function every<T>(
  items: readonly T[],
  same: (item: T, index: number) => boolean | Failure | Unknown,
): boolean | Failure | Unknown {
  let outside: Failure | Unknown | undefined;
  for (let index = 0; index < items.length; index++) {
    const answer = same(items[index]!, index);
    if (answer === false) return false;
    if (answer !== true) outside ??= answer;
  }
  return outside ?? true;
}

export function numberOf(value: Cel): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** JavaScript compares bigints and numbers by their mathematical values, as cel-go does. */
export function compareNumbers(a: bigint | number, b: bigint | number): number | undefined {
  if (a < b) return -1;
  if (a > b) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: across bigint and number, which === keeps apart.
  return a == b ? 0 : undefined;
}

function keyText(key: Key): string {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return key ? 'true' : 'false';
  return `n${typeof key === 'bigint' ? key : key.value}`;
}
