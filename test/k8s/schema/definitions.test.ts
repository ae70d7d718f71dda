import { describe, expect, test } from 'vitest';
import { schemasOf } from '../../../src/k8s/schema/bundle.ts';
import type { Definition, Schemas, Shape } from '../../../src/k8s/schema/definitions.ts';
import { NEWEST_MINOR, OLDEST_MINOR } from '../../../src/k8s/version.ts';

describe('a field that is asked for by its name', () => {
  test.each([OLDEST_MINOR, 30, NEWEST_MINOR])('is the one among all fields of the type, in 1.%i', (minor) => {
    const definitions = allDefinitions(schemasOf(minor));
    expect(definitions.size).toBeGreaterThan(400);
    for (const { name, fields, required, ...rest } of [...definitions].map(asPlain)) {
      const asked = new Map([...fields.keys()].map((key) => [key, rest.field(key)]));
      expect({ name, fields: asked }).toEqual({ name, fields });
      expect(required).toEqual([...fields.values()].filter((field) => field.required).map((field) => field.name));
    }
  });

  test('is none where only a part of the name, or more than it, is in the text', () => {
    const container = schemasOf(NEWEST_MINOR).named('core.v1.Container')!;
    for (const name of ['', 'imag', 'mage', 'image:s', 'image:s imagePullPolicy', 'core.v1.Container', 'constructor'])
      expect([name, container.field(name)]).toEqual([name, undefined]);
  });

  test('kinds are found by what they are called and nothing else', () => {
    const schemas = schemasOf(NEWEST_MINOR);
    expect(schemas.kind('v1', 'Pod')?.name).toBe('core.v1.Pod');
    for (const [apiVersion, kind] of [
      ['v1', 'Po'],
      ['1', 'Pod'],
      ['', 'Pod'],
      ['v1', 'Pod\nv1'],
      ['v1', ''],
      ['extensions/v1beta1', 'Ingress'],
      ['core.v1.Pod', 'apiVersion:s'],
    ] as const)
      expect([apiVersion, kind, schemas.kind(apiVersion, kind)]).toEqual([apiVersion, kind, undefined]);
  });
});

function asPlain(definition: Definition) {
  const { name, fields, required } = definition;
  return { name, fields, required, field: (key: string) => definition.field(key) };
}

function allDefinitions(schemas: Schemas): ReadonlySet<Definition> {
  const seen = new Set<Definition>();
  const visit = (definition: Definition): void => {
    if (seen.has(definition)) return;
    seen.add(definition);
    for (const field of definition.fields.values()) visitShape(field);
  };
  const visitShape = (shape: Shape | undefined): void => {
    if (shape === undefined) return;
    if (shape.ref !== -1) visit(schemas.definition(shape.ref));
    visitShape(shape.item);
  };
  for (const key of schemas.kinds()) {
    const [apiVersion, kind] = key.split(' ') as [string, string];
    visit(schemas.kind(apiVersion, kind)!);
  }
  return seen;
}
