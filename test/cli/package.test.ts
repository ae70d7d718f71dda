import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PRIVILEGED_POD } from './run.ts';

const root = join(import.meta.dirname, '../..');

let folder = '';

/** The package as a user gets it: packed here, installed in an empty folder. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubesec-lint-package-'));
  const packed = must('npm', ['pack', '--silent', '--pack-destination', folder], root).trim().split('\n').at(-1)!;
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  must('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, packed)], folder);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  test('brings nothing else with it, and nothing that only we need', () => {
    const listed = must('npm', ['ls', '--all', '--parseable'], folder).trim().split('\n').slice(1);
    expect(listed.map((path) => path.slice(folder.length + 1).replaceAll('\\', '/'))).toEqual([
      'node_modules/kubesec-lint',
    ]);
    const { files, dependencies = {} } = JSON.parse(
      readFileSync(join(folder, 'node_modules/kubesec-lint/package.json'), 'utf8'),
    );
    expect({ files, dependencies }).toEqual({ files: ['bin', 'dist', 'schemas', '!dist/bin'], dependencies: {} });
  });

  test('has its command', () => {
    writeFileSync(join(folder, 'pod.yaml'), PRIVILEGED_POD);
    const { status, stdout } = spawnSync(
      'npx',
      [
        '--no-install',
        'kubesec-lint',
        '-f',
        'oneline',
        '--preset',
        'none',
        '--rule',
        'privileged-container',
        'pod.yaml',
      ],
      { cwd: folder, encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: 'pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n',
    });
  });

  test('is a library, for linting, for rules and for their tests', () => {
    writeFileSync(
      join(folder, 'use.mjs'),
      `import { readFileSync } from 'node:fs';
import { docsOf, formatReport, lintFiles, lintTexts, rules } from 'kubesec-lint';
import { defineRule } from 'kubesec-lint/plugin';
import { testRule } from 'kubesec-lint/testing';

const config = { presets: ['none'], rules: { 'privileged-container': {} } };
const text = readFileSync('pod.yaml', 'utf8');
const rule = defineRule({
  id: 'acme/no-latest', title: 'Tag latest', category: 'image', severity: 'low', preset: 'all', on: 'container',
  messages: { latest: 'container "{name}" asks for latest' },
  check({ name, node }, context) {
    const image = node.get('image');
    if (image.string?.endsWith(':latest')) context.report(image, 'latest', { data: { name } });
  },
  docs: { why: '', fix: '', frameworks: {}, references: [], examples: {
    bad: [{ title: 'latest', in: 'container', yaml: 'image: registry.example.com/a:latest # finding' }],
    good: [{ title: 'a version', in: 'container', yaml: 'image: registry.example.com/a:1.0.0' }],
  } },
});
console.log(JSON.stringify({
  files: formatReport(lintFiles(['pod.yaml'], { configFile: false, config }), 'oneline'),
  texts: lintTexts({ 'a.yaml': text }, { configFile: false, config }).findings.length,
  pages: rules.every((each) => docsOf(each).why.length > 0),
  own: testRule(rule),
}));
`,
    );
    expect(JSON.parse(must(process.execPath, ['use.mjs'], folder))).toEqual({
      files: 'pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n',
      texts: 1,
      pages: true,
      own: [],
    });
  });

  test('has types that stand by themselves', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { type Finding, lintFiles, type Report } from 'kubesec-lint';
import { defineRule, type Plugin } from 'kubesec-lint/plugin';
import { testRule } from 'kubesec-lint/testing';

const report: Report = lintFiles(['.'], { config: { failOn: 'high' } });
const grave: readonly Finding[] = report.findings.filter(({ severity }) => severity === 'critical');
const rule = defineRule({
  id: 'acme/a', title: 'A', category: 'image', severity: 'low', preset: 'all', on: 'container',
  messages: { found: 'container "{name}"' },
  check({ name, node }, context) {
    const image: string | undefined = node.get('image').string;
    if (image !== undefined) context.report(node.get('image'), 'found', { data: { name } });
    // @ts-expect-error a message with a hole needs its data
    context.report(node, 'found');
    // @ts-expect-error there is no such field in a container
    node.get('imagee');
  },
  docs: { why: '', fix: '', frameworks: {}, references: [], examples: { bad: [], good: [] } },
});
const plugin: Plugin = { name: 'acme', rules: [rule] };
export default plugin;
export { grave, testRule };
`,
    );
    const options = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: [],
      exactOptionalPropertyTypes: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});

function must(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}
