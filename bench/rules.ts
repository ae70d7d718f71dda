/**
 * What each rule costs beyond parsing, on a generated tree: microseconds a container for rules on containers and pods,
 * a resource for the others. `npx tsx bench/rules.ts [PRESET]`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG, type PresetName } from '../src/engine/config.ts';
import { compile } from '../src/engine/plan.ts';
import { podTemplates } from '../src/k8s/kinds.ts';
import { type ParsedResource, readResources } from '../src/k8s/read-resources.ts';
import { rules } from '../src/rules/index.ts';
import { SourceFile } from '../src/text/source-file.ts';
import { parse } from '../src/yaml/parse.ts';
import { writeTree } from './tree.ts';

const FILES = 300;
const ROUNDS = 15;
const preset = (process.argv[2] ?? 'recommended') as PresetName;
const folder = mkdtempSync(join(tmpdir(), 'bench-rules-'));
writeTree(folder, FILES);
const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => new SourceFile(entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')));
rmSync(folder, { recursive: true });

const plan = compile(rules, { ...DEFAULT_CONFIG, presets: [preset] });
const templates = podTemplates();
const runs: ((resource: ParsedResource) => void)[] = [];
const names: string[] = [];
for (const planned of plan.planned) {
  const { rule, check, options } = planned;
  const context = { options, version: plan.version, minor: plan.minor, world: plan.world, report() {} };
  const applies = (resource: ParsedResource, target: 'resource' | 'pod' | 'container') =>
    rule.on === target && plan.checksFor(resource.groupKind)[target].includes(planned);
  const run = (subject: unknown) => check(subject as never, context as never);
  if (rule.on === 'project' || rule.on === 'document') continue;
  names.push(rule.id);
  runs.push((resource) => {
    if (applies(resource, 'resource')) run(resource);
    else if (applies(resource, 'pod')) for (const pod of resource.pods) run(pod);
    else if (applies(resource, 'container'))
      for (const pod of resource.pods) for (const each of pod.containers) run(each);
  });
}
for (const fact of plan.facts) {
  if (fact.collect === undefined) continue;
  names.push(`fact ${fact.name}`);
  runs.push((resource) => {
    if (!plan.checksFor(resource.groupKind).facts.includes(fact)) return;
    if (fact.pods !== true || resource.pods.length > 0) fact.collect?.(resource);
  });
}

const inputs = () => texts.flatMap((text) => parse(text)).flatMap((document) => readResources(document, templates));
const containers = inputs().reduce(
  (sum, { pods }) => sum + pods.reduce((all, pod) => all + pod.containers.length, 0),
  0,
);

// Each by itself on fresh views: what a view computes once for all rules is counted for every rule that asks.
const alone = names.map((name, index) => ({ name, ms: fastest((resource) => runs[index]!(resource)) }));
const together = fastest((resource) => {
  for (const run of runs) run(resource);
});

alone.sort((a, b) => b.ms - a.ms);
for (const { name, ms } of alone.slice(0, 40))
  console.log(`${((ms * 1000) / containers).toFixed(2).padStart(8)} µs  ${name}`);
console.log(
  `${((together * 1000) / containers).toFixed(1)} µs a container, all ${names.length} together, ${preset}, ${containers} containers`,
);

/** Processor time, so that others on the machine do not count; the first rounds warm the compiler. */
function fastest(run: (resource: ParsedResource) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const resources = inputs();
    const start = process.cpuUsage();
    for (const resource of resources) run(resource);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
