import { type AnyNode, Node } from '../../yaml/node.ts';
import { isList, isMap, type Value } from '../../yaml/value.ts';
import { API_TYPES } from './api-types.ts';

/** A value that the API server cannot read into its type: it refuses the whole object. */
export interface Undecodable {
  readonly node: AnyNode;
  /** `string`, `32-bit integer`: what the API has there. */
  readonly expected: string;
}

export interface Decoder {
  /** The values under the node that do not fit the named struct, in the order of the text. */
  undecodable(node: AnyNode, struct: string): readonly Undecodable[];
}

/** Makes ready for many objects: the types are read once. Commands use it; no rule does. */
export function createDecoder(): Decoder {
  const structs = new Map<string, ReadonlyMap<string, string>>();
  const fieldsOf = (struct: string): ReadonlyMap<string, string> => {
    let fields = structs.get(struct);
    if (fields === undefined) {
      fields = new Map(API_TYPES[struct]!.split(' ').map((field) => field.split(':') as [string, string]));
      structs.set(struct, fields);
    }
    return fields;
  };
  return {
    undecodable(node, struct) {
      const found: Undecodable[] = [];
      walk(node, struct, fieldsOf, found);
      return found;
    },
  };
}

type FieldsOf = (struct: string) => ReadonlyMap<string, string>;

const SCALARS: Readonly<Record<string, { readonly name: string; readonly fits: (value: Value) => boolean }>> = {
  s: { name: 'string', fits: (value) => typeof value === 'string' },
  b: { name: 'boolean', fits: (value) => typeof value === 'boolean' },
  i: { name: '32-bit integer', fits: (value) => isInteger(value, 31) },
  l: { name: '64-bit integer', fits: (value) => isInteger(value, 63) },
  q: { name: 'quantity', fits: isQuantity },
  n: { name: 'integer or string', fits: (value) => typeof value === 'string' || isInteger(value, 31) },
  t: { name: 'time', fits: isTime },
  '?': { name: 'value', fits: () => true },
};

function walk(node: AnyNode, type: string, fieldsOf: FieldsOf, found: Undecodable[]): void {
  const value = node.raw;
  // Null leaves every field at its zero value.
  if (value === undefined || value === null) return;
  const scalar = SCALARS[type];
  if (scalar !== undefined) {
    if (!scalar.fits(value)) found.push({ node, expected: scalar.name });
  } else if (type.startsWith('[')) {
    if (!isList(value)) found.push({ node, expected: 'list' });
    else for (const item of node.items()) walk(item, type.slice(1, -1), fieldsOf, found);
  } else if (!isMap(value)) {
    found.push({ node, expected: 'mapping' });
  } else if (type.startsWith('{')) {
    for (const [, entry] of node.entries()) walk(entry, type.slice(1, -1), fieldsOf, found);
  } else {
    const fields = fieldsOf(type);
    for (const key of Object.keys(value)) {
      // Unknown fields are dropped without a word.
      const field = fields.get(key);
      if (field !== undefined) walk(new Node(node.document, node, key, value[key]), field, fieldsOf, found);
    }
  }
}

function isInteger(value: Value, bits: number): boolean {
  if (typeof value === 'bigint') return bits === 63 && BigInt.asIntN(64, value) === value;
  return typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** bits) && value < 2 ** bits;
}

function isQuantity(value: Value): boolean {
  if (typeof value === 'number' || typeof value === 'bigint') return true;
  return (
    typeof value === 'string' && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(value.trim())
  );
}

function isTime(value: Value): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
}
