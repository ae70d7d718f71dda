import { expect, test } from 'vitest';
import { type Directive, parseCorefile } from '../../src/k8s/dns/corefile.ts';

type Shown = readonly [words: string, block: readonly Shown[]];

const shown = ({ words, block }: Directive): Shown => [words.map(({ text }) => text).join('|'), block.map(shown)];
const read = (text: string) => parseCorefile(text)?.map(shown);

test('servers, plugins and their blocks', () => {
  expect(
    read(
      '.:53 example.com {\n  errors # all\n  log . "{remote} {type}"\n  kubernetes a b {\n    pods x\n  }\n}\n(s) {\n}\n',
    ),
  ).toEqual([
    [
      '.:53|example.com',
      [
        ['errors', []],
        ['log|.|{remote} {type}', []],
        ['kubernetes|a|b', [['pods|x', []]]],
      ],
    ],
    ['(s)', []],
  ]);
});

test('quotes over lines, escapes, a number sign within a word', () => {
  expect(read('a "b\nc \\"d\\"" e#f\n"{"\n"}"')).toEqual([
    ['a|b\nc "d"|e#f', []],
    ['{', []],
    ['}', []],
  ]);
});

test('braces that do not match are no Corefile', () => {
  expect(['. {\n', '}\n', '. {\n}\n}\n', `${'a {\n'.repeat(25)}${'}\n'.repeat(25)}`].map(read)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('no cut of a text throws', () => {
  const text = '.:53 {\n  hosts {\n    1.2.3.4 "a\\" b" # c\n  }\n}\n';
  for (let end = 0; end <= text.length; end++) parseCorefile(text.slice(0, end));
});
