import type { Definition, Schemas, Shape } from '../../../src/k8s/schema/definitions.ts';
import type { Value } from '../../../src/yaml/value.ts';

/** An object with every field that the release knows, filled with what it takes, down to a depth. */
export function sampleOf(schemas: Schemas, apiVersion: string, kind: string, depth = 16): { [key: string]: Value } {
  const definition = schemas.kind(apiVersion, kind);
  if (definition === undefined) throw new Error(`${apiVersion} ${kind} is not served in 1.${schemas.minor}`);
  return { ...fill(schemas, definition, depth, new Set()), apiVersion, kind };
}

function fill(
  schemas: Schemas,
  definition: Definition,
  depth: number,
  above: ReadonlySet<string>,
): { [key: string]: Value } {
  const object: { [key: string]: Value } = {};
  const inside = new Set([...above, definition.name]);
  for (const [name, field] of definition.fields) {
    const value = valueFor(schemas, field, depth - 1, inside);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

function valueFor(schemas: Schemas, shape: Shape, depth: number, above: ReadonlySet<string>): Value | undefined {
  switch (shape.form) {
    case 'b':
      return true;
    case 'i':
    case 'l':
    case 'd':
    case 'o':
      return 1;
    case 's':
      return shape.words?.[0] ?? 'x';
    case 'y':
      return 'eA==';
    case 't':
      return '2024-05-01T12:00:00Z';
    case 'm':
      return '2024-05-01T12:00:00.000000Z';
    case 'q':
      return '1Gi';
    case '*':
      return { x: 'x' };
    case 'a':
    case 'e':
      return { type: 'string' };
    case '[': {
      const item = valueFor(schemas, shape.item!, depth, above);
      return item === undefined ? undefined : [item];
    }
    case '{': {
      const item = valueFor(schemas, shape.item!, depth, above);
      if (item === undefined) return undefined;
      // Resources have names of their own.
      if (shape.item!.form !== 'q') return { x: item };
      return above.has('core.v1.PersistentVolumeClaimSpec') ? { storage: '1Gi' } : { 'example.com/x': '1' };
    }
    case '#': {
      const definition = schemas.definition(shape.ref);
      return depth <= 0 || above.has(definition.name) ? undefined : fill(schemas, definition, depth, above);
    }
  }
}
