/**
 * What the schema rules cost: `npx tsx bench/schema.ts`. The load of the bundle is that of a fresh process; the rest is
 * the minimum of many warm rounds over the documents of a generated tree, per 100 lines of manifest.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG } from '../src/engine/config.ts';
import { compile } from '../src/engine/plan.ts';
import { createFileRunner } from '../src/engine/run-file.ts';
import { schemasOf } from '../src/k8s/schema/bundle.ts';
import { validate } from '../src/k8s/schema/walk.ts';
import { rules } from '../src/rules/index.ts';
import { SourceFile } from '../src/text/source-file.ts';
import { parse } from '../src/yaml/parse.ts';
import { isMap } from '../src/yaml/value.ts';
import { writeTree } from './tree.ts';

const ROUNDS = 25;
const before = performance.now();
const schemas = schemasOf(37);
const loaded = performance.now();
console.log(`reading and inflating the bundle, once a process: ${(loaded - before).toFixed(2)} ms`);

const folder = mkdtempSync(join(tmpdir(), 'bench-schema-'));
writeTree(folder, 200);
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => new SourceFile(entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')));
rmSync(folder, { recursive: true });
const lines = files.reduce((sum, { lineCount }) => sum + lineCount, 0);
const objects = files.flatMap((file) => parse(file)).flatMap(({ value }) => (isMap(value) ? [value] : []));
console.log(`${files.length} files, ${objects.length} documents, ${lines} lines`);

report('the walker alone', () => {
  for (const object of objects) {
    const definition = schemas.kind(String(object['apiVersion']), String(object['kind']));
    if (definition !== undefined) validate(object, definition, schemas);
  }
});

const api = rules.filter(({ category, on }) => category === 'api' && on !== 'project');
const nothing = run([]);
report('parsing without rules', nothing);
report(`all ${api.length} rules of the folder api that look at one object or document`, run(api), nothing);
for (const rule of api) report(`  ${rule.id} alone, the walk included where it asks for it`, run([rule]), nothing);

function run(chosen: typeof rules): () => void {
  const plan = compile(chosen, { ...DEFAULT_CONFIG, presets: ['all'] });
  const runner = createFileRunner(plan, {});
  return () => {
    for (const file of files) runner.run(file);
  };
}

function report(name: string, work: () => void, without?: () => void): void {
  const cost = measure(work) - (without === undefined ? 0 : measure(without));
  console.log(`${name}: ${((cost * 1000 * 100) / lines).toFixed(1)} µs per 100 lines`);
}

/** Processor time, so that others on the machine do not count. */
function measure(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
