import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { applyEdits, editsOverlap } from '../../src/text/edits.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { applyChanges, type Change } from '../../src/yaml/change.ts';
import type { Document } from '../../src/yaml/document.ts';
import { editsFor } from '../../src/yaml/edit.ts';
import { parse } from '../../src/yaml/parse.ts';
import { isList, isMap, type Value } from '../../src/yaml/value.ts';
import { Random, restyle } from './random-yaml.ts';
import { SNIPPETS } from './snippets.ts';

const POD = `apiVersion: v1
kind: Pod
spec:
  # the one
  containers:
    - name: c # main
      image: 'nginx:1.25' # pinned
      securityContext:
        privileged: true # why
        capabilities: {add: [NET_ADMIN, SYS_ADMIN], drop: []}
    - image: x
      name: d
  hostNetwork: true

# end
`;
const C0 = ['spec', 'containers', 0] as const;

describe('single changes', () => {
  const cases: readonly {
    readonly title: string;
    readonly from: string;
    readonly changes: readonly Change[];
    readonly to: string;
  }[] = [
    {
      title: 'a scalar keeps its quotes and its comment',
      from: 'a: \'x\' # c\nb: true   # d\nc: "q"\n',
      changes: [
        { op: 'set', path: ['a'], value: 'it is' },
        { op: 'set', path: ['b'], value: false },
        { op: 'set', path: ['c'], value: 'no' },
      ],
      to: 'a: \'it is\' # c\nb: false   # d\nc: "no"\n',
    },
    {
      title: 'a string that would be read as something else gets quotes',
      from: 'a: x\nb: y1\nc: z1\nd: d1\n',
      changes: [
        { op: 'set', path: ['a'], value: 'yes' },
        { op: 'set', path: ['b'], value: '0644' },
        { op: 'set', path: ['c'], value: 'a: b' },
        { op: 'set', path: ['d'], value: 'line\nbreak' },
      ],
      to: 'a: "yes"\nb: "0644"\nc: "a: b"\nd: "line\\nbreak"\n',
    },
    {
      title: 'several changes below one missing parent make one parent',
      from: 'kind: Pod\nspec:\n  containers:\n  - name: c\n',
      changes: [
        { op: 'set', path: [...C0, 'securityContext', 'runAsNonRoot'], value: true },
        { op: 'set', path: [...C0, 'securityContext', 'capabilities', 'drop'], value: ['ALL'] },
        { op: 'set', path: [...C0, 'securityContext', 'seccompProfile', 'type'], value: 'RuntimeDefault' },
      ],
      to: `kind: Pod
spec:
  containers:
  - name: c
    securityContext:
      runAsNonRoot: true
      capabilities:
        drop:
        - ALL
      seccompProfile:
        type: RuntimeDefault
`,
    },
    {
      title: 'an entry goes with its line and its comment, others stay',
      from: POD,
      changes: [
        { op: 'remove', path: ['spec', 'hostNetwork'] },
        { op: 'remove', path: [...C0, 'securityContext', 'privileged'] },
        { op: 'remove', path: [...C0, 'securityContext', 'capabilities', 'add', 0] },
      ],
      to: POD.replace('  hostNetwork: true\n', '')
        .replace('        privileged: true # why\n', '')
        .replace('NET_ADMIN, ', ''),
    },
    {
      title: 'the first entry behind a dash leaves its place to the next',
      from: '- a: 1 # c\n  # about b\n  b: 2\n- c: 3\n  d: 4\n',
      changes: [
        { op: 'remove', path: [0, 'a'] },
        { op: 'remove', path: [1, 'c'] },
      ],
      to: '- # about b\n  b: 2\n- d: 4\n',
    },
    {
      title: 'a mapping that loses its last entry stays, empty',
      from: 'a: # c\n  b: 1\nd:\n- x\n- y\n',
      changes: [
        { op: 'remove', path: ['a', 'b'] },
        { op: 'remove', path: ['d', 0] },
        { op: 'remove', path: ['d', 1] },
      ],
      to: 'a: {} # c\nd: []\n',
    },
    {
      title: 'a list item goes',
      from: POD,
      changes: [{ op: 'remove', path: ['spec', 'containers', 1] }],
      to: POD.replace('    - image: x\n      name: d\n', ''),
    },
    {
      title: 'a list item is added in the way of the list',
      from: 'a:\n- x: 1\n  y: 2 # c\nb: []\n',
      changes: [
        { op: 'set', path: ['a', 1], value: { x: 3, z: ['p', { q: 1 }] } },
        { op: 'set', path: ['b', 0], value: 'v' },
      ],
      to: 'a:\n- x: 1\n  y: 2 # c\n- x: 3\n  z:\n  - p\n  - q: 1\nb:\n- v\n',
    },
    {
      title: 'null, written or not, makes room',
      from: 'a: # c\nb: null # d\nc: ~\n',
      changes: [
        { op: 'set', path: ['a', 'x'], value: 1 },
        { op: 'set', path: ['b', 'x'], value: 1 },
        { op: 'set', path: ['c'], value: 1 },
      ],
      to: 'a: # c\n  x: 1\nb: # d\n  x: 1\nc: 1\n',
    },
    {
      title: 'a key is renamed, its quotes kept',
      from: '"a": 1 # c\nb: {c: 1, \'d\': 2}\n- x'.replace('\n- x', '\n'),
      changes: [
        { op: 'rename', path: ['a'], key: 'z' },
        { op: 'rename', path: ['b', 'c'], key: 'y' },
        { op: 'set', path: ['b', 'c'], value: 5 },
      ],
      to: '"z": 1 # c\nb: {"y": 5, \'d\': 2}\n',
    },
    {
      title: 'CRLF stays CRLF',
      from: 'a:\r\n  b: 1\r\nc: 2\r\n',
      changes: [
        { op: 'set', path: ['a', 'd', 'e'], value: true },
        { op: 'remove', path: ['c'] },
      ],
      to: 'a:\r\n  b: 1\r\n  d:\r\n    e: true\r\n',
    },
    {
      title: 'a file without a last line break',
      from: 'a: 1\nb: 2',
      changes: [
        { op: 'remove', path: ['b'] },
        { op: 'set', path: ['c'], value: 3 },
      ],
      to: 'a: 1\nc: 3',
    },
    {
      title: 'JSON on one line stays JSON',
      from: '{"a": {"b": 1}, "c": [1, 2]}\n',
      changes: [
        { op: 'set', path: ['a', 'd', 'e'], value: 'x' },
        { op: 'remove', path: ['c', 1] },
      ],
      to: '{"a": {"b": 1, "d": {"e": "x"}}, "c": [1]}\n',
    },
    {
      title: 'JSON over lines stays JSON',
      from: '{\n  "a": {\n    "b": 1\n  },\n  "c": [1, 2]\n}\n',
      changes: [
        { op: 'set', path: ['a', 'd'], value: true },
        { op: 'remove', path: ['c'] },
        { op: 'set', path: ['z'], value: 'x' },
      ],
      to: '{\n  "a": {\n    "b": 1,\n    "d": true\n  },\n  "z": "x"\n}\n',
    },
    {
      title: 'KYAML keeps its commas, quotes and comments',
      from: '---\n{\n  kind: "Pod", # what\n  spec: {\n    a: "b", # c\n  },\n}\n',
      changes: [
        { op: 'set', path: ['spec', 'd'], value: 'e' },
        { op: 'set', path: ['spec', 'f', 'g'], value: 'h' },
        { op: 'remove', path: ['kind'] },
      ],
      to: '---\n{\n  spec: {\n    a: "b", # c\n    d: "e",\n    f: {g: "h"},\n  },\n}\n',
    },
    {
      title: 'a block scalar that keeps its blank lines keeps them',
      from: 'a: |+\n  x\n\n\n',
      changes: [{ op: 'set', path: ['b'], value: 1 }],
      to: 'a: |+\n  x\n\n\nb: 1\n',
    },
    {
      title: 'collections give way to scalars and the other way round',
      from: 'a: # c\n  b: 1 # d\ne: 1 # f\ng:\n  - x\n',
      changes: [
        { op: 'set', path: ['a'], value: 1 },
        { op: 'set', path: ['e'], value: { h: 1 } },
        { op: 'set', path: ['g', 0], value: { i: [] } },
      ],
      to: 'a: 1 # c\ne: # f\n  h: 1\ng:\n  - i: []\n',
    },
  ];
  for (const { title, from, changes, to } of cases) {
    test(title, () => {
      const document = parse(new SourceFile('a.yaml', from))[0]!;
      expect(applyEdits(from, editsFor(document, changes))).toBe(to);
    });
  }

  test('only the document at hand changes', () => {
    const text = 'a: 1\n---\n  a: 1\n---\na: 1\n';
    const document = parse(new SourceFile('a.yaml', text))[1]!;
    expect(applyEdits(text, editsFor(document, [{ op: 'set', path: ['b'], value: 2 }]))).toBe(
      'a: 1\n---\n  a: 1\n  b: 2\n---\na: 1\n',
    );
  });

  test('what does not fit gives no edits', () => {
    const editsOf = (text: string, change: Change): number =>
      editsFor(parse(new SourceFile('a.yaml', text))[0]!, [change]).length;
    expect(editsOf('a: b\n', { op: 'set', path: ['a', 'c'], value: 1 })).toBe(0);
    expect(editsOf('a: [1]\n', { op: 'set', path: ['a', 5], value: 1 })).toBe(0);
    expect(editsOf('a: &x {k: 1}\nb: *x\n', { op: 'set', path: ['b', 'k'], value: 2 })).toBe(0);
    expect(editsOf('a: 1\nb: 2\n', { op: 'rename', path: ['a'], key: 'b' })).toBe(0);
    expect(editsOf('a: [\n', { op: 'set', path: ['a'], value: 1 })).toBe(0);
  });
});

describe('edits', () => {
  test('are applied in the order of the text, insertions at one place in their own', () => {
    const edits = [
      { span: { start: 3, end: 3 }, text: 'C' },
      { span: { start: 0, end: 1 }, text: 'x' },
      { span: { start: 3, end: 3 }, text: 'D' },
    ];
    expect(applyEdits('abcd', edits)).toBe('xbcCDd');
    expect(editsOverlap(edits)).toBe(false);
  });

  test('that overlap are refused', () => {
    const edits = [
      { span: { start: 0, end: 2 }, text: '' },
      { span: { start: 1, end: 3 }, text: '' },
    ];
    expect(editsOverlap(edits)).toBe(true);
    expect(() => applyEdits('abcd', edits)).toThrow(RangeError);
  });
});

describe('any changes of any document give exactly the changed value, and comments elsewhere stay', () => {
  test('manifests, nearly all of which can be changed', { timeout: 60_000 }, () => {
    const { made, refused, wrong } = changeAtRandom(readExamples(), 30);
    expect(wrong).toEqual([]);
    expect(made).toBeGreaterThan(300);
    expect(refused.length).toBeLessThan(made / 100);
  });

  test('odd texts', { timeout: 60_000 }, () => {
    const { made, wrong } = changeAtRandom(
      SNIPPETS.flatMap((group) => group.texts),
      31,
    );
    expect(wrong).toEqual([]);
    expect(made).toBeGreaterThan(300);
  });
});

interface Outcome {
  made: number;
  readonly refused: string[];
  readonly wrong: string[];
}

function changeAtRandom(texts: readonly string[], seed: number): Outcome {
  const random = new Random(seed);
  const outcome: Outcome = { made: 0, refused: [], wrong: [] };
  for (let round = 0; round < 1000; round++) {
    const text = restyle(random, random.pick(texts));
    const documents = parse(new SourceFile('a.yaml', text));
    const index = random.below(documents.length);
    const document = documents[index];
    if (document === undefined || documents.some(({ errors }) => errors.length > 0)) continue;
    // Whether the first text of a stream is JSON decides how kubectl reads the next.
    if (/^\s*\{/.test(text) && documents.length > 1) continue;
    const changes = Array.from({ length: 1 + random.below(4) }, () => randomChange(random, document.value));
    const wanted = applyChanges(document.value, changes);
    if (wanted === undefined || show(wanted) === show(document.value)) continue;
    const edits = editsFor(document, changes);
    if (edits.length === 0) {
      outcome.refused.push(`${JSON.stringify(text)} ${show(changes as never)}`);
      continue;
    }
    outcome.made++;
    const fault = faultOf(text, documents, index, wanted, applyEdits(text, edits), edits);
    if (fault !== undefined) outcome.wrong.push(`${fault}: ${JSON.stringify(text)} ${show(changes as never)}`);
  }
  return outcome;
}

function faultOf(
  text: string,
  before: readonly Document[],
  index: number,
  wanted: Value,
  edited: string,
  edits: ReturnType<typeof editsFor>,
): string | undefined {
  const after = parse(new SourceFile('a.yaml', edited));
  if (after.length !== before.length) return `${after.length} documents`;
  for (const [at, document] of after.entries()) {
    const expected = at === index ? wanted : before[at]!.value;
    if (show(document.value) !== show(expected)) return `document ${at} says ${show(document.value)}`;
  }
  const comments = new Map<string, number>();
  for (const document of after) {
    for (const { start, end } of document.comments) {
      const comment = edited.slice(start, end);
      comments.set(comment, (comments.get(comment) ?? 0) + 1);
    }
  }
  for (const document of before) {
    for (const { start, end } of document.comments) {
      if (edits.some(({ span }) => span.start < end && start < span.end)) continue;
      const comment = text.slice(start, end);
      const left = comments.get(comment) ?? 0;
      if (left === 0) return `comment ${comment} is lost`;
      comments.set(comment, left - 1);
    }
  }
  return undefined;
}

function randomChange(random: Random, value: Value): Change {
  const path: (string | number)[] = [];
  let at: Value | undefined = value;
  for (;;) {
    if (isMap(at) && Object.keys(at).length > 0 && random.chance(0.85)) {
      const key: string = random.pick(Object.keys(at));
      path.push(key);
      at = at[key];
    } else if (isList(at) && at.length > 0 && random.chance(0.85)) {
      const item = random.below(at.length);
      path.push(item);
      at = at[item];
    } else {
      break;
    }
  }
  const roll = random.next();
  if (roll < 0.3 && path.length > 0) return { op: 'remove', path };
  if (roll < 0.4 && typeof path.at(-1) === 'string') {
    return { op: 'rename', path, key: random.pick(['renamed', 'other key', 'yes']) };
  }
  if (roll < 0.7 && (isMap(at) || isList(at) || at === null)) {
    const keys = random.pick([
      ['added'],
      ['added', 'deeper'],
      ['securityContext', 'capabilities', 'drop'],
      ['"odd: key"'],
    ]);
    return { op: 'set', path: [...path, ...(isList(at) ? [at.length] : keys)], value: randomValue(random) };
  }
  return { op: 'set', path, value: randomValue(random) };
}

function randomValue(random: Random): Value {
  return random.pick<Value>([
    true,
    false,
    0,
    42,
    -1.5,
    null,
    'word',
    'two words',
    'yes',
    '0644',
    '',
    'a: b',
    '# no comment',
    "it's",
    'line\nbreak',
    ' blank ',
    '\u2028',
    'é😀',
    '*',
    '{{ x }}',
    12345678901234567890n,
    [],
    {},
    ['ALL'],
    { a: 1 },
    { a: { b: ['c', { d: null }] }, e: '' },
    [['x'], { y: 1 }],
  ]);
}

function show(value: Value): string {
  const sorted = (each: Value): unknown => {
    if (isList(each)) return each.map(sorted);
    if (isMap(each))
      return Object.keys(each)
        .sort()
        .map((key) => [key, sorted(each[key]!)]);
    return typeof each === 'bigint' ? `${each}n` : each;
  };
  return JSON.stringify(sorted(value));
}

function readExamples(): readonly string[] {
  const folder = new URL('../../examples/', import.meta.url);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
}
