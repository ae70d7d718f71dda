import { describe, expect, test } from 'vitest';
import { readRego } from '../../src/k8s/gatekeeper/rego.lazy.ts';

const faults = (text: string, version: 'v0' | 'v1' = 'v0', isLibrary = false) =>
  readRego(text, isLibrary, version).faults.map(
    ({ message, effect, start, end }) => `${effect} ${text.slice(start, end)}: ${message}`,
  );

describe('Rego', () => {
  test.each<[string, 'v0' | 'v1', string]>([
    ['a message', 'v0', 'package a\nviolation[{"msg": msg, "details": {"a": 1}}] { msg := "no" }'],
    ['a function for a message', 'v0', 'package a\nviolation[{"msg": text(x)}] { x := 1 }\ntext(x) = y { y := x }'],
    ['a variable for the object', 'v0', 'package a\nviolation[result] { result := {"msg": "no"} }'],
    ['brackets in strings and comments', 'v0', 'package a\n# }\nviolation[{"msg": "}{"}] { x := `"{` }'],
    ['keywords of v1', 'v1', 'package a\nviolation contains {"msg": "no"} if { true }'],
    [
      'keywords by import',
      'v0',
      'package a\nimport future.keywords.contains\nimport future.keywords.if\nviolation contains {"msg": "no"} if { true }',
    ],
    ['a field named data', 'v0', 'package a\nviolation[{"msg": "no"}] { input.review.object.data.x == 1 }'],
  ])('%s', (_, version, text) => {
    expect(faults(text, version)).toEqual([]);
  });

  test.each<[string, readonly string[]]>([
    ['violation[{"msg": "no"}] { true }', ['refused violation: the module does not begin with its package']],
    [
      'package a\nvoilation[{"msg": "no"}] { true }',
      ['refused voilation: no rule is named violation: "voilation" is not asked'],
    ],
    [
      'package a\nviolation[{"message": m}] { m := "no" }',
      ['ineffective "message": the object of a violation has the key "msg", not "message"'],
    ],
    [
      'package a\nviolation { true }',
      ['refused violation: the rule violation has to make a set: violation[{"msg": msg}]'],
    ],
    ['package a\nviolation[{"msg": "no"}] { (true }', ['refused }: "}" closes nothing']],
    ['package a\nviolation[{"msg": "no}] { true }', ['refused ": a string is not closed']],
    [
      'package a\nviolation[{"msg": "no"}] { input.request.kind }',
      ['ineffective input.request.kind: there is no input.request: the object under review is input.review'],
    ],
    [
      'package a\nviolation[{"msg": "no"}] { input.constraint.spec.parameters.x }',
      ['ineffective input.constraint.spec.parameters.x: the parameters of a constraint are input.parameters'],
    ],
    [
      'package a\nviolation[{"msg": "no"}] { http.send({}) }',
      ['refused http.send: http.send is switched off in Gatekeeper as it installs itself'],
    ],
    [
      'package a\nimport data.other.x\nviolation[{"msg": "no"}] { true }',
      ['refused data.other.x: a template reads data.inventory and data.lib alone, not data.other'],
    ],
  ])('%s', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  test('the package of a library', () => {
    expect(faults('package lib.a\nf { true }', 'v0', true)).toEqual([]);
    expect(faults('package a\nf { true }', 'v0', true)).toEqual([
      'refused a: the package of a library begins with lib, not "a"',
    ]);
  });

  test('what it reads', () => {
    const { parameters, inventory, libraries } = readRego(
      `package a
import data.lib.x.f
violation[{"msg": "no"}] {
  input.parameters.labels[_]
  input.parameters["mode"]
  data.inventory.cluster["v1"]["Namespace"][n]
  data.inventory.namespace[ns]["apps/v1"].Deployment[name]
  data.inventory.namespace[ns][version]["Pod"][name]
}`,
      false,
      'v0',
    );
    expect({
      parameters: parameters.map(({ name }) => name),
      inventory,
      libraries: libraries.map(({ path }) => path),
    }).toEqual({
      parameters: ['labels', 'mode'],
      inventory: [
        { version: 'v1', kind: 'Namespace' },
        { version: 'apps/v1', kind: 'Deployment' },
      ],
      libraries: ['lib.x.f'],
    });
  });
});
