import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { isPlaceholder } from './placeholder.ts';

type Step = string | number;

/** Where a value does not fit a schema that came with the input. Plain data. */
export type CustomFault = { readonly path: readonly Step[] } & (
  | { readonly is: 'unknown'; readonly key: string; readonly fields: readonly string[] }
  | { readonly is: 'missing'; readonly key: string }
  | { readonly is: 'type'; readonly expected: string }
  | { readonly is: 'word'; readonly words: readonly string[] }
  /** `has to be at least 1` */
  | { readonly is: 'bound'; readonly rule: string }
  /** The schema asks for more than is worth looking at: the rest of the value was not looked at. */
  | { readonly is: 'given-up' }
);

export interface CustomOptions {
  /**
   * A structural schema of a CustomResourceDefinition: what it does not name is dropped by the API server, and null is
   * as good as absent where it is not `nullable`. Otherwise the value is held to JSON Schema as it is.
   */
  readonly structural: boolean;
}

/**
 * Holds a value to a JSON Schema that anyone may have written: references that lead in circles, alternatives that
 * multiply and patterns that never end cost a bounded number of steps, and then the answer is that there is none.
 */
export function checkCustom(value: Value, schema: Value, options: CustomOptions): readonly CustomFault[] {
  const check = new Check(schema, options);
  check.value(value, schema, [], check.faults);
  if (check.steps > MAX_STEPS) check.faults.push({ is: 'given-up', path: [] });
  return check.faults;
}

const MAX_STEPS = 200_000;
const MAX_DEPTH = 400;
const MAX_FAULTS = 100;

class Check {
  readonly faults: CustomFault[] = [];
  steps = 0;
  readonly #root: Value;
  readonly #structural: boolean;
  readonly #patterns = new Map<string, Pattern | undefined>();

  constructor(root: Value, { structural }: CustomOptions) {
    this.#root = root;
    this.#structural = structural;
  }

  value(value: Value, given: Value, path: readonly Step[], into: CustomFault[]): void {
    const schema = this.#resolve(given);
    if (schema === undefined || ++this.steps > MAX_STEPS || path.length > MAX_DEPTH || into.length >= MAX_FAULTS)
      return;
    if (value === null && this.#structural && schema['nullable'] !== true) return;
    if (value === null && schema['nullable'] === true) return;
    if (!this.#type(value, schema, path, into)) return;
    this.#words(value, schema, path, into);
    if (typeof value === 'string') this.#text(value, schema, path, into);
    else if (typeof value === 'number' || typeof value === 'bigint') this.#number(Number(value), schema, path, into);
    else if (isList(value)) this.#list(value, schema, path, into);
    else if (isMap(value)) this.#map(value, schema, path, into);
    this.#alternatives(value, schema, path, into);
  }

  /** A schema with its reference followed; undefined for what says nothing, and for references that lead nowhere. */
  #resolve(given: Value): ValueMap | undefined {
    let schema = given;
    for (let hops = 0; hops < 32; hops++) {
      if (!isMap(schema)) return undefined;
      const { $ref } = schema;
      // Structural schemas have no references: the API server refuses them.
      if (typeof $ref !== 'string' || this.#structural) return schema;
      if (!$ref.startsWith('#')) return undefined;
      let target: Value | undefined = this.#root;
      for (const part of $ref.slice(1).split('/').slice(1)) {
        const key = decodeURIComponent(part.replaceAll('~1', '/').replaceAll('~0', '~'));
        target = isMap(target) ? target[key] : isList(target) ? target[Number(key)] : undefined;
      }
      if (target === undefined) return undefined;
      schema = target;
    }
    return undefined;
  }

  #type(value: Value, schema: ValueMap, path: readonly Step[], into: CustomFault[]): boolean {
    if (schema['x-kubernetes-int-or-string'] === true) {
      if (typeof value === 'string' || isInteger(value)) return true;
      return this.#typeFault('an integer or a string', path, into);
    }
    const { type } = schema;
    const types =
      typeof type === 'string' ? [type] : isList(type) ? type.filter((each) => typeof each === 'string') : [];
    if (types.length === 0 || types.some((each) => fits(value, each))) return true;
    if (typeof value === 'string' && isPlaceholder(value)) return false;
    return this.#typeFault(types.map((each) => TYPE_WORDS[each] ?? each).join(' or '), path, into);
  }

  #typeFault(expected: string, path: readonly Step[], into: CustomFault[]): false {
    into.push({ is: 'type', expected, path });
    return false;
  }

  #words(value: Value, schema: ValueMap, path: readonly Step[], into: CustomFault[]): void {
    const allowed = schema['enum'];
    if (!isList(allowed) || allowed.length > 10_000) return;
    this.steps += allowed.length >> 4;
    if (allowed.some((each) => same(each, value)) || (typeof value === 'string' && isPlaceholder(value))) return;
    into.push({ is: 'word', words: allowed.filter((each) => typeof each === 'string'), path });
  }

  #text(value: string, schema: ValueMap, path: readonly Step[], into: CustomFault[]): void {
    const { minLength, maxLength, pattern } = schema;
    if (isPlaceholder(value)) return;
    const bound = (rule: string) => into.push({ is: 'bound', rule, path });
    if (typeof minLength === 'number' || typeof maxLength === 'number') {
      const length = Array.from(value).length;
      if (typeof minLength === 'number' && length < minLength) bound(`has to have at least ${minLength} characters`);
      if (typeof maxLength === 'number' && length > maxLength) bound(`may have ${maxLength} characters`);
    }
    if (typeof pattern !== 'string') return;
    let compiled = this.#patterns.get(pattern);
    if (!this.#patterns.has(pattern)) {
      compiled = compilePattern(pattern);
      this.#patterns.set(pattern, compiled);
    }
    this.steps += value.length >> 3;
    if (compiled?.matches(value) === false) bound(`has to match ${clip(pattern)}`);
  }

  #number(value: number, schema: ValueMap, path: readonly Step[], into: CustomFault[]): void {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    const bound = (rule: string) => into.push({ is: 'bound', rule, path });
    // CustomResourceDefinitions have the booleans of JSON Schema draft 4, later drafts have numbers.
    if (typeof minimum === 'number' && (exclusiveMinimum === true ? value <= minimum : value < minimum)) {
      bound(exclusiveMinimum === true ? `has to be more than ${minimum}` : `has to be at least ${minimum}`);
    }
    if (typeof maximum === 'number' && (exclusiveMaximum === true ? value >= maximum : value > maximum)) {
      bound(exclusiveMaximum === true ? `has to be less than ${maximum}` : `may be at most ${maximum}`);
    }
    if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
      bound(`has to be more than ${exclusiveMinimum}`);
    if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
      bound(`has to be less than ${exclusiveMaximum}`);
    if (typeof multipleOf === 'number' && multipleOf > 0 && !Number.isInteger(value / multipleOf)) {
      bound(`has to be a multiple of ${multipleOf}`);
    }
  }

  #list(value: readonly Value[], schema: ValueMap, path: readonly Step[], into: CustomFault[]): void {
    const { items, minItems, maxItems, uniqueItems } = schema;
    const bound = (rule: string) => into.push({ is: 'bound', rule, path });
    if (typeof minItems === 'number' && value.length < minItems) bound(`has to have at least ${minItems} items`);
    if (typeof maxItems === 'number' && value.length > maxItems) bound(`may have ${maxItems} items`);
    if (uniqueItems === true && new Set(value.map((item) => JSON.stringify(item, plain))).size < value.length) {
      bound('has to have different items');
    }
    if (items === undefined) return;
    for (let index = 0; index < value.length; index++) {
      const schemaOfItem = isList(items) ? items[index] : items;
      if (schemaOfItem !== undefined) this.value(value[index]!, schemaOfItem, [...path, index], into);
    }
  }

  #map(value: ValueMap, schema: ValueMap, path: readonly Step[], into: CustomFault[]): void {
    const { properties, additionalProperties, required, minProperties, maxProperties } = schema;
    const known = isMap(properties) ? properties : undefined;
    const keys = Object.keys(value);
    const bound = (rule: string) => into.push({ is: 'bound', rule, path });
    if (typeof minProperties === 'number' && keys.length < minProperties)
      bound(`has to have at least ${minProperties} fields`);
    if (typeof maxProperties === 'number' && keys.length > maxProperties) bound(`may have ${maxProperties} fields`);
    if (isList(required)) {
      for (const key of required) {
        if (typeof key !== 'string') continue;
        const given = value[key];
        if (given === undefined || (given === null && this.#structural && !this.#isNullable(known?.[key]))) {
          into.push({ is: 'missing', key, path });
        }
      }
    }
    const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
    const embedded = schema['x-kubernetes-embedded-resource'] === true;
    for (const key of keys) {
      // Every object has these, and the API server holds metadata to its own type whatever the schema says.
      if (this.#structural && (path.length === 0 || embedded) && OBJECT_FIELDS.has(key)) continue;
      const own = known !== undefined && Object.hasOwn(known, key) ? known[key] : undefined;
      if (own !== undefined) this.value(value[key]!, own, [...path, key], into);
      else if (isMap(additionalProperties)) this.value(value[key]!, additionalProperties, [...path, key], into);
      else if (this.#isUnknown(schema, key, preserves)) {
        into.push({ is: 'unknown', key, fields: known === undefined ? [] : Object.keys(known), path: [...path, key] });
      }
    }
  }

  #isUnknown(schema: ValueMap, key: string, preserves: boolean): boolean {
    const { additionalProperties } = schema;
    if (!this.#structural) return additionalProperties === false;
    if (preserves || additionalProperties === true || key.startsWith('$')) return false;
    return schema['type'] === 'object' || schema['properties'] !== undefined;
  }

  #isNullable(schema: Value | undefined): boolean {
    return isMap(schema) && schema['nullable'] === true;
  }

  #alternatives(value: Value, schema: ValueMap, path: readonly Step[], into: CustomFault[]): void {
    const { allOf, anyOf, oneOf, not } = schema;
    if (isList(allOf)) for (const each of allOf) this.#part(value, each, path, into);
    if (isList(anyOf) && anyOf.length > 0 && !anyOf.some((each) => this.#fits(value, each, path))) {
      into.push({ is: 'bound', rule: 'fits none of the forms that the schema allows', path });
    }
    if (isList(oneOf) && oneOf.length > 0) {
      const count = oneOf.filter((each) => this.#fits(value, each, path)).length;
      if (count === 0) into.push({ is: 'bound', rule: 'fits none of the forms that the schema allows', path });
      else if (count > 1) into.push({ is: 'bound', rule: 'fits several forms of which the schema allows one', path });
    }
    if (not !== undefined && this.#fits(value, not, path)) {
      into.push({ is: 'bound', rule: 'has a form that the schema excludes', path });
    }
  }

  /** Inside `allOf` and the like a structural schema only adds conditions, so nothing is unknown there. */
  #part(value: Value, schema: Value, path: readonly Step[], into: CustomFault[]): void {
    const faults: CustomFault[] = [];
    this.value(value, schema, path, faults);
    into.push(...(this.#structural ? faults.filter(({ is }) => is !== 'unknown') : faults));
  }

  #fits(value: Value, schema: Value, path: readonly Step[]): boolean {
    // Out of steps there is no telling; then the value has the benefit of the doubt.
    if (this.steps > MAX_STEPS) return true;
    const faults: CustomFault[] = [];
    this.#part(value, schema, path, faults);
    return faults.length === 0;
  }
}

const OBJECT_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  null: 'null',
};

function fits(value: Value, type: string): boolean {
  switch (type) {
    case 'object':
      return isMap(value);
    case 'array':
      return isList(value);
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return isInteger(value);
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'null':
      return value === null;
    default:
      return true;
  }
}

function isInteger(value: Value): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

function same(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a, plain) === JSON.stringify(b, plain));
}

/** Keys in order, and large integers as text: equal values have equal JSON. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
