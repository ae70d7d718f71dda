import { describe, expect, test } from 'vitest';
import { type CelScope, checkCel } from '../../src/k8s/cel/check.lazy.ts';

const scope: CelScope = {
  roots: ['object', 'oldObject', 'request', 'authorizer', 'namespaceObject'],
  variables: ['a'],
};
const faults = (text: string, more: Partial<CelScope> = {}) =>
  checkCel(text, { ...scope, ...more }).map(({ message, start, end }) => `${text.slice(start, end)}: ${message}`);

describe('what the API server accepts', () => {
  test.each([
    'object.spec.replicas <= 5',
    '!has(object.spec.hostPID) || object.spec.hostPID == false',
    'object.spec.containers.all(c, !c.image.endsWith(":latest"))',
    'object.spec.?initContainers.orValue([]).all(c, has(c.securityContext))',
    'object.metadata.?labels[?"team"].hasValue()',
    'object.spec.containers.exists_one(c, c.name == "a") ? true : false',
    '{"a": 1, "b": 2,}.all(k, v, v > 0)',
    '[1, 2, 3,].map(x, x > 1, x * 2).filter(y, y != 4).size() == 1',
    'variables.a in ["x", "y"]',
    "r'\\d+' == '\\\\d+' && b'\\x41' == b'A'",
    '"""a "quoted" text""".contains(\'"\')',
    '1.5e3 > 0x1F && 1u == 1u && -1 < .5',
    'type(object.spec) == map',
    'authorizer.requestResource.check("update").allowed()',
    'object.metadata.labels.`app.kubernetes.io/name` == "x"',
    'namespaceObject.metadata.labels.environment == "prod" // as labelled',
    'object.spec.namespace == "a"',
    'has(object.spec) ? sets.contains([1], [1]) : format.dns1123Label().hasValue()',
    'semver("1.2.3").major() == 1',
    'Object{spec: Object.spec{replicas: 1}}.spec.replicas == 1',
  ])('%s', (text) => {
    expect(faults(text)).toEqual([]);
  });
});

describe('what it refuses', () => {
  test.each<[string, readonly string[]]>([
    ['object.spec.replicas <=', ['=: the expression ends where it cannot']],
    ['object.spec.replicas = 5', ['=: "=" is no part of the language: == compares']],
    ['object.spec && (object.metadata', ['a: the expression ends where ")" is expected']],
    ['objct.spec.replicas > 1', ['objct: "objct" is not known here: did you mean object?']],
    ['params.max > 1', ['params: "params" is not known here']],
    ['variables.b == 1', ['b: variables.b is not defined before this expression']],
    ['request.userinfo.username == "a"', ['userinfo: request has no field userinfo: did you mean request.userInfo?']],
    ['object.spec.containers.all(c, d.image == "x")', ['d: "d" is not known here']],
    [
      'object.spec.containers.all(c.image == "x")',
      ['all(c.image == "x"): all() takes a variable and an expression: all(x, x > 0)'],
    ],
    ['object.name.startswith("a")', ['startswith: there is no function startswith: did you mean startsWith?']],
    ['math.greatest(1, 2) == 2', ['math: "math" is not known here', 'greatest: there is no function greatest']],
    ['has(object)', ['has(object): has() takes one field: has(object.spec)']],
    ['"a', ['": a string is not closed']],
    ["'a\\d'", ['\\d: "\\d" is no escape of a string']],
    ['for == 1', ['for: "for" is a reserved word']],
    ['a.in == 1', ['in: "in" is no name of a field']],
  ])('%s', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  test('a result of another type', () => {
    expect(faults('"a" + "b"', { result: 'bool' })).toEqual(['"a" + "b": gives a string, not a bool']);
    expect(faults('1 + 2', { result: 'bool' })).toEqual(['1 + 2: gives a number, not a bool']);
    expect(faults('object.spec.replicas > 1', { result: 'string' })).toEqual([
      'object.spec.replicas > 1: gives a bool, not a string',
    ]);
    expect(faults('object.spec.paused', { result: 'bool' })).toEqual([
      'object.spec.paused: gives a value of no declared type, not a bool: compare it, as in == true',
    ]);
    expect(faults('variables.a', { result: 'bool' })).toEqual([]);
    expect(faults('request.dryRun', { result: 'bool' })).toEqual([]);
  });
});

test('never throws, whatever stands there, and points into the text', () => {
  const pieces = [
    'object',
    '.',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '?',
    ':',
    ',',
    '&&',
    '=',
    '1',
    'a',
    '\\',
    '`',
    '\n',
    '!',
    '-',
    'in',
    '#',
  ];
  let seed = 7;
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return seed;
  };
  for (let round = 0; round < 5000; round++) {
    let text = '';
    for (let length = next() % 12; length >= 0; length--) text += pieces[next() % pieces.length];
    for (const { start, end } of checkCel(text, scope)) {
      expect({ text, inside: start >= 0 && start <= end && end <= text.length }).toEqual({ text, inside: true });
    }
  }
  expect(checkCel('('.repeat(100_000), scope)).toHaveLength(1);
  expect(checkCel(`object${'.a'.repeat(100_000)}`, scope)).toHaveLength(1);
  expect(checkCel(`object${'[0]'.repeat(100_000)}`, scope)).toHaveLength(1);
  expect(checkCel(`object${' + object'.repeat(100_000)}`, scope)).toEqual([]);
  expect(checkCel('!'.repeat(100_000), scope)).toHaveLength(1);
});
