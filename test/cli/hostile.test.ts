import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, ONE_RULE, type Outcome, PLAIN_POD, PRIVILEGED_POD, run } from './run.ts';

const ONELINE = ['-f', 'oneline'] as const;

/** Everything that a run of all rules says, with a pod behind the hostile document that must not be lost. */
function lintAll(content: string | Uint8Array, name = 'hostile.yaml'): Outcome {
  return run(['--preset', 'all', ...ONELINE, name, 'pod.yaml'], {
    files: { [name]: content, 'pod.yaml': PRIVILEGED_POD },
  });
}

const POD_FINDING = 'pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]';

describe('a hostile file costs neither the run nor the findings of others', () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  test.each<[string, string | Uint8Array, number]>([
    ['an empty file', '', 1],
    ['only comments', '# nothing\n# here\n', 1],
    ['only separators', '---\n---\n...\n---\n', 1],
    ['binary', bytes(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3, 0, 0), 1],
    [
      'invalid UTF-8',
      Buffer.concat([
        Buffer.from('apiVersion: v1\nkind: Pod\nmetadata:\n  name: '),
        bytes(0xff, 0xfe, 0x41),
        Buffer.from('\n'),
      ]),
      2,
    ],
    ['UTF-16', Buffer.concat([bytes(0xff, 0xfe), Buffer.from(PRIVILEGED_POD, 'utf16le')]), 2],
    ['ten thousand brackets', `apiVersion: v1\nkind: Pod\nx: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, 1],
    ['ten thousand braces that never close', `apiVersion: v1\nkind: Pod\nx: ${'{a: '.repeat(10_000)}\n`, 1],
    ['an alias bomb', aliasBomb(), 1],
    ['an anchor that holds itself', 'apiVersion: v1\nkind: Pod\nmetadata: &a\n  name: x\n  labels: *a\nspec: *b\n', 1],
    ['keys that are no keys elsewhere', prototypeKeys(), 1],
    ['lists where maps belong', 'apiVersion: v1\nkind: Pod\nmetadata: [1, 2]\nspec: [containers]\n', 1],
    [
      'maps where lists belong',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {a: 1}}\nspec: {template: {metadata: {labels: [a]}, spec: {containers: {name: x}, volumes: {a: 1}}}}\n',
      1,
    ],
    [
      'numbers and nulls everywhere',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: 12, namespace: null, labels: 7, annotations: 1.5}\nspec: {containers: [null, 3, {name: 4, image: 5, securityContext: 6, env: [1, null]}], securityContext: null, volumes: [null]}\n',
      1,
    ],
    ['apiVersion and kind that are no text', 'apiVersion: [v1]\nkind: {a: 1}\n', 1],
    [
      'a List of nothing much',
      'apiVersion: v1\nkind: List\nitems: [null, 1, [], {apiVersion: v1, kind: Pod}, {kind: List, apiVersion: v1, items: {}}]\n',
      1,
    ],
    ['a tab where blanks belong', 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n', 1],
    ['JSON that is cut off', '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": ', 1],
    ['a very long line', `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${'x'.repeat(1_000_000)}\n`, 1],
    ['NUL in the middle', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\u0000b\n', 1],
  ])('%s', (_, content, status) => {
    const outcome = lintAll(content);
    expect({ status: outcome.status, stderr: outcome.stderr, others: outcome.stdout.includes(POD_FINDING) }).toEqual({
      status,
      stderr: '',
      others: true,
    });
    expect(outcome.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test('documents before and after a broken one are linted', () => {
    const text = `${PRIVILEGED_POD}---\napiVersion: v1\nkind: Pod\nmetadata: {name: [broken\n---\n${PRIVILEGED_POD}`;
    const { stdout, status } = run([...ONE_RULE, '--rule', 'yaml-syntax', ...ONELINE, 'all.yaml'], {
      files: { 'all.yaml': text },
    });
    expect({
      status,
      rules: stdout
        .trim()
        .split('\n')
        .map((line) => /\[([\w-]+)\]$/.exec(line)?.[1]),
    }).toEqual({
      status: 1,
      rules: ['privileged-container', 'yaml-syntax', 'privileged-container'],
    });
  });

  test('a document of many megabytes', () => {
    const data = Array.from({ length: 60_000 }, (_, index) => `  key-${index}: "${'v'.repeat(60)}"\n`).join('');
    const { status } = lintAll(`apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n${data}`);
    expect(status).toBe(1);
  });
});

describe('the file system is not trusted', () => {
  test('links in a circle end, and lead to nothing twice', () => {
    const folder = folderWith({ 'a/pod.yaml': PRIVILEGED_POD });
    symlinkSync('..', join(folder, 'a/up'));
    symlinkSync('loop', join(folder, 'a/loop'));
    symlinkSync('pod.yaml', join(folder, 'a/again.yaml'));
    symlinkSync('gone.yaml', join(folder, 'a/dangling.yaml'));
    const { stdout, status } = run([...ONE_RULE, ...ONELINE, '.'], { cwd: folder });
    expect({ stdout, status }).toEqual({
      stdout: 'a/pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n',
      status: 1,
    });
  });

  test('a link to a folder elsewhere is followed', () => {
    const elsewhere = folderWith({ 'pod.yaml': PRIVILEGED_POD });
    const folder = folderWith({});
    symlinkSync(elsewhere, join(folder, 'linked'));
    expect(run([...ONE_RULE, ...ONELINE, '.'], { cwd: folder }).stdout).toBe(
      'linked/pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n',
    );
  });

  test.skipIf(process.getuid?.() === 0)('a file without permission is told, and is 2', () => {
    const folder = folderWith({ 'pod.yaml': PRIVILEGED_POD, 'secret.yaml': PLAIN_POD });
    chmodSync(join(folder, 'secret.yaml'), 0);
    const { stdout, status } = run([...ONE_RULE, ...ONELINE, '.'], { cwd: folder });
    expect(status).toBe(2);
    expect(stdout).toContain('secret.yaml: unreadable: no permission to read it');
  });

  test('a folder named like a manifest is a folder', () => {
    const folder = folderWith({ 'pod.yaml/inner.yaml': PRIVILEGED_POD });
    mkdirSync(join(folder, 'empty.yaml'));
    expect(run([...ONE_RULE, ...ONELINE, '.'], { cwd: folder }).stdout).toBe(
      'pod.yaml/inner.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n',
    );
  });

  test('a device is refused', () => {
    expect(run([...ONE_RULE, ...ONELINE, '/dev/zero']).stdout).toBe('/dev/zero: unreadable: not a file or folder\n');
  });
});

describe('no report carries what a manifest smuggles in', () => {
  const evil = 'a\\u001b[31m\\u0007::error::pwned\\n::error file=x::pwned##[error]\\u202e\\u009b31m';
  const pod = PRIVILEGED_POD.replace('name: api\n      image', `name: "${evil}"\n      image`);
  const file = 'evil\u001b[2J ::error::x\nname%0A.yaml';

  test.each(['text', 'oneline', 'json', 'sarif', 'github', 'gitlab', 'junit', 'checkstyle', 'markdown', 'html'])(
    '%s',
    (format) => {
      const { stdout } = run([...ONE_RULE, '-f', format, '.'], { files: { [file]: pod }, env: { FORCE_COLOR: '0' } });
      expect(stdout.length).toBeGreaterThan(100);
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      const commands = stdout.split('\n').filter((line) => /^\s*::|##\[/.test(line));
      expect(commands.filter((line) => format !== 'github' || !line.startsWith('::error file=evil'))).toEqual([]);
      expect(commands.length).toBe(format === 'github' ? 1 : 0);
    },
  );
});

function aliasBomb(): string {
  const lines = [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata: {name: bomb}',
    'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
  ];
  for (let level = 1; level < 12; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  return `${lines.join('\n')}\n`;
}

function prototypeKeys(): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: x
  __proto__: {polluted: true}
  labels: {__proto__: a, constructor: b, toString: c}
  annotations: {hasOwnProperty: d}
spec:
  __proto__: {hostNetwork: true}
  constructor: {prototype: {hostPID: true}}
  containers:
    - name: __proto__
      image: registry.example.com/a:1.0.0
      __proto__: {securityContext: {privileged: true}}
`;
}
