/**
 * Holds the rule `crd-unsafe` to the API server's own validation: random CustomResourceDefinitions, of which both say
 * what is refused, compared topic by topic.
 *
 *   KUBESEC_LINT_ORACLES=DIR npx tsx test/oracles/crd.ts [--seed 1] [--n 5000]
 *
 * DIR holds `crd/bin/crd-oracle`, built from test/oracles/go-crd.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import rule from '../../src/rules/platform/crd-unsafe.ts';
import { findingsOf } from '../../src/testing/rule-tester.ts';
import { Random } from '../yaml/random-yaml.ts';

type ApiError = readonly [field: string, type: string, detail: string];

const { values } = parseArgs({ options: { seed: { type: 'string' }, n: { type: 'string' } } });
const oracles = process.env['KUBESEC_LINT_ORACLES'];
if (oracles === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with crd/bin/crd-oracle');
const random = new Random(Number(values.seed ?? 1));

const GROUPS = ['example.com', 'x.k8s.io', 'k8s.io', 'a.kubernetes.io', 'x-k8s.io', 'foo.x-k8s.io'];
const APPROVALS = ['https://a.example.com/b', 'unapproved, x', 'yes', '', 'http:/x', 'ftp://a.example.com'];
const URLS = [
  'https://a.example.com/b',
  'http://a.example.com',
  'https://u:p@a.example.com',
  'https://a.example.com?x=1',
  'https://a.example.com#f',
  'nope',
  'https://',
];
const SERVICES = [
  { name: 'a', namespace: 'b' },
  { name: 'a', namespace: 'b', path: '/convert/v1', port: 8443 },
  { name: '', namespace: 'b' },
  { name: 'a', namespace: 'b', path: 'convert' },
  { name: 'a', namespace: 'b', path: '/a//b' },
  { name: 'a', namespace: 'b', port: 70000 },
];

/** What may be refused, as our messages have it and as the API server's errors have it. */
const TOPICS: readonly (readonly [topic: string, ours: RegExp, theirs: RegExp])[] = [
  ['preserveUnknownFields', /preserveUnknownFields/, /^spec\.preserveUnknownFields /],
  ['name', /the name has to be/, /^metadata\.name /],
  ['approval', /api-approved/, /^metadata\.annotations\[api-approved\.kubernetes\.io\] /],
  ['storage', /marked as the one that is stored/, /^spec\.versions .*exactly one version marked as storage/],
  ['names of versions', /there are two versions/, /^spec\.versions .*unique version names/],
  ['schemas', /has no schema\.openAPIV3Schema/, /^spec\.versions\[\d+\]\.schema\.openAPIV3Schema FieldValueRequired/],
  ['a webhook that is not called', /strategy is None/, /^spec\.conversion\.\w+ .*should not be set when strategy/],
  ['review versions', /conversionReviewVersions/, /^spec\.conversion\.conversionReviewVersions/],
  ['conversion', /webhook/, /^spec\.conversion\b/],
];

/** What follows from another fault and says nothing of its own, or is written by the API server itself. */
const DERIVED = /^status\.storedVersions |^spec\.conversion\.strategy .*spec\.preserveUnknownFields/;

const definitions = Array.from({ length: Number(values.n ?? 5000) }, definition);
const run = spawnSync(path.join(oracles, 'crd/bin/crd-oracle'), {
  input: definitions.map((object, id) => `${JSON.stringify({ id, object })}\n`).join(''),
  encoding: 'utf8',
  maxBuffer: 1 << 30,
});
if (run.status !== 0) throw new Error(`crd-oracle: ${run.error?.message ?? run.stderr}`);
const answers = run.stdout
  .trimEnd()
  .split('\n')
  .map((line): { readonly errors: readonly ApiError[] } => JSON.parse(line));

let [same, accepted, shown] = [0, 0, 0];
for (const [index, object] of definitions.entries()) {
  const { errors } = answers[index]!;
  const theirs = errors.map((error) => error.join(' ')).filter((text) => !DERIVED.test(text));
  const ours = findingsOf(rule, JSON.stringify(object), { path: 'crd.json' })
    .filter(({ messageId }) => messageId === 'refused' || messageId === 'preserve')
    .map(({ message }) => message);
  if (theirs.length === 0) accepted++;
  const [left, right] = [topics(ours, 1, object), topics(theirs, 2, object)];
  if (left === right) same++;
  else if (shown++ < 4) {
    console.log(
      `${JSON.stringify(object)}\n  ours   ${left}: ${ours.join('; ')}\n  theirs ${right}: ${theirs.join('; ')}`,
    );
  }
}
console.log(
  `${definitions.length} definitions, ${accepted} of them accepted, ${definitions.length - same} disagreements`,
);
process.exitCode = same === definitions.length ? 0 : 1;

/** The topics that are named, in the order of the table; what belongs to none stands there as it is. */
function topics(texts: readonly string[], column: 1 | 2, { spec }: ReturnType<typeof definition>): string {
  const found = new Set(texts.map((text) => TOPICS.find((topic) => topic[column].test(text))?.[0] ?? text));
  // Without a webhook its review versions are missing too, which is no second fault.
  if (spec.conversion !== undefined && spec.conversion.webhook === undefined) found.delete('review versions');
  return [...found].sort().join(', ');
}

// ── random definitions ───────────────────────────────────────────────────────────────────────────────────────────

function definition() {
  const plural = mostly(['as', 'bs']);
  const group = mostly(GROUPS);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: mostly([`${plural}.${group}`, `as.${group}`, `${plural}.example.com`]),
      ...maybe(0.6, () => ({ annotations: { 'api-approved.kubernetes.io': mostly(APPROVALS) } })),
    },
    spec: {
      group,
      names: { kind: 'A', plural },
      scope: 'Namespaced',
      versions: Array.from({ length: random.pick([1, 1, 2, 3]) }, (_, index) => version(index)),
      ...maybe(0.5, () => ({ preserveUnknownFields: random.chance(0.2) })),
      ...maybe(0.6, () => ({ conversion: conversion() })),
    },
  };
}

function version(index: number) {
  const schema = () => ({
    type: 'object',
    ...maybe(0.3, () => ({ 'x-kubernetes-preserve-unknown-fields': true })),
    ...maybe(0.5, () => ({ properties: { spec: { type: 'object' } } })),
  });
  return {
    name: random.chance(0.8) ? `v${index + 1}` : random.pick(['v1', 'v1beta1', 'v2']),
    served: true,
    ...maybe(0.9, () => ({ storage: random.chance(0.1) !== (index === 0) })),
    ...maybe(0.95, () => ({ schema: random.chance(0.95) ? { openAPIV3Schema: schema() } : {} })),
  };
}

function conversion() {
  const clientConfig = () => ({
    ...random.pick([
      { service: mostly(SERVICES) },
      { service: mostly(SERVICES) },
      { url: mostly(URLS) },
      { url: mostly(URLS) },
      { service: mostly(SERVICES), url: mostly(URLS) },
      {},
    ]),
    ...maybe(0.3, () => ({ caBundle: 'aGVsbG8=' })),
  });
  const reviews = [['v1'], ['v1beta1', 'v2'], ['v2'], [], ['v1', 'v1']];
  return {
    strategy: mostly(['Webhook', 'None']),
    ...maybe(0.9, () => ({
      webhook: {
        ...maybe(0.9, () => ({ clientConfig: clientConfig() })),
        ...maybe(0.9, () => ({ conversionReviewVersions: mostly(reviews) })),
      },
    })),
  };
}

/** Mostly the first, which nobody refuses. */
function mostly<T>(items: readonly T[]): T {
  return random.chance(0.7) ? items[0]! : random.pick(items);
}

function maybe<T extends object>(share: number, make: () => T): Partial<T> {
  return random.chance(share) ? make() : {};
}
