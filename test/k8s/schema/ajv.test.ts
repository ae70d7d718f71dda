import { Ajv, type ErrorObject } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemasOf } from '../../../src/k8s/schema/bundle.ts';
import { checkCustom } from '../../../src/k8s/schema/custom.ts';
import type { Definition, Schemas, Shape } from '../../../src/k8s/schema/definitions.ts';
import { type Fault, validate } from '../../../src/k8s/schema/walk.ts';
import type { Value, ValueMap } from '../../../src/yaml/value.ts';
import { generator, mutate } from '../../oracles/schema-mutations.ts';
import { sampleOf } from './samples.ts';

/**
 * Two programs, one schema: what the walker reads from the bundle is written as JSON Schema and given to ajv, and both
 * have to name the same places. What no JSON Schema says (quantities, times, requirements) is left out.
 */
describe('the walker and ajv', () => {
  const minor = 37;
  const schemas = schemasOf(minor);
  const random = generator(20_240_501);
  const kinds = schemas.kinds().filter((key) => !key.endsWith('CustomResourceDefinition'));

  test('agree about objects with faults in them', { timeout: 120_000 }, () => {
    const disagreements: string[] = [];
    let faulty = 0;
    for (const key of kinds) {
      const [apiVersion, kind] = key.split(' ') as [string, string];
      const definition = schemas.kind(apiVersion, kind)!;
      const check = new Ajv({
        allErrors: true,
        strict: false,
        validateSchema: false,
        inlineRefs: false,
        code: { optimize: false },
      }).compile(jsonSchemaOf(definition, schemas));
      const sample = sampleOf(schemas, apiVersion, kind, 7);
      for (let round = 0; round < 8; round++) {
        const object = mutated(sample);
        check(object);
        const all = (check.errors ?? []).map(fromAjv);
        // What is of the wrong type is none of the words either; one of the two is enough.
        const theirs = all
          .filter((line) => !line.startsWith('word') || !all.includes(line.replace('word', 'type')))
          .sort();
        const ours = validate(object, definition, schemas).flatMap(toLine).sort();
        if (ours.length > 0) faulty++;
        if (ours.join() !== theirs.join()) disagreements.push(`${key}: ours ${ours.join()} / theirs ${theirs.join()}`);
      }
    }
    expect(disagreements).toEqual([]);
    expect(faulty).toBeGreaterThan(600);
  });

  function mutated(sample: ValueMap): ValueMap {
    let object = sample;
    for (let times = 0; times < 3; times++) {
      const mutation = mutate(object, random);
      // An empty text or list is as good as none to the API server, and null is dropped: JSON Schema knows neither.
      if (mutation !== undefined && ['rename', 'move-down', 'move-up', 'retype', 'case'].includes(mutation.what)) {
        object = mutation.value as ValueMap;
      }
    }
    return object;
  }
});

describe('schemas of custom resources and ajv', () => {
  const ajv = new Ajv({ strict: false, validateSchema: false });
  const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Value>('a', 'b', 'abc', '', 0, 1, 2.5, 7, true, false),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  const schema: fc.Arbitrary<Value> = fc.letrec<{ schema: Value }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.record({ type: fc.constantFrom('string', 'boolean', 'integer', 'number', 'array', 'object') }),
      fc.record({ type: fc.constant('string'), minLength: fc.nat(2), maxLength: fc.nat(3) }),
      fc.record({ type: fc.constant('string'), pattern: fc.constantFrom('^a', 'b$', '^[a-b]+$') }),
      fc.record({ type: fc.constant('number'), minimum: fc.nat(3), exclusiveMaximum: fc.nat(9) }),
      fc.record({ enum: fc.uniqueArray(fc.constantFrom<Value>('a', 'b', 1, true), { minLength: 1 }) }),
      fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.nat(3), uniqueItems: fc.boolean() }),
      fc.record({
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('schema'), { maxKeys: 2 }),
        required: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
        additionalProperties: fc.boolean(),
        minProperties: fc.nat(1),
      }),
      fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
      fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
      fc.record({ not: tie('schema') }),
    ),
  })).schema;

  test('agree about random values and random schemas', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(schema, value, (given, candidate) => {
        const theirs = ajv.validate(given as object, candidate);
        expect(checkCustom(candidate, given, { structural: false }).length === 0).toBe(theirs);
      }),
      { numRuns: 800 },
    );
  });
});

function jsonSchemaOf(root: Definition, schemas: Schemas): object {
  const $defs: Record<string, object> = {};
  const add = (definition: Definition): string => {
    if ($defs[definition.name] === undefined) {
      $defs[definition.name] = {};
      const properties: Record<string, object> = {};
      for (const [name, field] of definition.fields) properties[name] = translate(field);
      $defs[definition.name] = {
        type: 'object',
        properties,
        additionalProperties: false,
        required: definition.required,
      };
    }
    return `#/$defs/${definition.name}`;
  };
  const translate = (shape: Shape): object => {
    switch (shape.form) {
      case 'b':
        return { type: 'boolean' };
      case 'i':
        return { type: 'integer' };
      case 'l':
        return { type: 'integer' };
      case 'd':
        return { type: 'number' };
      case 's':
        return shape.words === undefined ? { type: 'string' } : { type: 'string', enum: shape.words };
      case 'y':
      case 't':
      case 'm':
        return { type: 'string' };
      case 'q':
        return { type: ['string', 'number'] };
      case 'o':
        return { type: ['string', 'integer'] };
      case '[':
        return { type: 'array', items: translate(shape.item!) };
      case '{':
        return { type: 'object', additionalProperties: translate(shape.item!) };
      case '#':
        return { $ref: add(schemas.definition(shape.ref)) };
      default:
        return {};
    }
  };
  return { $ref: add(root), $defs };
}

function fromAjv({ keyword, instancePath, params }: ErrorObject): string {
  const at = (more: string) =>
    `${instancePath}${more === '' ? '' : `/${more.replaceAll('~', '~0').replaceAll('/', '~1')}`}`;
  switch (keyword) {
    case 'additionalProperties':
      return `unknown ${at(params['additionalProperty'])}`;
    case 'required':
      return `missing ${at(params['missingProperty'])}`;
    case 'enum':
      return `word ${instancePath}`;
    default:
      return `${keyword} ${instancePath}`;
  }
}

function toLine(fault: Fault): readonly string[] {
  const path = fault.path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  switch (fault.is) {
    case 'unknown':
      return [`unknown ${path}`];
    case 'missing':
      // Requirements that depend on other fields are no keyword of the schema.
      return fault.within.at(-1)!.definition.required.includes(fault.key) ? [`missing ${path}/${fault.key}`] : [];
    case 'type':
    case 'word':
      return [`${fault.is} ${path}`];
    default:
      return [];
  }
}
