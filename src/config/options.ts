import type { AnyRule } from '../engine/rule.ts';
import { nearest } from '../text/nearest.ts';

export interface OptionFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly atKey: boolean;
}

/** The words of JSON Schema that options of rules are described with. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

/** Holds the options that a configuration gives a rule to the rule's own schema. */
export function checkOptions(options: unknown, rule: AnyRule): readonly OptionFault[] {
  if (options === undefined) return [];
  if (rule.options === undefined) return [{ path: [], message: `rule ${rule.id} has no options`, atKey: true }];
  const faults: OptionFault[] = [];
  // A rule's schema is written by hand as a literal; `test/laws.test.ts` holds it to these words.
  const schema = rule.options.schema as Schema;
  const known = Object.keys((rule.options.defaults ?? {}) as object);
  const closed =
    schema.properties === undefined
      ? { ...schema, properties: Object.fromEntries(known.map((key) => [key, {}])) }
      : schema;
  check(options, { additionalProperties: false, ...closed }, [], faults);
  return faults;
}

function check(value: unknown, schema: Schema, path: readonly (string | number)[], faults: OptionFault[]): void {
  const add = (message: string): void => void faults.push({ path, message, atKey: false });
  const types = schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    add(`has to be ${types.map((type) => TYPE_NAMES[type] ?? type).join(' or ')}`);
    return;
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    add(`cannot be ${JSON.stringify(value)}; one of ${schema.enum.join(', ')}`);
  }
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    add(`"${value}" does not match ${schema.pattern}`);
  }
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) add(`has to be at least ${schema.minimum}`);
    if (schema.maximum !== undefined && value > schema.maximum) add(`has to be at most ${schema.maximum}`);
  }
  if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems) add('is empty');
    const { items } = schema;
    if (items !== undefined) for (const [index, item] of value.entries()) check(item, items, [...path, index], faults);
  } else if (typeof value === 'object' && value !== null) {
    checkProperties(value as Readonly<Record<string, unknown>>, schema, path, faults);
  }
}

function checkProperties(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, additionalProperties = true }: Schema,
  path: readonly (string | number)[],
  faults: OptionFault[],
): void {
  for (const [key, item] of Object.entries(value)) {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (own !== undefined) check(item, own, [...path, key], faults);
    else if (typeof additionalProperties === 'object') check(item, additionalProperties, [...path, key], faults);
    else if (!additionalProperties) {
      const meant = nearest(key, Object.keys(properties));
      const hint =
        meant === undefined ? `known here: ${Object.keys(properties).join(', ')}` : `did you mean "${meant}"`;
      faults.push({ path: [...path, key], message: `unknown option "${key}"; ${hint}`, atKey: true });
    }
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
};

function isOfType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  return typeof value === type;
}
