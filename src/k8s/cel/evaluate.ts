import { celDeclarations } from './declarations.ts';
import { type Call, celCalls, isAny, isOfType, NO_OVERLOAD } from './functions.ts';
import type { CelNode } from './parse.ts';
import { type Declaration, type Named, SIGNS, TYPE_NAMES } from './types.ts';
import {
  type Cel,
  CelList,
  CelMap,
  Failure,
  isInt,
  isOutside,
  type Key,
  numberOf,
  Optional,
  type Outcome,
  TypeName,
  typeOf,
  Uint,
  Unknown,
} from './value.ts';

/** Gives what a name of the environment stands for; called when it is read. */
export type Activation = (name: string) => Outcome | undefined;

/** One expression may not take longer than this; the API server has a limit as well, and a higher one. */
const MAX_COST = 100_000;

/**
 * Evaluates expressions that have been found in order. Nothing is thrown: the outcome is a value, the error that the API
 * server would have, or Unknown where something decides that is not known or not evaluated here.
 */
export class Evaluator {
  readonly #declarations: ReadonlyMap<string, readonly Declaration[]> = celDeclarations();
  readonly #calls: ReadonlyMap<string, Call> = celCalls();

  evaluate(root: CelNode, activation: Activation): Outcome {
    return new Run(this.#declarations, this.#calls, activation).value(root, undefined);
  }
}

interface Bound {
  readonly name: string;
  readonly value: Outcome;
  readonly outer: Bound | undefined;
}

/** What gives a bool for whatever arguments of the right types. */
const TESTS: ReadonlySet<string> = new Set('equal in not startsWith endsWith contains lt le gt ge'.split(' '));
const TOO_LONG = new Unknown('an expression that takes long');

class Run {
  readonly #declarations: ReadonlyMap<string, readonly Declaration[]>;
  readonly #calls: ReadonlyMap<string, Call>;
  readonly #activation: Activation;
  #cost = 0;

  constructor(
    declarations: ReadonlyMap<string, readonly Declaration[]>,
    calls: ReadonlyMap<string, Call>,
    activation: Activation,
  ) {
    this.#declarations = declarations;
    this.#calls = calls;
    this.#activation = activation;
  }

  value(node: CelNode, bound: Bound | undefined): Outcome {
    if (++this.#cost > MAX_COST) return TOO_LONG;
    switch (node.is) {
      case 'identifier':
        return this.#identifier(node.name, bound);
      case 'select':
        return this.#select(node, bound);
      case 'call':
        return this.#call(node, bound);
      case 'other':
        return this.#other(node, bound);
    }
  }

  #identifier(name: string, bound: Bound | undefined): Outcome {
    for (let at = bound; at !== undefined; at = at.outer) if (at.name === name) return at.value;
    const found = this.#activation(name);
    if (found !== undefined) return found;
    return TYPE_NAMES.has(name) ? new TypeName(name) : new Unknown(`"${name}"`);
  }

  #select(node: CelNode & { readonly is: 'select' }, bound: Bound | undefined): Outcome {
    const of = this.value(node.of, bound);
    if (isOutside(of)) return of;
    return this.#step(of, node.name, node.optional);
  }

  /** One step of a path: a field, or what stands at an index. */
  #step(of: Cel, key: Cel, optional: boolean): Outcome {
    const inside = of instanceof Optional ? of.value : of;
    const isOptional = optional || of instanceof Optional;
    if (inside === undefined) return new Optional();
    if (isOutside(inside)) return inside;
    const found = read(inside, key, isOptional);
    if (!isOptional) {
      if (found !== undefined) return found;
      return new Failure(`${inside instanceof CelList ? 'index out of bounds' : 'no such key'}: ${shown(key)}`);
    }
    if (found !== undefined && isOutside(found)) return found;
    return new Optional(found);
  }

  #has(node: CelNode & { readonly is: 'select' }, bound: Bound | undefined): Outcome {
    const of = this.value(node.of, bound);
    if (isOutside(of)) return of;
    const inside = of instanceof Optional ? of.value : of;
    if (inside === undefined) return false;
    if (isOutside(inside)) return inside;
    const found = read(inside, node.name, true);
    return found !== undefined && isOutside(found) ? found : found !== undefined;
  }

  #call(node: CelNode & { readonly is: 'call' }, bound: Bound | undefined): Outcome {
    const { of, name, args } = node;
    if (of === undefined) {
      const [first] = args;
      if (name === 'has' && first?.is === 'select') return this.#has(first, bound);
      return this.#apply(name, args, bound, false);
    }
    if (of.is === 'identifier' && !isBound(of.name, bound) && this.#declarations.has(`${of.name}.${name}`)) {
      return this.#apply(`${of.name}.${name}`, args, bound, false);
    }
    const macro = this.#macro(node, bound);
    if (macro !== undefined) return macro;
    if ((name === 'or' || name === 'orValue') && args.length === 1) {
      const optional = this.value(of, bound);
      if (isOutside(optional)) return optional;
      if (!(optional instanceof Optional)) return NO_OVERLOAD;
      if (optional.value === undefined) return this.value(args[0]!, bound);
      return name === 'or' ? optional : optional.value;
    }
    return this.#apply(name, [of, ...args], bound, true);
  }

  #apply(name: string, nodes: readonly CelNode[], bound: Bound | undefined, method: boolean): Outcome {
    return this.#invoke(
      name,
      nodes.map((node) => this.value(node, bound)),
      method,
    );
  }

  #invoke(name: string, outcomes: readonly Outcome[], method: boolean): Outcome {
    const args: Cel[] = [];
    let unknown: Unknown | undefined;
    for (const outcome of outcomes) {
      // An error is one whatever else is not known.
      if (outcome instanceof Failure) return outcome;
      if (outcome instanceof Unknown) unknown ??= outcome;
      else args.push(outcome);
    }
    if (unknown !== undefined) return this.#unknown(name, outcomes, unknown, method);
    const takes = this.#declarations
      .get(name)
      ?.some(
        (declaration) =>
          declaration.method === method &&
          declaration.args.length === args.length &&
          declaration.args.every((type, index) => isOfType(args[index]!, (type as Named).name)),
      );
    if (takes !== true) return name === 'equal' ? new Unknown('this comparison') : NO_OVERLOAD;
    const call = this.#calls.get(name);
    if (call === undefined) return new Unknown(`${name}(), which is not evaluated here`);
    this.#cost += costOf(name, args);
    if (this.#cost > MAX_COST) return TOO_LONG;
    const result = call(args);
    if (result instanceof CelList) this.#cost += result.items.length;
    return result;
  }

  /** A call of which an argument is not known: of those that cannot fail the type is known. */
  #unknown(name: string, args: readonly Outcome[], { reason, type }: Unknown, method: boolean): Unknown {
    if (type === undefined || !TESTS.has(name)) return new Unknown(reason);
    const certain = this.#declarations.get(name)?.some(
      (declaration) =>
        declaration.method === method &&
        declaration.args.length === args.length &&
        declaration.args.every((wanted, index) => {
          const { name: typeName } = wanted as Named;
          const arg = args[index]!;
          if (arg instanceof Unknown) return arg.type !== undefined && (arg.type === typeName || isAny(typeName));
          return !(arg instanceof Failure) && isOfType(arg, typeName);
        }),
    );
    return new Unknown(reason, certain === true ? 'bool' : undefined);
  }

  #macro(node: CelNode & { readonly is: 'call' }, bound: Bound | undefined): Outcome | undefined {
    const { name, args } = node;
    const [first, second] = args;
    if (first?.is !== 'identifier') return undefined;
    const pair = second?.is === 'identifier' && args.length === 3;
    const last = args.at(-1)!;
    switch (name) {
      case 'all':
      case 'exists':
      case 'exists_one':
      case 'existsOne': {
        if (args.length !== 2 && !pair) return undefined;
        if (name === 'existsOne' && !pair) return undefined;
        const steps = this.#range(node.of!, first.name, pair ? second.name : undefined, bound);
        if (!Array.isArray(steps)) return steps;
        if (name === 'exists_one' || name === 'existsOne') return this.#one(steps, last);
        return this.#fold(steps, last, name === 'exists');
      }
      case 'map':
      case 'filter': {
        if (args.length > 3 || args.length < 2 || (name === 'filter' && args.length === 3)) return undefined;
        const steps = this.#range(node.of!, first.name, undefined, bound);
        if (!Array.isArray(steps)) return steps;
        if (name === 'map') return this.#map(steps, args.length === 3 ? second : undefined, last);
        const kept = this.#kept(steps, last);
        return Array.isArray(kept) ? new CelList(kept.map(({ value }) => value)) : kept;
      }
      case 'transformList':
      case 'transformMap':
      case 'transformMapEntry': {
        if (second?.is !== 'identifier' || args.length < 3 || args.length > 4) return undefined;
        const steps = this.#range(node.of!, first.name, second.name, bound);
        if (!Array.isArray(steps)) return steps;
        const kept = args.length === 4 ? this.#kept(steps, args[2]!) : steps;
        if (!Array.isArray(kept)) return kept;
        if (name === 'transformList') return this.#map(kept, undefined, last);
        return this.#entries(kept, last, name === 'transformMapEntry');
      }
      case 'optMap':
      case 'optFlatMap': {
        if (args.length !== 2) return undefined;
        const optional = this.value(node.of!, bound);
        if (isOutside(optional)) return optional;
        if (!(optional instanceof Optional)) return NO_OVERLOAD;
        if (optional.value === undefined) return optional;
        const result = this.value(second!, { name: first.name, value: optional.value, outer: bound });
        return name === 'optFlatMap' || isOutside(result) ? result : new Optional(result);
      }
      case 'sortBy':
        return new Unknown('sortBy(), which is not evaluated here');
      default:
        return undefined;
    }
  }

  /** The rounds of a macro: the variables of each, and the item. */
  #range(of: CelNode, name: string, second: string | undefined, bound: Bound | undefined): Round[] | Outcome {
    const range = this.value(of, bound);
    if (isOutside(range)) return range;
    this.#cost += range instanceof CelList ? range.items.length : 1;
    if (range instanceof CelList) {
      return range.items.map((value, index) => {
        const key = second === undefined ? value : BigInt(index);
        const outer = { name, value: key, outer: bound };
        return { bound: second === undefined ? outer : { name: second, value, outer }, key, value };
      });
    }
    if (!(range instanceof CelMap)) return new Failure('neither a list nor a map');
    if (!range.isWhole) return new Unknown('the keys of a map');
    return range.entries().map(([key, value]) => {
      const outer = { name, value: key, outer: bound };
      return {
        bound: second === undefined ? outer : { name: second, value, outer },
        key,
        value: second === undefined ? key : value,
      };
    });
  }

  /** `all` and `exists`: one answer decides, whatever errors there are besides. */
  #fold(rounds: readonly Round[], node: CelNode, deciding: boolean): Outcome {
    return combine(rounds, deciding, (round) => this.value(node, round.bound));
  }

  #one(rounds: readonly Round[], node: CelNode): Outcome {
    let count = 0;
    let outside: Failure | Unknown | undefined;
    for (const round of rounds) {
      const answer = this.value(node, round.bound);
      if (answer instanceof Failure) return answer;
      if (answer instanceof Unknown) outside ??= answer;
      else if (typeof answer !== 'boolean') return NO_OVERLOAD;
      else if (answer) count++;
    }
    return outside ?? count === 1;
  }

  #kept(rounds: readonly Round[], node: CelNode): Round[] | Outcome {
    const kept: Round[] = [];
    for (const round of rounds) {
      const answer = this.value(node, round.bound);
      if (isOutside(answer)) return answer;
      if (typeof answer !== 'boolean') return NO_OVERLOAD;
      if (answer) kept.push(round);
    }
    return kept;
  }

  #map(rounds: readonly Round[], filter: CelNode | undefined, node: CelNode): Outcome {
    const kept = filter === undefined ? rounds : this.#kept(rounds, filter);
    if (!Array.isArray(kept)) return kept as Outcome;
    const items: Outcome[] = [];
    for (const round of kept as readonly Round[]) {
      const item = this.value(node, round.bound);
      if (isOutside(item)) return item;
      items.push(item);
    }
    return new CelList(items);
  }

  #entries(rounds: readonly Round[], node: CelNode, whole: boolean): Outcome {
    const entries: (readonly [Key, Outcome])[] = [];
    for (const round of rounds) {
      const item = this.value(node, round.bound);
      if (isOutside(item)) return item;
      if (!whole) {
        if (isOutside(round.key) || !isKey(round.key)) return NO_OVERLOAD;
        entries.push([round.key, item]);
      } else if (item instanceof CelMap) entries.push(...item.entries());
      else return NO_OVERLOAD;
    }
    const map = new CelMap(entries);
    return map.size === entries.length ? map : new Failure('insert failed: key already exists');
  }

  #other(node: CelNode & { readonly is: 'other' }, bound: Bound | undefined): Outcome {
    const { form, parts } = node;
    switch (form) {
      case 'literal':
        return literal(node.type!, node.text!);
      case 'and':
      case 'or':
        return combine(parts, form === 'or', (part) => this.value(part, bound));
      case 'not':
      case 'negative': {
        let value = this.value(parts[0]!, bound);
        for (let count = node.signs!.length; count > 0; count--) value = this.#invoke(form, [value], false);
        return value;
      }
      case 'conditional': {
        const condition = this.value(parts[0]!, bound);
        if (isOutside(condition)) return condition;
        if (typeof condition !== 'boolean') return NO_OVERLOAD;
        return this.value(parts[condition ? 1 : 2]!, bound);
      }
      case 'sum':
      case 'relation': {
        let value = this.value(parts[0]!, bound);
        for (let index = 1; index < parts.length; index++) {
          value = this.#binary(node.signs![index - 1]!, value, parts[index]!, bound);
        }
        return value;
      }
      case 'index': {
        const of = this.value(parts[0]!, bound);
        const key = this.value(parts[1]!, bound);
        if (of instanceof Failure) return of;
        if (key instanceof Failure) return key;
        if (isOutside(of)) return of;
        return isOutside(key) ? key : this.#step(of, key, node.optional?.length === 1);
      }
      case 'list': {
        const items: Outcome[] = [];
        for (let index = 0; index < parts.length; index++) {
          const value = this.value(parts[index]!, bound);
          if (isOutside(value)) return value;
          if (node.optional?.includes(index) !== true) items.push(value);
          else if (!(value instanceof Optional)) return NO_OVERLOAD;
          else if (value.value !== undefined) items.push(value.value);
        }
        return new CelList(items);
      }
      case 'map':
        return this.#mapLiteral(node, bound);
      case 'message':
        return new Unknown('an object that an expression makes');
    }
  }

  #binary(sign: string, left: Outcome, node: CelNode, bound: Bound | undefined): Outcome {
    // Of an empty list the API server knows the answer before it looks at what is sought.
    if (sign === 'in' && node.is === 'other' && node.form === 'list' && node.parts.length === 0) return false;
    const right = this.value(node, bound);
    if (sign !== '!=') return this.#invoke(SIGNS[sign]!, [left, right], false);
    if (left instanceof Failure) return left;
    if (right instanceof Failure) return right;
    const same = this.#invoke('equal', [left, right], false);
    // What cannot be compared is not the same.
    return same instanceof Unknown ? same : same !== true;
  }

  #mapLiteral({ parts, optional }: CelNode & { readonly is: 'other' }, bound: Bound | undefined): Outcome {
    const entries: (readonly [Key, Outcome])[] = [];
    for (let index = 0; index < parts.length; index += 2) {
      const key = this.value(parts[index]!, bound);
      if (isOutside(key)) return key;
      if (!isKey(key)) return new Failure('unsupported key type');
      const value = this.value(parts[index + 1]!, bound);
      if (isOutside(value)) return value;
      if (optional?.includes(index) !== true) entries.push([key, value]);
      else if (!(value instanceof Optional)) return NO_OVERLOAD;
      else if (value.value !== undefined) entries.push([key, value.value]);
    }
    const map = new CelMap(entries);
    return map.size === entries.length ? map : new Unknown('a map with a key twice');
  }
}

interface Round {
  readonly bound: Bound;
  readonly key: Outcome;
  readonly value: Outcome;
}

function isBound(name: string, bound: Bound | undefined): boolean {
  for (let at = bound; at !== undefined; at = at.outer) if (at.name === name) return true;
  return false;
}

function isKey(value: Cel): value is Key {
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' || value instanceof Uint;
}

/**
 * `&&` and `||`: `deciding` is the answer that decides alone. Errors count only where nothing decides; what is not known
 * might have decided.
 */
function combine<T>(parts: readonly T[], deciding: boolean, value: (part: T) => Outcome): Outcome {
  let failure: Failure | undefined;
  let unknown: Unknown | undefined;
  for (const part of parts) {
    const answer = value(part);
    if (answer === deciding) return deciding;
    if (answer instanceof Unknown) unknown = unknown?.type === undefined && unknown !== undefined ? unknown : answer;
    else if (answer instanceof Failure) failure ??= answer;
    else if (typeof answer !== 'boolean') failure ??= NO_OVERLOAD;
  }
  if (unknown === undefined) return failure ?? !deciding;
  return failure === undefined && unknown.type === 'bool' ? unknown : new Unknown(unknown.reason);
}

/** Undefined for what is not there. Where only presence is asked for, a value without fields has none. */
function read(of: Cel, key: Cel, presence: boolean): Outcome | undefined {
  if (of instanceof CelMap) {
    if (typeof key === 'number') return new Unknown('a key that is no whole number');
    if (!isKey(key)) return of.typed ? new Failure('unsupported map key type') : undefined;
    if (of.typed && typeof key !== 'string') return new Failure('unsupported map key type');
    return of.get(key);
  }
  if (of instanceof CelList) {
    const index = numberOf(key);
    if (index === undefined) return new Failure('unsupported index type');
    if (typeof key === 'number') return new Unknown('an index that is no int');
    return index >= 0n && index < BigInt(of.items.length) ? of.items[Number(index)] : undefined;
  }
  return presence ? undefined : new Failure(`no such key: ${shown(key)}`);
}

function literal(type: string, text: string): Outcome {
  switch (type) {
    case 'null':
      return null;
    case 'bool':
      return text === 'true';
    case 'double':
      return Number(text);
    case 'int': {
      const unsigned = /[uU]$/.test(text);
      const digits = unsigned ? text.slice(0, -1) : text;
      const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits);
      if (unsigned) return new Uint(value);
      return isInt(value) ? value : new Unknown('a number that does not fit');
    }
    case 'string':
      return unquote(text);
    default:
      return new Unknown('bytes');
  }
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unquote(text: string): string {
  const [, prefix, quote] = /^([rRbB]*)("""|'''|"|')/.exec(text)!;
  const inside = text.slice(prefix!.length + quote!.length, -quote!.length);
  const lines = inside.replace(/\r\n?/g, '\n');
  if (/r/i.test(prefix!)) return lines;
  return lines.replace(
    /\\(?:([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (_, hex: string | undefined, octal: string | undefined, plain: string) => {
      if (hex !== undefined) return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex.slice(1), 16)));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      return ESCAPES[plain] ?? plain;
    },
  );
}

/** What a call costs beyond itself: reading long texts and lists. */
function costOf(name: string, args: readonly Cel[]): number {
  let cost = 0;
  for (const arg of args) {
    if (typeof arg === 'string') cost += arg.length / 10;
    else if (arg instanceof CelList) cost += arg.items.length;
  }
  if (name === 'matches' && typeof args[0] === 'string' && typeof args[1] === 'string') {
    cost += (args[0].length * args[1].length) / 40;
  }
  if (/^sets\.|^distinct$/.test(name)) {
    const sizes = args.map((arg) => (arg instanceof CelList ? arg.items.length : 1));
    cost += (sizes[0] ?? 1) * (sizes[1] ?? sizes[0] ?? 1);
  }
  return cost;
}

function shown(key: Cel): string {
  return typeof key === 'string' || typeof key === 'bigint' ? String(key) : typeOf(key);
}
