/**
 * Holds the rules of the folder `api` against the API server's own strict decoding and create validation, over real
 * manifests with one fault put into each.
 *
 *   KUBESEC_LINT_ORACLES=DIR npx tsx test/oracles/schema.ts [--n 20000] [--seed 1] [--show 40]
 *
 * DIR holds kube/bin/k8s-oracle; the manifests are those of ../shared/corpora that it calls valid, and
 * test/fixtures/schema/rich.yaml. Exits 1 where an unknown field or a type error is missed, or a valid object is not
 * left alone. What validation refuses beyond types, words, names and required fields is counted, not asked for.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_CONFIG } from '../../src/engine/config.ts';
import { compile } from '../../src/engine/plan.ts';
import { createFileRunner } from '../../src/engine/run-file.ts';
import { rules } from '../../src/rules/index.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';
import { isList, isMap, type Value, type ValueMap } from '../../src/yaml/value.ts';
import { generator, type Mutation, mutate, pick } from './schema-mutations.ts';

const { values: args } = parseArgs({
  options: {
    n: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    show: { type: 'string', default: '40' },
  },
});
const oracles = process.env['KUBESEC_LINT_ORACLES'];
const corpora = resolve(import.meta.dirname, '../../../shared/corpora');
if (oracles === undefined || !existsSync(corpora)) {
  console.error(
    'KUBESEC_LINT_ORACLES names the folder that holds kube/bin/k8s-oracle; ../shared/corpora holds manifests',
  );
  process.exit(2);
}

/** What the API server refuses, or is known to drop. */
const VALIDATION = new Set(
  rules
    .filter(
      ({ category, on, id }) =>
        category === 'api' && on === 'resource' && !/^api-version|null-or-empty|annotation-unknown/.test(id),
    )
    .map(({ id }) => id),
);
const plan = compile(rules, {
  ...DEFAULT_CONFIG,
  rules: Object.fromEntries(rules.map(({ id }) => [id, VALIDATION.has(id) ? {} : { severity: 'off' as const }])),
});
const runner = createFileRunner(plan, {});

interface Verdict {
  readonly decodeError?: string;
  readonly strict?: readonly string[];
  readonly errors?: readonly string[];
}

const bases = readBases();
const kinds = [...bases.keys()];
const common = kinds.filter((kind) => /Pod$|Deployment|StatefulSet|CronJob|Service$|NetworkPolicy|Role$/.test(kind));
const random = generator(Number(args.seed));
const mutations: (Mutation & { readonly kind: string })[] = [];
while (mutations.length < Number(args.n)) {
  const kind = random() < 0.5 ? pick(kinds, random) : pick(common, random);
  const mutation = mutate(pick(bases.get(kind)!, random), random);
  if (mutation !== undefined) mutations.push({ ...mutation, kind });
}
const texts = mutations.map(({ value }) =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)),
);
const verdicts = askOracle(texts);

const count = {
  unknown: 0,
  unknownFound: 0,
  unknownFalse: 0,
  types: 0,
  typesFound: 0,
  valid: 0,
  falseAlarms: 0,
  refused: 0,
  refusedFound: 0,
};
const wrong = new Map<string, number[]>();
const missed = new Map<string, number[]>();
verdicts.forEach((verdict, index) => {
  const text = texts[index]!;
  const findings = runner.run(new SourceFile('mutated.json', text)).findings;
  const note = (map: Map<string, number[]>, key: string) => map.set(key, [...(map.get(key) ?? []), index]);
  if (verdict.decodeError !== undefined) {
    count.types++;
    if (findings.some(({ ruleId }) => ruleId === 'schema-wrong-type' || ruleId === 'quantity-invalid'))
      count.typesFound++;
    else note(wrong, `type missed: ${generalize(verdict.decodeError)}`);
    return;
  }
  const asked = new Set((verdict.strict ?? []).flatMap((line) => /unknown field "(.*)"$/.exec(line)?.[1] ?? []));
  const unknown = findings.filter(
    ({ ruleId }) => ruleId === 'schema-unknown-field' || ruleId === 'schema-field-wrong-level',
  );
  const said = new Set(unknown.map(({ path }) => goPath(path)));
  for (const path of asked) {
    count.unknown++;
    if (said.has(path)) count.unknownFound++;
    else note(wrong, `unknown field missed: ${generalize(path)}`);
  }
  for (const path of said) {
    if (asked.has(path)) continue;
    count.unknownFalse++;
    note(wrong, `known field called unknown: ${generalize(path)}`);
  }
  const rest = findings.filter((finding) => !unknown.includes(finding));
  if ((verdict.errors ?? []).length === 0) {
    count.valid++;
    // Values that are accepted and hardly meant are a matter of their own.
    const alarms = rest.filter(({ messageId }) => !['bytes', 'cpus', 'mode', 'secret'].includes(messageId));
    if (alarms.length > 0) count.falseAlarms++;
    for (const { ruleId, messageId, path } of alarms)
      note(wrong, `false alarm: ${mutations[index]!.kind} ${ruleId} ${messageId} ${generalize(path)}`);
  } else {
    count.refused++;
    if (findings.length > 0) count.refusedFound++;
    else for (const error of verdict.errors!) note(missed, `${mutations[index]!.kind} ${generalize(error)}`);
  }
});

show('disagreements', wrong, Number.POSITIVE_INFINITY);
show('refused and not noticed, by count', missed, Number(args.show));
console.log(`${mutations.length} mutations of ${[...bases.values()].flat().length} objects of ${kinds.length} kinds`);
console.log(
  `unknown fields: ${count.unknownFound} of ${count.unknown} found at their path, ${count.unknownFalse} false`,
);
console.log(`type errors: ${count.typesFound} of ${count.types} found`);
console.log(`refused by validation: ${count.refusedFound} of ${count.refused} noticed`);
console.log(`valid: ${count.valid}, false alarms: ${count.falseAlarms}`);
process.exit(wrong.size === 0 ? 0 : 1);

function readBases(): ReadonlyMap<string, ValueMap[]> {
  const found = new Map<string, ValueMap[]>();
  const add = (value: Value): void => {
    if (!isMap(value)) return;
    const kind = `${value['apiVersion']} ${value['kind']}`;
    found.set(kind, [...(found.get(kind) ?? []), value]);
  };
  for (const { value } of read(join(import.meta.dirname, '../fixtures/schema/rich.yaml'))) add(value);
  const valid = new Map<string, Set<string>>();
  for (const line of readFileSync(join(corpora, 'validation-verdicts.jsonl'), 'utf8').trim().split('\n')) {
    const verdict = JSON.parse(line);
    if (!verdict.valid || !verdict.served || !verdict.known || !verdict.checked) continue;
    const file = `${verdict.corpus}/${verdict.file}`;
    valid.set(file, (valid.get(file) ?? new Set()).add(`${verdict.gvk} ${verdict.name ?? ''}`));
  }
  for (const [file, objects] of valid) {
    for (const { value } of read(join(corpora, file))) {
      for (const object of isMap(value) && value['kind'] === 'List' && isList(value['items'])
        ? value['items']
        : [value]) {
        if (!isMap(object)) continue;
        const name = isMap(object['metadata']) ? object['metadata']['name'] : undefined;
        if (objects.has(`${object['apiVersion']}/${object['kind']} ${name ?? ''}`)) add(object);
      }
    }
  }
  return found;
}

function read(path: string) {
  return parse(new SourceFile(path, readFileSync(path, 'utf8')));
}

function askOracle(objects: readonly string[]): readonly Verdict[] {
  const folder = mkdtempSync(join(tmpdir(), 'schema-'));
  try {
    const file = join(folder, 'all.yaml');
    writeFileSync(file, objects.join('\n---\n'));
    const binary = join(oracles!, 'kube/bin/k8s-oracle');
    const out = execFileSync(binary, ['validate', file], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const answers = out
      .trim()
      .split('\n')
      .map((line): Verdict => JSON.parse(line));
    if (answers.length !== objects.length) throw new Error(`${answers.length} answers to ${objects.length} objects`);
    return answers;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The decoder writes every key plainly. */
function goPath(path: string): string {
  return path.replace(/\["((?:[^"\\]|\\.)*)"\]/g, (_, key: string) => `.${JSON.parse(`"${key}"`)}`).replace(/^\./, '');
}

function generalize(text: string): string {
  return text
    .replace(/\[\d+\]/g, '[]')
    .replace(/"[^"]*"/g, '"…"')
    .replace(/Invalid value: .*?: /, 'Invalid value: ')
    .slice(0, 150);
}

function show(title: string, map: ReadonlyMap<string, readonly number[]>, limit: number): void {
  const sorted = [...map].sort(([, a], [, b]) => b.length - a.length).slice(0, limit);
  if (sorted.length > 0) console.log(`-- ${title}`);
  for (const [key, indices] of sorted) {
    const { what, path, value } = mutations[indices[0]!]!;
    const at = path.reduce<Value | undefined>(
      (node, step) => (isMap(node) || isList(node) ? (node as ValueMap)[step] : undefined),
      value,
    );
    console.log(`${indices.length}\t${key}\t(${what} ${path.join('.')}: ${JSON.stringify(at)?.slice(0, 60)})`);
  }
}
