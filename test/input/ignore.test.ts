import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IgnoreStack } from '../../src/input/ignore.ts';
import { matchesFile, parsePathPatterns } from '../../src/text/path-pattern.ts';
import { folderWith } from '../cli/run.ts';

describe('path patterns', () => {
  test.each<[string, string, boolean]>([
    ['*.yaml', 'a/b.yaml', true],
    ['/*.yaml', 'a/b.yaml', false],
    ['testdata/', 'a/testdata/b/c.yaml', true],
    ['testdata/', 'a/testdata', false],
    ['a/**/z.yaml', 'a/z.yaml', true],
    ['a/**/z.yaml', 'a/b/c/z.yaml', true],
    ['**/z.yaml', 'z.yaml', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a?c', 'a/c', false],
    ['[a-c].yaml', 'b.yaml', true],
    ['[!a-c].yaml', 'b.yaml', false],
    ['\\#a', '#a', true],
    ['# comment', '# comment', false],
    ['(a|b)+.yaml', '(a|b)+.yaml', true],
  ])('%s on %s: %s', (pattern, path, matches) => {
    expect(matchesFile(parsePathPatterns([pattern]), path)).toBe(matches);
  });
});

/** Names and patterns of few letters, so that they meet. */
const name = fc.stringMatching(/^[ab.]{1,2}$/).filter((text) => !/^\.+$/.test(text));
const path = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((steps) => steps.join('/'))
  .filter((each) => each !== 'a');
const piece = fc.constantFrom('a', 'b', '*', '?', '**', '[ab]', '[!a]', 'a*', '*.b', '\\a', '.');
const pattern = fc
  .tuple(fc.constantFrom('', '!', '/'), fc.array(piece, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '/'))
  .map(([front, pieces, end]) => front + pieces.join('/') + end);

describe.skipIf(spawnSync('git', ['--version']).status !== 0)('agreement with git', () => {
  test('on random patterns and paths', () => {
    const folder = folderWith({});
    execFileSync('git', ['init', '--quiet', '--template=', folder]);
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 4 }),
        fc.array(pattern, { maxLength: 2 }),
        fc.uniqueArray(path, { minLength: 1, maxLength: 12 }),
        (lines, inner, paths) => {
          writeFileSync(join(folder, '.gitignore'), `${lines.join('\n')}\n`);
          mkdirSync(join(folder, 'a'), { recursive: true });
          writeFileSync(join(folder, 'a', '.gitignore'), `${inner.join('\n')}\n`);
          const ours = paths.filter((each) =>
            IgnoreStack.above(dirname(join(folder, each))).ignoresWithin(join(folder, each), false),
          );
          expect([...ours].sort()).toEqual(ignoredByGit(folder, paths));
        },
      ),
      { numRuns: 80 },
    );
  });
});

function ignoredByGit(folder: string, paths: readonly string[]): readonly string[] {
  const { stdout } = spawnSync('git', ['-C', folder, 'check-ignore', '--no-index', '--stdin', '-z'], {
    input: `${paths.join('\0')}\0`,
  });
  return stdout
    .toString()
    .split('\0')
    .filter((each) => each !== '')
    .sort();
}
