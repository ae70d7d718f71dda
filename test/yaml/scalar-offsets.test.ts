import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';
import { scalarOffsets } from '../../src/yaml/scalar-offsets.ts';

function offsetsOf(text: string): { value: string; at: (word: string) => string } {
  const [document] = parse(new SourceFile('a.yaml', text));
  const node = document!.root.at(['data', 'key']);
  const value = node.string!;
  const toText = scalarOffsets(node)!;
  return {
    value,
    at: (word) => {
      const from = value.indexOf(word);
      return text.slice(toText(from), toText(from + word.length));
    },
  };
}

test.each([
  ['literal block', 'data:\n  key: |\n    one: 1\n\n      two: 2\n    three: 3\n'],
  ['literal block, stripped, with CRLF', 'data:\r\n  key: |-\r\n    one: 1\r\n\r\n    two: 2\r\n    three: 3\r\n'],
  ['literal block with an indentation indicator', 'data:\n  key: |2\n     one: 1\n      two: 2\n     three: 3\n'],
  ['folded block', 'data:\n  key: >\n    one: 1\n    and\n\n    two: 2\n      more\n    three: 3\n'],
  ['double-quoted', 'data:\n  key: "one: 1\\n  two: 2\\u00e4\\nthree: 3"\n'],
  ['double-quoted over several lines', 'data:\n  key: "one: 1\n\n    two: 2 \\\n    three: 3"\n'],
  ['single-quoted', "data:\n  key: 'one: 1 ''quoted'' two: 2\n\n    three: 3'\n"],
  ['plain over several lines', 'data:\n  key: one, 1\n    two\n\n    three\n'],
  ['JSON', '{"data": {"key": "{\\"one\\": 1, \\"two\\": 2, \\"three\\": 3}"}}'],
])('%s', (_, text) => {
  const { at } = offsetsOf(text);
  expect([at('one'), at('two'), at('three')]).toEqual(['one', 'two', 'three']);
});

test('the end of the value is the end of the text', () => {
  const text = 'data:\n  key: |\n    one: 1\n';
  const [document] = parse(new SourceFile('a.yaml', text));
  const toText = scalarOffsets(document!.root.at(['data', 'key']))!;
  expect(text.slice(toText(0), toText(99))).toBe('one: 1');
});

test('a value that came through an alias keeps the place where it was written', () => {
  const text = 'base: &a "x y"\ndata:\n  key: *a\n';
  const [document] = parse(new SourceFile('a.yaml', text));
  const toText = scalarOffsets(document!.root.at(['data', 'key']));
  expect(toText?.(2) ?? 'none').toSatisfy((at: unknown) => at === 'none' || text[at as number] === 'y');
});

test('every visible character of any value is found where it stands', () => {
  const word = fc.constantFrom('a', 'b: c', '"', "'", '\\', '#', '- x', '  ', '\n', '\n\n', 'ä', '😀', '\t', 'é');
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => `q${words.join('')}`),
      fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
      (value, type) => {
        const text = stringify({ data: { key: value } }, { defaultStringType: type as 'PLAIN', lineWidth: 20 });
        const [document] = parse(new SourceFile('a.yaml', text));
        const node = document!.root.at(['data', 'key']);
        if (node.string !== value) return;
        const toText = scalarOffsets(node)!;
        let before = -1;
        for (let at = 0; at < value.length; at++) {
          const offset = toText(at);
          expect(offset).toBeGreaterThanOrEqual(before);
          before = offset;
          if (/[ab:c\-x#äé]/.test(value[at]!)) expect(text[offset]).toBe(value[at]);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
