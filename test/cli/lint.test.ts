import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, ONE_RULE, PLAIN_POD, PRIVILEGED_POD, run } from './run.ts';

const ONELINE = ['-f', 'oneline'] as const;

describe('exit status', () => {
  test.each([
    ['nothing found', [], PLAIN_POD, 0],
    ['a finding at the threshold', [], PRIVILEGED_POD, 1],
    ['a finding below the threshold', ['--rule', 'privileged-container=low'], PRIVILEGED_POD, 0],
    ['a threshold lowered to it', ['--rule', 'privileged-container=low', '--fail-on', 'low'], PRIVILEGED_POD, 1],
    ['a threshold that is never met', ['--fail-on', 'never'], PRIVILEGED_POD, 0],
  ])('%s', (_, options, manifest, status) => {
    expect(run([...ONE_RULE, ...options], { files: { 'pod.yaml': manifest } }).status).toBe(status);
  });

  test('a file that is missing is 2, and the others are still linted', () => {
    const { status, stdout } = run([...ONE_RULE, ...ONELINE, 'pod.yaml', 'gone.yaml'], {
      files: { 'pod.yaml': PRIVILEGED_POD },
    });
    expect({ status, stdout }).toEqual({
      status: 2,
      stdout:
        'pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n' +
        'gone.yaml: unreadable: no such file or folder\n',
    });
  });
});

describe('what is looked at', () => {
  test('a folder without any manifest is an error that says what was looked at', () => {
    const { status, stderr } = run(['sub'], { files: { 'sub/values.yaml': 'replicas: 3\n' } });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        'kubesec-lint: folder "sub" holds no Kubernetes manifest: 1 file looked at, none with apiVersion and kind; --allow-empty takes that\n',
    });
  });

  test('a pattern that matches nothing is an error', () => {
    const { status, stderr } = run(['k8s/*.yaml'], { files: { 'pod.yaml': PLAIN_POD } });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'kubesec-lint: pattern "k8s/*.yaml" matches no file\n' });
  });

  test('--allow-empty takes both', () => {
    expect(run(['--allow-empty', '.', 'k8s/*.yaml']).status).toBe(0);
  });

  test('a named file that is no manifest is skipped', () => {
    const { status, stdout } = run(['values.yaml'], { files: { 'values.yaml': 'replicas: 3\n' } });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: '0 files, 0 resources: no findings; 1 file skipped: 1 not a Kubernetes manifest\n',
    });
  });

  test('--verbose names what is skipped', () => {
    const files = { 'pod.yaml': PLAIN_POD, 'values.yaml': 'a: 1\n' };
    expect(run([...ONE_RULE, '--verbose', '.'], { files }).stderr).toBe(
      'skipped values.yaml: not a Kubernetes manifest\n',
    );
  });

  test('a file comes once, however often it is named', () => {
    const files = { 'a/pod.yaml': PRIVILEGED_POD };
    const { stdout } = run([...ONE_RULE, ...ONELINE, 'a', 'a/pod.yaml', './a/*.yaml'], { files });
    expect(stdout).toBe('a/pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n');
  });

  test('standard input carries the name it is given', () => {
    const { stdout, status } = run([...ONE_RULE, ...ONELINE, '-', '--stdin-filename', 'deploy/pod.yaml'], {
      stdin: PRIVILEGED_POD,
    });
    expect({ stdout, status }).toEqual({
      stdout: 'deploy/pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n',
      status: 1,
    });
  });

  test('Helm templates are named, not linted', () => {
    const files = {
      'chart/Chart.yaml': 'apiVersion: v2\nname: api\nversion: 1.0.0\n',
      'chart/templates/pod.yaml': PRIVILEGED_POD.replace('name: api', 'name: "{{ .Release.Name }}"'),
      'pod.yaml': PLAIN_POD,
    };
    const { stdout } = run([...ONE_RULE, '.'], { files });
    expect(stdout).toContain('1 file skipped: 1 Helm template');
  });

  test('.gitignore leaves out, unless the file or folder is named', () => {
    const files = { '.gitignore': 'out/\n', 'out/pod.yaml': PRIVILEGED_POD, 'pod.yaml': PLAIN_POD };
    expect(run([...ONE_RULE, '.'], { files }).status).toBe(0);
    expect(run([...ONE_RULE, 'out'], { files }).status).toBe(1);
    expect(run([...ONE_RULE, 'out/pod.yaml'], { files }).status).toBe(1);
  });

  test('--ignore leaves out even what is named', () => {
    const files = { 'test/pod.yaml': PRIVILEGED_POD, 'pod.yaml': PLAIN_POD };
    expect(run([...ONE_RULE, '.', '--ignore', 'test/'], { files }).status).toBe(0);
    const { status, stdout } = run([...ONE_RULE, 'test/pod.yaml', '--ignore', 'test/'], { files });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: '0 files, 0 resources: no findings; 1 file skipped: 1 left out by the ignore patterns\n',
    });
  });
});

describe('several reports of one run', () => {
  test('each goes where it is told', () => {
    const folder = folderWith({ 'pod.yaml': PRIVILEGED_POD });
    const { stdout } = run(
      [...ONE_RULE, '-f', 'oneline', '-f', 'json=out/report.json', '-f', 'sarif', '-o', 'report.sarif', '.'],
      {
        cwd: folder,
      },
    );
    expect(stdout).toBe('pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n');
    expect(JSON.parse(readFileSync(join(folder, 'out/report.json'), 'utf8')).summary.findings.critical).toBe(1);
    expect(JSON.parse(readFileSync(join(folder, 'report.sarif'), 'utf8')).runs[0].results).toHaveLength(1);
  });

  test('two on standard output are refused', () => {
    const { status, stderr } = run(['-f', 'json', '-f', 'sarif']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        'kubesec-lint: formats json and sarif would share standard output; give all but one a file: --format sarif=FILE\n',
    });
  });
});

describe('wrong use is answered with what was meant', () => {
  test.each([
    [['--fromat', 'json'], 'unknown option --fromat; did you mean --format'],
    [['-f', 'jsno'], 'there is no format "jsno": did you mean json'],
    [
      ['--rule', 'priviledged-container'],
      'there is no rule "priviledged-container"; did you mean privileged-container',
    ],
    [['--rule', 'host-pid=hgih'], '--rule has no "hgih": did you mean "high"'],
    [
      ['--preset', 'restricted'],
      '--preset has no "restricted": one of recommended, strict, all, pss-baseline, pss-restricted, cis, nsa, none',
    ],
    [['--fail-on', 'error'], '--fail-on has no "error": one of critical, high, medium, low, info, never'],
    [['--kubernetes-version', '1.99'], 'Kubernetes 1.99 is not among the releases known here, 1.25 to 1.37'],
    [['--kubernetes-version', 'latest'], '--kubernetes-version "latest" is not of the form 1.37'],
    [['--format'], '--format needs a value: --format FORMAT[=FILE]'],
    [['--quiet=yes'], '--quiet takes no value'],
    [['--new-since', 'main'], '--new-since is not there yet'],
    [['explian', 'host-pid'], 'there is no command, file or folder "explian"; did you mean explain'],
    [['lsp'], 'the command lsp is not there yet'],
    [['explain'], 'explain needs the name of a rule; kubesec-lint rules lists them'],
    [['rules', 'no-such-thing'], 'no rule matches'],
  ])('%j', (argv, sentence) => {
    expect(run(argv)).toEqual({ status: 2, stdout: '', stderr: `kubesec-lint: ${sentence}\n` });
  });
});

describe('other commands', () => {
  test('--version and --help', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(run(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(run(['--help']).stdout).toContain('kubesec-lint COMMAND --help');
    expect(run(['.', '--help']).stdout).toContain('--fail-on SEVERITY');
    expect(run(['rules', '--help']).stdout).toContain('kubesec-lint rules [WORD…]');
  });

  test('explain prints the page that docs/rules/ holds, without the output', () => {
    const { stdout } = run(['explain', 'privileged-container']);
    expect(stdout.split('\n')[0]).toBe('# privileged-container');
    expect(stdout).toContain('## What to write instead');
  });

  test('rules lists, and filters by words and control numbers', () => {
    expect(run(['rules', 'CIS 5.2.2']).stdout).toContain('privileged-container');
    const listed = JSON.parse(run(['rules', '-f', 'json', 'privileged-container']).stdout);
    expect(listed[0]).toMatchObject({
      id: 'privileged-container',
      severity: 'critical',
      preset: 'recommended',
      runs: true,
    });
  });

  test('init writes a configuration that changes nothing, once', () => {
    const folder = folderWith({ 'pod.yaml': PRIVILEGED_POD });
    const before = run(['-f', 'json', 'pod.yaml'], { cwd: folder }).stdout;
    expect(run(['init'], { cwd: folder }).status).toBe(0);
    expect(existsSync(join(folder, 'kubesec-lint.yaml'))).toBe(true);
    expect(run(['-f', 'json', 'pod.yaml'], { cwd: folder }).stdout).toBe(before);
    expect(run(['init'], { cwd: folder }).status).toBe(2);
    writeFileSync(join(folder, 'kubesec-lint.yaml'), 'failOn: never\n');
    expect(run(['init', '--force'], { cwd: folder }).status).toBe(0);
    expect(run([...ONE_RULE, 'pod.yaml'], { cwd: folder }).status).toBe(1);
  });
});

describe('the example shop', () => {
  const root = join(import.meta.dirname, '../..');

  test('hardened, it has nothing that strict would say', () => {
    expect(run(['--preset', 'strict', '-f', 'oneline', 'examples/hardened'], { cwd: root })).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('insecure, it fails', () => {
    expect(run(['-f', 'oneline', 'examples/insecure'], { cwd: root }).status).toBe(1);
  });
});
