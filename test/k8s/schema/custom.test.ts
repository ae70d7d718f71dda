import { describe, expect, test } from 'vitest';
import { checkCustom } from '../../../src/k8s/schema/custom.ts';
import { schemaFor } from '../../../src/k8s/schema/file-schema.ts';
import { readSchemaFiles } from '../../../src/k8s/schema/schema-files.ts';
import type { Value } from '../../../src/yaml/value.ts';

const structural = (value: Value, schema: Value) =>
  checkCustom(value, schema, { structural: true }).map(
    (fault) => `${fault.is} ${fault.path.join('.')}${'key' in fault ? `: ${fault.key}` : ''}`,
  );

describe('a structural schema', () => {
  test('drops what it does not name, unless it says otherwise', () => {
    const spec = { type: 'object', properties: { a: { type: 'string' } } };
    expect(structural({ kind: 'A', metadata: { x: 1 }, b: 1, a: 1 }, spec)).toEqual(['unknown b: b', 'type a']);
    expect(structural({ b: 1 }, { ...spec, 'x-kubernetes-preserve-unknown-fields': true })).toEqual([]);
    expect(structural({ b: 1, c: 'x' }, { type: 'object', additionalProperties: { type: 'integer' } })).toEqual([
      'type c',
    ]);
  });

  test('takes null for absent, unless it is nullable', () => {
    const schema = {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string' }, b: { type: 'string', nullable: true } },
    };
    expect(structural({ a: null, b: null }, schema)).toEqual(['missing : a']);
  });

  test('has alternatives that name nothing new', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'object', properties: { x: { type: 'integer' }, y: { type: 'integer' } } } },
      anyOf: [{ required: ['a'] }, { properties: { a: { required: ['x'] } } }],
      not: { required: ['z'] },
    };
    expect(structural({ a: { x: 1, y: 2 } }, schema)).toEqual([]);
    expect(structural({ a: { x: 1 } }, { ...schema, oneOf: [{ required: ['b'] }, { required: ['c'] }] })).toEqual([
      'bound ',
    ]);
  });

  test('knows integers that may be strings, and whole objects inside', () => {
    const schema = {
      type: 'object',
      properties: {
        port: { 'x-kubernetes-int-or-string': true },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
      },
    };
    expect(
      structural({ port: 'http', template: { kind: 'A', apiVersion: 'v1', metadata: {}, spec: {} } }, schema),
    ).toEqual([]);
    expect(structural({ port: 1.5, template: { spec: {}, status: {} } }, schema)).toEqual([
      'type port',
      'unknown template.status: status',
    ]);
  });
});

describe('hostile schemas', () => {
  // What is not bounded runs into the time limit of the test.

  test('references in a circle', () => {
    const schema = {
      $ref: '#/definitions/a',
      definitions: { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } },
    };
    expect(checkCustom({ a: 1 }, schema, { structural: false })).toEqual([]);
  });

  test('a schema inside itself, over a deep value', () => {
    const schema = { type: 'object', properties: { a: { $ref: '#' } }, additionalProperties: false };
    let value: Value = { b: 1 };
    for (let depth = 0; depth < 300; depth++) value = { a: value };
    expect(checkCustom(value, schema, { structural: false }).map(({ is }) => is)).toEqual(['unknown']);
  });

  test('alternatives that multiply', () => {
    let schema: Value = { type: 'string' };
    for (let depth = 0; depth < 40; depth++) schema = { anyOf: [schema, schema] };
    expect(checkCustom(1, schema, { structural: true }).map(({ is }) => is)).toEqual(['given-up']);
  });

  test('patterns without end', () => {
    const schema = { type: 'string', pattern: '^(a+)+$' };
    expect(checkCustom(`${'a'.repeat(50_000)}!`, schema, { structural: true }).map(({ is }) => is)).toEqual(['bound']);
    const giant = { type: 'string', pattern: 'a'.repeat(1_000_000) };
    expect(checkCustom('b', giant, { structural: true })).toEqual([]);
  });

  test('schemas that are none', () => {
    const values: readonly Value[] = [
      null,
      1,
      'x',
      [],
      { type: 7, properties: 'x', required: 'x', items: 7, enum: 7, anyOf: 'x' },
    ];
    for (const schema of values) {
      expect(checkCustom({ a: [1] }, schema, { structural: false })).toEqual([]);
    }
    expect(
      checkCustom(
        { __proto__: 1, constructor: 2 } as unknown as Value,
        { type: 'object', properties: {} },
        { structural: true },
      ).map(({ is }) => is),
    ).toEqual(['unknown']);
  });
});

test('schemas in files, as other validators name them', () => {
  const schema = JSON.stringify({ type: 'object', properties: { spec: { type: 'object' } } });
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  group: d.example.com
  names: {kind: Four}
  versions:
    - name: v1
      schema: {openAPIV3Schema: {type: object}}
`;
  const { schemas, unreadable } = readSchemaFiles([
    { path: 'schemas/a.example.com/one_v1beta1.json', text: schema },
    { path: 'schemas/two-b-v1.json', text: schema },
    {
      path: 'x.json',
      text: JSON.stringify({
        type: 'object',
        'x-kubernetes-group-version-kind': [{ group: 'c.example.com', version: 'v1', kind: 'Three' }],
      }),
    },
    { path: 'crd.yaml', text: crd },
    { path: 'readme.json', text: '[]' },
  ]);
  const known = (group: string, version: string, kind: string) => schemaFor(schemas, group, version, kind)?.structural;
  expect([
    known('a.example.com', 'v1beta1', 'One'),
    known('b.example.com', 'v1', 'Two'),
    known('c.example.com', 'v1', 'Three'),
    known('d.example.com', 'v1', 'Four'),
    known('a.example.com', 'v1', 'One'),
  ]).toEqual([false, false, false, true, undefined]);
  expect(unreadable).toEqual([{ path: 'readme.json', reason: 'no JSON Schema and no CustomResourceDefinition' }]);
});
