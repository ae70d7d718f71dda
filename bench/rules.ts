/**
 * What each rule costs beyond parsing, on a generated tree: microseconds a container for rules on containers and pods,
 * a resource for the others. `npx tsx bench/rules.ts [PRESET]`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG, type PresetName } from '../src/engine/config.ts';
import { compile, type Plan } from '../src/engine/plan.ts';
import { podTemplates } from '../src/k8s/kinds.ts';
import { readResources } from '../src/k8s/read-resources.ts';
import { rules } from '../src/rules/index.ts';
import { SourceFile } from '../src/text/source-file.ts';
import { parse } from '../src/yaml/parse.ts';
import { writeTree } from './tree.ts';

const FILES = 200;
const ROUNDS = 8;
const preset = (process.argv[2] ?? 'recommended') as PresetName;
const folder = mkdtempSync(join(tmpdir(), 'bench-rules-'));
writeTree(folder, FILES);
const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => new SourceFile(entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')));
rmSync(folder, { recursive: true });

const plan: Plan = compile(rules, { ...DEFAULT_CONFIG, presets: [preset] });
const templates = podTemplates();
const context = { version: plan.version, minor: plan.minor, world: plan.world, report() {} };

// Views are made anew each round, as in a run: what they compute lazily belongs to the rule that asks first.
const spent = new Map<string, number>();
let containers = 0;
for (let round = 0; round < ROUNDS; round++) {
  for (const text of texts) {
    for (const resource of parse(text).flatMap((document) => readResources(document, templates))) {
      const checks = plan.checksFor(resource.groupKind);
      for (const check of checks.resource) spend(round, check.rule.id, () => check.check(resource as never, { ...context, options: check.options } as never));
      for (const fact of checks.facts) {
        if (fact.pods !== true || resource.pods.length > 0) spend(round, `fact ${fact.name}`, () => fact.collect?.(resource));
      }
      for (const pod of resource.pods) {
        for (const check of checks.pod) spend(round, check.rule.id, () => check.check(pod as never, { ...context, options: check.options } as never));
        for (const container of pod.containers) {
          if (round > 1) containers++;
          for (const check of checks.container) {
            spend(round, check.rule.id, () => check.check(container as never, { ...context, options: check.options } as never));
          }
        }
      }
    }
  }
}

const rows = [...spent].sort((a, b) => b[1] - a[1]);
const total = rows.reduce((sum, [, ms]) => sum + ms, 0);
for (const [id, ms] of rows.slice(0, 40)) console.log(`${((ms * 1000) / containers).toFixed(2).padStart(8)} µs  ${id}`);
console.log(`${((total * 1000) / containers).toFixed(1)} µs a container in all, ${rows.length} rules and facts, ${preset}`);

/** The first rounds warm the compiler and are not counted; the clock's own cost, some 50 ns a call, is. */
function spend(round: number, id: string, run: () => void): void {
  const start = performance.now();
  run();
  if (round > 1) spent.set(id, (spent.get(id) ?? 0) + performance.now() - start);
}
