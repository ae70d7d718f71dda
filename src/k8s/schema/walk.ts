import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { parseQuantity } from '../quantity.ts';
import type { Definition, Schemas, Shape } from './definitions.ts';
import { isPlaceholder } from './placeholder.ts';
import { isGiven, type Need } from './requirements.ts';

type Step = string | number;

interface FaultBase {
  /** From the object's root to the value, or to the object that lacks something. */
  readonly path: readonly Step[];
  /** The types on the way to the object in question, it included; with the length of the path to each. */
  readonly within: readonly { readonly definition: Definition; readonly depth: number }[];
}

/** Where an object is not what its type says. Plain data apart from the definitions it was held against. */
export type Fault = FaultBase &
  (
    | { readonly is: 'unknown'; readonly key: string }
    | { readonly is: 'missing'; readonly key: string }
    /** The API server drops it: `securityContext:` with nothing behind it. */
    | { readonly is: 'null' }
    /** An empty mapping or list where that sets nothing, though it looks as if: `securityContext: {}`. */
    | { readonly is: 'empty' }
    /** A file mode that was written in decimal and meant in octal, unless the text says otherwise. */
    | { readonly is: 'mode' }
    | { readonly is: 'type'; readonly shape: Shape }
    | { readonly is: 'word'; readonly words: readonly string[] }
    | { readonly is: 'range'; readonly bits: 32 | 64 }
    | { readonly is: 'quantity' }
    | { readonly is: 'time' }
    | { readonly is: 'base64' }
  );

/**
 * Holds an object to its type as the API server's strict decoding does, and to the words and required fields that its
 * validation asks for. An object without fault costs a walk over its keys and nothing else.
 */
export function validate(root: ValueMap, definition: Definition, schemas: Schemas): readonly Fault[] {
  const walk = new Walk(schemas);
  walk.object(root, definition);
  return walk.faults;
}

const NO_FAULTS: readonly Fault[] = [];
const NOTHING: ValueMap = {};

class Walk {
  faults: readonly Fault[] = NO_FAULTS;
  readonly #schemas: Schemas;
  readonly #path: Step[] = [];
  #lenient = false;
  readonly #within: { readonly definition: Definition; readonly depth: number }[] = [];

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  object(map: ValueMap, definition: Definition): void {
    const { required } = definition;
    this.#within.push({ definition, depth: this.#path.length });
    let given = 0;
    for (const key in map) {
      const field = definition.field(key);
      if (field === undefined) {
        // Directives of strategic merge patches: the tool that merges them takes them away.
        if (!key.startsWith('$') && !this.#lenient) this.#fault({ is: 'unknown', key }, key);
        continue;
      }
      const value = map[key]!;
      if (field.required && isGiven(value)) given++;
      this.#value(value, field, key);
    }
    if (given < required.length) {
      for (const key of required) {
        if (!isGiven(map[key])) this.#fault({ is: 'missing', key });
      }
    }
    if (definition.requirement !== undefined) this.#require(definition.requirement(map));
    this.#within.pop();
  }

  #require(needs: readonly Need[] | Need | undefined): void {
    if (needs === undefined) return;
    for (const { needs: key, below } of 'needs' in needs ? [needs] : needs) {
      if (below !== undefined) this.#path.push(...below);
      this.#fault({ is: 'missing', key });
      if (below !== undefined) this.#path.length -= below.length;
    }
  }

  #value(value: Value, shape: Shape, key: Step): void {
    if (value === null) {
      this.#fault({ is: 'null' }, key);
      return;
    }
    switch (shape.form) {
      case 's':
        if (typeof value !== 'string') this.#wrong(value, shape, key);
        else if (shape.words !== undefined && !shape.words.includes(value) && value !== '' && !isPlaceholder(value))
          this.#fault({ is: 'word', words: shape.words }, key);
        return;
      case '#':
        if (!isMap(value)) {
          this.#wrong(value, shape, key);
          return;
        }
        if (MAY_BE_EMPTY.has(key) && isBare(value)) this.#fault({ is: 'empty' }, key);
        this.#path.push(key);
        this.object(value, this.#schemas.definition(shape.ref));
        this.#path.pop();
        return;
      case '[':
        if (!isList(value)) {
          this.#wrong(value, shape, key);
          return;
        }
        if (value.length === 0) {
          if (MAY_BE_EMPTY.has(key)) this.#fault({ is: 'empty' }, key);
          return;
        }
        this.#path.push(key);
        for (let index = 0; index < value.length; index++) {
          const item = value[index]!;
          // A null among objects is an empty object, and lacks what an empty object lacks.
          if (item === null && shape.item!.form === '#') this.#value(NOTHING, shape.item!, index);
          // An empty word may stand for a default, but not among others.
          else if ((item === null || item === '') && shape.item!.words !== undefined)
            this.#fault({ is: 'word', words: shape.item!.words }, index);
          else this.#value(item, shape.item!, index);
        }
        this.#path.pop();
        return;
      case '{':
        if (!isMap(value)) {
          this.#wrong(value, shape, key);
          return;
        }
        this.#path.push(key);
        for (const inner in value) this.#value(value[inner]!, shape.item!, inner);
        this.#path.pop();
        return;
      case 'b':
        if (typeof value !== 'boolean') this.#wrong(value, shape, key);
        return;
      case 'i':
      case 'l':
        this.#integer(value, shape, key, shape.form === 'i' ? 32 : 64);
        return;
      case 'o':
        if (typeof value !== 'string') this.#integer(value, shape, key, 32);
        return;
      case 'q':
        if (!isQuantity(value)) this.#quantity(value, shape, key);
        return;
      case 'd':
        if (typeof value !== 'number' && typeof value !== 'bigint') this.#wrong(value, shape, key);
        return;
      case 't':
      case 'm':
        if (typeof value !== 'string') this.#wrong(value, shape, key);
        else if (!RFC3339.test(value) && !isPlaceholder(value)) this.#fault({ is: 'time' }, key);
        return;
      case 'y':
        if (typeof value !== 'string') this.#wrong(value, shape, key);
        else if (!isBase64(value) && !isPlaceholder(value)) this.#fault({ is: 'base64' }, key);
        return;
      case 'a':
      case 'e':
        this.#schemaOr(value, shape, key);
        return;
      case '*':
        return;
    }
  }

  /** In these forms the API server drops what it does not know, even where it is asked to be strict. */
  #schemaOr(value: Value, shape: Shape, key: Step): void {
    const before = this.#lenient;
    this.#lenient = true;
    this.#path.push(key);
    if (isMap(value)) this.object(value, this.#schemas.definition(shape.ref));
    else if (isList(value) && shape.form === 'a') {
      for (let index = 0; index < value.length; index++) {
        const item = value[index]!;
        this.#path.push(index);
        if (isMap(item)) this.object(item, this.#schemas.definition(shape.ref));
        else if (item !== null) this.#fault({ is: 'type', shape });
        this.#path.pop();
      }
    } else if (shape.form === 'e' && typeof value !== 'boolean') {
      this.#path.pop();
      this.#wrong(value, shape, key);
      this.#path.push(key);
    }
    this.#path.pop();
    this.#lenient = before;
  }

  #integer(value: Value, shape: Shape, key: Step, bits: 32 | 64): void {
    if (typeof value === 'number' && Number.isInteger(value)) {
      if (bits === 32 ? value === (value | 0) : Number.isSafeInteger(value)) {
        if ((key === 'defaultMode' || key === 'mode') && LOOKS_OCTAL.has(value)) this.#fault({ is: 'mode' }, key);
        return;
      }
      this.#fault({ is: 'range', bits }, key);
    } else if (typeof value === 'bigint') {
      if (bits === 32 || value !== BigInt.asIntN(64, value)) this.#fault({ is: 'range', bits }, key);
    } else this.#wrong(value, shape, key);
  }

  #quantity(value: Value, shape: Shape, key: Step): void {
    if (typeof value !== 'string') this.#wrong(value, shape, key);
    else if (parseQuantity(value) === undefined && !isPlaceholder(value)) this.#fault({ is: 'quantity' }, key);
  }

  #wrong(value: Value, shape: Shape, key: Step): void {
    if (typeof value === 'string' && isPlaceholder(value)) return;
    this.#fault({ is: 'type', shape }, key);
  }

  #fault(fault: WithoutPlace<Fault>, key?: Step): void {
    const path = key === undefined ? this.#path.slice() : [...this.#path, key];
    const found = { ...fault, path, within: this.#within.slice() } as Fault;
    if (this.faults === NO_FAULTS) this.faults = [found];
    else (this.faults as Fault[]).push(found);
  }
}

type WithoutPlace<T> = T extends unknown ? Omit<T, 'path' | 'within'> : never;

/** Blocks that name a control: without anything in them they are not the control. */
const MAY_BE_EMPTY: ReadonlySet<Step> = new Set(['securityContext', 'capabilities', 'drop', 'resources']);

function isBare(value: ValueMap): boolean {
  for (const _ in value) return false;
  return true;
}

/** Decimal numbers that nobody means so: read as octal they are the usual file modes. */
const LOOKS_OCTAL: ReadonlySet<number> = new Set([
  400, 440, 444, 550, 555, 600, 640, 644, 660, 664, 666, 700, 740, 744, 750, 755, 770, 775, 777,
]);

/** The forms that quantities nearly always have, without the cost of reading one. */
function isQuantity(value: Value): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'bigint') return true;
  return typeof value === 'string' && value.length < 16 && PLAIN_QUANTITY.test(value);
}
const PLAIN_QUANTITY = /^\d+(?:m|[kMGTPE]|[KMGTPE]i)?$/;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Standard encoding with padding; line breaks are skipped: encoding/base64. */
function isBase64(text: string): boolean {
  const bare = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text;
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare);
}
