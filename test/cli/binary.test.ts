import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderWith, ONE_RULE, PLAIN_POD, PRIVILEGED_POD, run } from './run.ts';

const root = join(import.meta.dirname, '../..');
const bin = join(root, 'bin/kubesec-lint.cjs');
const FINDING = 'pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n';

let cache = '';

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'kubesec-lint-cache-'));
  const built = spawnSync(join(root, 'node_modules/.bin/tsx'), [join(root, 'scripts/build.ts'), '--program'], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stderr);
}, 120_000);

afterAll(() => rmSync(cache, { recursive: true, force: true }));

function execute(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly node?: readonly string[] } = {},
) {
  const { cwd = folderWith({ 'pod.yaml': PRIVILEGED_POD }), input = '', node = [] } = options;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, bin, ...argv], {
    cwd,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: {
      ...process.env,
      KUBESEC_LINT_CODE_CACHE: cache,
      SOURCE_DATE_EPOCH: '1767225600',
      FORCE_COLOR: '',
      NO_COLOR: '1',
    },
  });
  return { status, stdout, stderr };
}

describe('the built program', () => {
  test('says the same whatever --jobs, --cache and --shard are', () => {
    const examples = join(root, 'examples');
    const lint = (...args: readonly string[]) =>
      execute(['--preset', 'all', '-f', 'json', ...args, 'insecure', 'hardened'], { cwd: examples });
    const alone = lint('--jobs', '1');
    expect(alone.status).toBe(1);
    expect(lint('--jobs', '2')).toEqual(alone);
    expect(lint('--jobs', '100')).toEqual(alone);
    const kept = ['--cache', '--cache-dir', join(cache, 'results')];
    expect([lint(...kept), lint(...kept)]).toEqual([alone, alone]);

    const parts = [1, 2, 3].map((part) => {
      const file = join(cache, `part-${part}`);
      execute(['--preset', 'all', '--shard', `${part}/3`, '-o', file, 'insecure', 'hardened'], { cwd: examples });
      return file;
    });
    expect(execute(['merge', '--preset', 'all', '-f', 'json', ...parts], { cwd: examples })).toEqual(alone);
  });

  test('with --cache sees what is new, changed and gone', () => {
    const cwd = folderWith({
      'a.yaml': PRIVILEGED_POD,
      'b.yaml': PRIVILEGED_POD.replace('privileged: true', 'privileged: false'),
    });
    const lint = (...args: readonly string[]) => execute(['-f', 'json', ...args, '.'], { cwd });
    const kept = ['--cache', '--cache-dir', join(cache, 'changing')];
    for (const change of [
      () => {},
      () => writeFileSync(join(cwd, 'b.yaml'), PRIVILEGED_POD),
      () => writeFileSync(join(cwd, 'c.yaml'), PRIVILEGED_POD),
      () => rmSync(join(cwd, 'a.yaml')),
      () => writeFileSync(join(cwd, 'c.yaml'), 'neither: this\n'),
    ]) {
      change();
      const anew = lint();
      expect([lint(...kept), lint(...kept)]).toEqual([anew, anew]);
    }
  });

  test('answers as the sources do', () => {
    const cwd = folderWith({ 'pod.yaml': PRIVILEGED_POD, 'anchors.yaml': `${PRIVILEGED_POD}  x: &a 1\n  y: *a\n` });
    for (const argv of [
      ['--preset', 'all', '.'],
      ['--preset', 'all', '-f', 'json', '*.yaml'],
      ['--preset', 'all', '-f', 'sarif', '.'],
      ['--preset', 'pss-baseline', '-f', 'github', '.'],
      ['explain', 'privileged-container'],
      ['rules', '-f', 'json'],
      ['--help'],
      ['--fromat'],
    ]) {
      expect(execute(argv, { cwd })).toEqual(run(argv, { cwd }));
    }
  });

  test('reads standard input from a pipe', () => {
    expect(execute([...ONE_RULE, '-f', 'oneline', '-'], { input: PRIVILEGED_POD }).stdout).toBe(
      FINDING.replace('pod.yaml', 'stdin'),
    );
  });

  test('reads a configuration and a plugin', () => {
    const cwd = folderWith({
      'pod.yaml': PRIVILEGED_POD,
      'kubesec-lint.yaml': 'extends: none\nrules: {privileged-container: low}\nplugins: [./acme.mjs]\n',
      'acme.mjs': 'export default { name: "acme", rules: [] };\n',
    });
    expect(execute(['-f', 'oneline', '.'], { cwd })).toEqual({
      status: 0,
      stdout: FINDING.replace('critical', 'low'),
      stderr: '',
    });
  });

  test('loads one file for a run that asks for nothing else', () => {
    const report = join(cache, 'loaded.cjs');
    writeFileSync(
      report,
      "process.on('exit', () => process.stderr.write(Object.keys(require.cache).map((path) => require('path').basename(path)).sort().join()));\n",
    );
    const cwd = folderWith({ 'pod.yaml': PLAIN_POD, '.gitignore': 'out/\n' });
    const { stderr } = execute([...ONE_RULE, '-f', 'json', '.'], { cwd, node: ['--require', report] });
    expect(stderr).toBe('kubesec-lint.cjs,kubesec-lint.cjs,loaded.cjs');
  });
});

describe('the code cache', () => {
  test('is written once, and a damaged one does no harm', () => {
    expect(execute([...ONE_RULE, '-f', 'oneline', '.']).stdout).toBe(FINDING);
    const files = () => readdirSync(cache).filter((name) => name.endsWith('.bin'));
    expect(files()).toHaveLength(1);
    const path = join(cache, files()[0]!);
    writeFileSync(path, 'not a cache');
    expect(execute([...ONE_RULE, '-f', 'oneline', '.']).stdout).toBe(FINDING);
    expect(readFileSync(path).length).toBeGreaterThan(1000);
    writeFileSync(path, readFileSync(path).subarray(0, 5000));
    expect(execute([...ONE_RULE, '-f', 'oneline', '.']).stdout).toBe(FINDING);
  });
});

describe('a reader of the output', () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `${index}.yaml`,
      Array.from({ length: 60 }, () => PRIVILEGED_POD).join('---\n'),
    ]),
  );

  test('that is slow gets every byte', async () => {
    const cwd = folderWith(many);
    const whole = execute([...ONE_RULE, '-f', 'json', '.'], { cwd }).stdout;
    expect(whole.length).toBeGreaterThan(500_000);
    const child = spawn(process.execPath, [bin, ...ONE_RULE, '-f', 'json', '.'], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let read = '';
    await new Promise((resolve) => setTimeout(resolve, 400));
    child.stdout.setEncoding('utf8');
    for await (const chunk of child.stdout) {
      read += chunk;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(read).toBe(whole);
  });

  test('that goes away ends the program without a word', async () => {
    const child = spawn(process.execPath, [bin, ...ONE_RULE, '-f', 'json', '.'], {
      cwd: folderWith(many),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect({ stderr, crashed: status === null || Number(status) > 1 }).toEqual({ stderr: '', crashed: false });
  });
});
