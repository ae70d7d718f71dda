import { spawnSync } from 'node:child_process';
import fs, { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeTree } from '../../bench/tree.ts';
import { Node } from '../../src/yaml/node.ts';
import { run } from './run.ts';

/**
 * Counters that are the same on every machine, held to `bench/limits.json`. A limit is raised on purpose, in the commit
 * that makes something dearer, and not in passing.
 */
const limits: Readonly<Record<string, number>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../bench/limits.json'), 'utf8'),
);

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubesec-lint-cost-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function hold(name: string, value: number): void {
  expect(value, `${name} of bench/limits.json`).toBeLessThanOrEqual(limits[name]!);
  // A limit far above what is needed holds nothing.
  expect(value, `${name} of bench/limits.json can be lowered`).toBeGreaterThan(limits[name]! * 0.7);
}

test('what a run on one workload loads', { timeout: 240_000 }, () => {
  const root = join(import.meta.dirname, '../..');
  const dist = join(folder, 'dist');
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(root, 'bin/kubesec-lint.cjs'), join(folder, 'bin/kubesec-lint.cjs'));
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  const built = spawnSync(process.execPath, [tsx, join(root, 'scripts/build.ts'), '--program', '--out', dist], {
    encoding: 'utf8',
  });
  expect(built.status, built.stderr).toBe(0);
  const linted = spawnSync(
    process.execPath,
    [join(folder, 'bin/kubesec-lint.cjs'), '--no-config', '--timing', '-f', 'oneline', '-'],
    { input: WORKLOAD, encoding: 'utf8', env: { ...process.env, KUBESEC_LINT_CODE_CACHE: '0' } },
  );
  const loaded = /^loaded: (.*)$/m.exec(linted.stderr)?.[1]?.split(', ') ?? [];
  expect(loaded).toContain('kubesec-lint.cjs');
  hold('hotBundleBytes', statSync(join(dist, 'kubesec-lint.cjs')).size);
  hold('loadedFiles', loaded.length);
  hold(
    'loadedBytes',
    loaded.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0),
  );
});

describe('what a small tree costs', () => {
  test('files that are read, and steps from node to node', () => {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    writeTree(tree, 20);
    let filesRead = 0;
    let nodeSteps = 0;
    const { openSync: open } = fs;
    const { get } = Node.prototype;
    fs.openSync = ((...args: Parameters<typeof open>) => {
      if (String(args[0]).startsWith(tree)) filesRead++;
      return open(...args);
    }) as typeof open;
    syncBuiltinESMExports();
    Node.prototype.get = function (this: Node, key: string) {
      nodeSteps++;
      return get.call(this, key);
    } as typeof get;
    try {
      run(['--no-config', '-f', 'json', '.'], { cwd: tree });
    } finally {
      fs.openSync = open;
      syncBuiltinESMExports();
      Node.prototype.get = get;
    }
    hold('filesRead', filesRead);
    hold('nodeSteps', nodeSteps);
  });
});

const WORKLOAD = `apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: shop }
data: { LOG_LEVEL: info }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: registry.example.com/web:1.2.3
          securityContext: { runAsNonRoot: true }
`;
