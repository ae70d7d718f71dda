import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../src/text/diff.ts';
import { folderWith } from '../cli/run.ts';

describe('unified diff', () => {
  test('of one changed line', () => {
    expect(unifiedDiff('a.yaml', 'a\nb\nc\nd\ne\nf\ng\n', 'a\nb\nc\nX\ne\nf\ng\n')).toBe(
      '--- a/a.yaml\n+++ b/a.yaml\n@@ -1,7 +1,7 @@\n a\n b\n c\n-d\n+X\n e\n f\n g\n',
    );
  });

  test('of the same text is nothing', () => {
    expect(unifiedDiff('a.yaml', 'a\n', 'a\n')).toBe('');
  });

  test.skipIf(spawnSync('git', ['--version']).status !== 0)('git applies it to any pair of texts', () => {
    const folder = folderWith({});
    mkdirSync(join(folder, 'w'));
    spawnSync('git', ['init', '--quiet', '--template=', join(folder, 'w')]);
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 14 })
      .chain((lines) => fc.constantFrom('\n', '').map((end) => lines.join('\n') + end))
      .filter((each) => each !== '');
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        writeFileSync(join(folder, 'w/x.txt'), before);
        const { status, stderr } = spawnSync('git', ['apply', '--whitespace=nowarn', '-'], {
          cwd: join(folder, 'w'),
          input: unifiedDiff('x.txt', before, after),
        });
        expect({ status, stderr: stderr.toString(), text: readFileSync(join(folder, 'w/x.txt'), 'utf8') }).toEqual({
          status: 0,
          stderr: '',
          text: after,
        });
      }),
      { numRuns: 100 },
    );
  });
});
