import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, ONE_RULE, PLAIN_POD, PRIVILEGED_POD, run } from './run.ts';

const LINT = [...ONE_RULE, '-f', 'oneline', '.'] as const;

test('what a baseline holds is reported no more, what is new is', () => {
  const cwd = folderWith({ 'a.yaml': PRIVILEGED_POD });
  expect(run([...LINT, '--write-baseline', 'ci/baseline.json'], { cwd })).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
  expect(readFileSync(join(cwd, 'ci/baseline.json'), 'utf8')).toMatch(
    /^\{"kubesecLintBaseline":1,"findings":\[\n\{"fingerprint":"[0-9a-f]{16}","ruleId":"privileged-container","file":"a.yaml"\}\n\]\}\n$/,
  );
  // Lines may move.
  writeFileSync(join(cwd, 'a.yaml'), `# moved\n${PRIVILEGED_POD}`);
  expect(run([...LINT, '--baseline', 'ci/baseline.json'], { cwd })).toEqual({ status: 0, stdout: '', stderr: '' });

  writeFileSync(join(cwd, 'b.yaml'), PRIVILEGED_POD.replace('name: api\nspec', 'name: other\nspec'));
  expect(run([...LINT, '--baseline', 'ci/baseline.json'], { cwd })).toEqual({
    status: 1,
    stdout: 'b.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n',
    stderr: '',
  });
});

test('it counts: a second finding of the same kind is new', () => {
  const cwd = folderWith({ 'a.yaml': PRIVILEGED_POD });
  run([...LINT, '--write-baseline', 'baseline.json'], { cwd });
  writeFileSync(join(cwd, 'a.yaml'), `${PRIVILEGED_POD}---\n${PRIVILEGED_POD}`);
  expect(run([...LINT, '--baseline', 'baseline.json'], { cwd }).status).toBe(1);
});

test('what is gone from it is told', () => {
  const cwd = folderWith({ 'a.yaml': PRIVILEGED_POD });
  run([...LINT, '--write-baseline', 'baseline.json'], { cwd });
  writeFileSync(join(cwd, 'a.yaml'), PLAIN_POD);
  expect(run([...LINT, '--baseline', 'baseline.json'], { cwd })).toEqual({
    status: 0,
    stdout: '',
    stderr: 'kubesec-lint: 1 of the findings in baseline.json is gone; --write-baseline renews it\n',
  });
});

test('another file is refused', () => {
  const files = { 'a.yaml': PLAIN_POD, 'report.json': '{"findings": []}' };
  expect(run([...LINT, '--baseline', 'report.json'], { files }).stderr).toBe(
    'kubesec-lint: report.json is no baseline; --write-baseline report.json makes one\n',
  );
  expect(run([...LINT, '--baseline', 'none.json'], { files }).status).toBe(2);
});
