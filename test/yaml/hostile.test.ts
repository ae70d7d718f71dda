import { describe, expect, test } from 'vitest';
import { SourceFile } from '../../src/text/source-file.ts';
import type { Document } from '../../src/yaml/document.ts';
import { parse } from '../../src/yaml/parse.ts';
import { parseReference } from '../../src/yaml/reference.ts';

function read(text: string): readonly Document[] {
  return parse(new SourceFile('a.yaml', text));
}

function messageOf(text: string): string | undefined {
  return read(text)[0]?.errors[0]?.message;
}

/** Texts that grow with `size`, each a way to make a careless reader slow. */
const GROWING: Readonly<Record<string, (size: number) => string>> = {
  'many keys': (size) => numbered(size, (at) => `key${at}: v\n`),
  'one key again and again': (size) => 'a: 1\n'.repeat(size),
  'open brackets': (size) => '['.repeat(size),
  dashes: (size) => `${'- '.repeat(size)}a\n`,
  'a long list in brackets': (size) => `[${'a, '.repeat(size)}]\n`,
  'many keys in braces': (size) => `{${numbered(size, (at) => `k${at}: 1, `)}}\n`,
  'escapes in quotes': (size) => `a: "${'x\\n'.repeat(size)}"\n`,
  'lines in quotes': (size) => `a: "${'x y\n  '.repeat(size)}"\n`,
  'a plain scalar of many lines': (size) => `a: ${'x y\n  '.repeat(size)}\n`,
  'blanks in a plain scalar': (size) => `a: x${' '.repeat(size)}b\n`,
  'a block scalar': (size) => `a: |\n${'  text\n'.repeat(size)}`,
  'a folded block scalar': (size) => `a: >\n${'  text\n\n'.repeat(size)}`,
  comments: (size) => `${'# c\n'.repeat(size)}a: 1\n`,
  'blank lines': (size) => `a: 1\n${'\n'.repeat(size)}b: 2\n`,
  documents: (size) => '---\na: 1\n'.repeat(size),
  'broken documents': (size) => '---\na: [\n'.repeat(size),
  'anchors and aliases': (size) => numbered(size, (at) => `k${at}: &a${at} {x: 1}\nl${at}: *a${at}\n`),
  quotes: (size) => `a: ${'"'.repeat(size)}`,
  colons: (size) => ': '.repeat(size),
  'question marks': (size) => '? '.repeat(size),
  tags: (size) => '!!str '.repeat(size),
  'a JSON list': (size) => `{"a": [${'1, '.repeat(size)}1]}`,
  'JSON texts': (size) => '{"a": 1}\n'.repeat(size),
  'a quote that never closes': (size) => `a: "${'x\n'.repeat(size)}`,
  'a long key': (size) => `${'k'.repeat(size)}: 1\n`,
  'words in brackets': (size) => `[${'a '.repeat(size)}]`,
  'carriage returns': (size) => 'a: 1\r'.repeat(size),
  // The keys differ, their hashes do not.
  'keys of one hash': (size) =>
    numbered(size, (at) => `${at.toString(2).padStart(20, '0').replace(/0/g, 'Aa').replace(/1/g, 'BB')}: 1\n`),
};

describe('no text takes longer than its length allows', () => {
  for (const [about, make] of Object.entries(GROWING)) {
    // What grows with the square of the size would take minutes.
    test(about, { timeout: 10_000 }, () => {
      const file = new SourceFile('a.yaml', make(15_000));
      expect(parse(file).length).toBeGreaterThan(0);
      expect(parseReference(file).length).toBeGreaterThan(0);
    });
  }
});

describe('a long stream is not searched to its end for each document', () => {
  const long = 'x'.repeat(1500);
  for (const [about, document] of [
    ['without comments', `---\na: ${long}\n`],
    ['without keys', `---\n${long}\n`],
  ] as const) {
    test(about, { timeout: 10_000 }, () => {
      expect(read(document.repeat(30_000)).length).toBe(30_000);
    });
  }
});

describe('what would not end or not fit is reported', () => {
  test('nesting', () => {
    const deep = 'nesting is deeper than 500 levels';
    expect(messageOf('['.repeat(10_000))).toBe(deep);
    expect(messageOf(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)).toBe(deep);
    expect(messageOf(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)).toBe(deep);
    expect(messageOf(`${'- '.repeat(10_000)}a`)).toBe(deep);
    expect(messageOf(Array.from({ length: 2000 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''))).toBe(deep);
    expect(messageOf(`${'['.repeat(500)}${']'.repeat(500)}`)).toBeUndefined();
    const chain = numbered(600, (at) => `k${at}: &a${at + 1} [*a${at}]\n`);
    expect(messageOf(`a: &a0 1\n${chain}`)).toBe(deep);
  });

  test('aliases that multiply', () => {
    const bomb = numbered(12, (at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]\n`);
    expect(messageOf(`a0: &a0 [x]\n${bomb}`)).toBe('aliases make the document too large');
    const merges = numbered(
      12,
      (at) => `a${at + 1}: &a${at + 1} {<<: [${Array(9).fill(`*a${at}`).join(', ')}], b${at}: *a${at}}\n`,
    );
    expect(messageOf(`a0: &a0 {x: 1}\n${merges}`)).toBe('aliases make the document too large');
    expect(messageOf('a: &a [*a]')).toBe('alias "*a" stands inside its own anchor');
  });

  test('size, unless the document is simple', { timeout: 60_000 }, () => {
    const large = '- a list item that takes some room on its line\n'.repeat(350_000);
    expect(messageOf(large)).toBeUndefined();
    expect(messageOf(`${large}- &z 1\n`)).toBe(
      'the document is larger than 16 MB and not simple enough to be read at that size',
    );
  });

  test('keys that are properties of every object', () => {
    const text = '__proto__: {polluted: 1}\nconstructor: 2\ntoString: 3\nhasOwnProperty: 4\n';
    for (const source of [text, JSON.stringify(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}'))]) {
      const value = read(source)[0]!.value as Record<string, unknown>;
      expect(Object.keys(value).slice(0, 2)).toEqual(['__proto__', 'constructor']);
      expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ polluted: 1 });
      expect(value['valueOf']).toBeUndefined();
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('integers that a double cannot hold', () => {
    expect(read('- 9007199254740993\n- 18446744073709551615\n- 18446744073709551616\n')[0]!.value).toEqual([
      9007199254740993n,
      18446744073709551615n,
      18446744073709552000,
    ]);
  });
});

describe('a fault spoils its own document', () => {
  test('those before and after count', () => {
    const text = 'a: 1\n---\nb: [\n---\nc: 3\n--- {d: 4}\ne: 5\n---\nf: 6\n...\ng: 7\n---\nh: 8\n';
    expect(read(text).map(({ value, errors }) => errors[0]?.message ?? value)).toEqual([
      { a: 1 },
      '"[" is not closed',
      { c: 3 },
      'only a comment can stand on the line of `---`',
      { f: 6 },
      'the document ends before this line, and Kubernetes ignores the rest up to the next `---`',
      { h: 8 },
    ]);
  });

  test('the place is where one has to look', () => {
    const placeOf = (text: string): string => {
      const [error] = read(text).flatMap(({ errors }) => errors);
      return error === undefined ? 'none' : `${text.slice(error.span.start, error.span.end)} — ${error.message}`;
    };
    expect(placeOf('a:\n  b: 1\n c: 2\n')).toBe('c — the indentation of this line fits no line above');
    expect(placeOf('a:\n\tb: 1\n')).toBe('\t — a tab cannot indent');
    expect(placeOf('a: b: c\n')).toBe(': — a value that holds ": " or ends in ":" must be quoted');
    expect(placeOf('a: 1\nfoo bar\nb: 2\n')).toBe(
      'foo bar — a key is expected here, and `:` does not follow on its line',
    );
    expect(placeOf('a: "x\nb: 1\n')).toBe('"x — a quoted value lacks its closing quote');
    expect(placeOf('a: @x\n')).toBe('@ — a value cannot begin with "@" unless it is quoted');
    expect(placeOf('a: "\\d"\n')).toBe('\\d — "\\d" is no escape in a double-quoted value');
    expect(placeOf('a: *x\n')).toBe('*x — alias "*x" has no anchor before it');
    expect(placeOf('a: {b: 1\nc: 2\n')).toBe(': — "," or "}" is expected here');
    expect(placeOf('a: {b: 1\n')).toBe('{ — "{" is not closed');
    expect(placeOf('a: .inf\n')).toBe('.inf — .inf is no number that Kubernetes can take');
    expect(placeOf('a: x\u0001y\n')).toBe('\u0001 — control character U+0001 is not allowed');
    expect(placeOf('~: 1\n')).toBe('~ — a key is null, which Kubernetes does not take');
    expect(placeOf('a:\n- b\nc\n')).toBe('c — a key is expected here, and `:` does not follow on its line');
    expect(placeOf('a: 1\n- b\n')).toBe('- — a list item stands among the keys of a mapping');
  });
});

function numbered(size: number, make: (at: number) => string): string {
  return Array.from({ length: size }, (_, at) => make(at)).join('');
}
