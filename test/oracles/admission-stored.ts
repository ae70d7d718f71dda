import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { storedObject } from '../../src/k8s/admission/stored-object.ts';
import { CelList, CelMap, Failure, type Outcome, Unknown } from '../../src/k8s/cel/value.ts';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';
import { Random } from '../yaml/random-yaml.ts';
import { type Json, Workloads } from './admission-random.ts';

// Workloads as expressions of admission policies see them: decoded and defaulted by us and by the API server's own types
// (test/oracles/go-admission). Random ones, and with a folder those of its manifests:
// tsx test/oracles/admission-stored.ts [SEED] [COUNT] [FOLDER]
const [seed = '1', count = '5000', manifests] = process.argv.slice(2);
const folder = process.env['KUBESEC_LINT_ORACLES'];
if (folder === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with admission/bin/admission-oracle');

const KINDS = [
  'Pod',
  'ReplicationController',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
];
const VERSIONS: Readonly<Record<string, string>> = {
  Pod: 'v1',
  ReplicationController: 'v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
};
const random = new Random(Number(seed));
const workloads = new Workloads(random);
const objects: Json[] =
  manifests === undefined
    ? Array.from({ length: Number(count) }, () => {
        const kind = random.pick(KINDS);
        return workloads.make(VERSIONS[kind] ?? 'apps/v1', kind);
      })
    : readAll(manifests);

if (objects.length === 0) process.exit(0);
const input = `${objects.map((object, id) => JSON.stringify({ id, kind: 'stored', object })).join('\n')}\n`;
const run = spawnSync(`${folder}/admission/bin/admission-oracle`, [], { input, maxBuffer: 1 << 30, encoding: 'utf8' });
if (run.status !== 0) throw new Error(`admission-oracle: ${run.error?.message ?? run.stderr}`);
const answers = run.stdout
  .trim()
  .split('\n')
  .map((line): { decoding?: string; stored?: Json } => JSON.parse(line));

let [decoded, differing, unknown] = [0, 0, 0];
objects.forEach((object, index) => {
  const { decoding, stored } = answers[index]!;
  if (decoding !== undefined) return;
  decoded++;
  const manifest = JSON.parse(JSON.stringify(object));
  const namespace = manifest.metadata?.namespace ?? '';
  const ours = storedObject(manifest.kind, manifest, {
    appliedByKubectl: false,
    tokenMounted: false,
    limited: false,
    namespace,
  });
  const found: string[] = [];
  if (ours instanceof CelMap) compare(ours, stored, '', found);
  else found.push('not read by us');
  if (found.length === 0) return;
  if (differing++ < 5) console.log(`${found.slice(0, 5).join('\n')}\n${JSON.stringify(object).slice(0, 1500)}\n`);
});
console.log(`${objects.length} objects, ${decoded} decoded, ${unknown} values not known, ${differing} differ`);
process.exitCode = differing === 0 ? 0 : 1;

function compare(ours: Outcome | undefined, theirs: Json, path: string, found: string[]): void {
  if (ours instanceof Unknown) {
    unknown++;
    return;
  }
  // What the plugin for service accounts and the strategy for Jobs write is not a part of the oracle.
  if (theirs === undefined && /^\.spec\.serviceAccount(?:Name)?$/.test(path) && ours === 'default') return;
  if (theirs === undefined && path === '.spec.template.metadata.labels' && ours instanceof CelMap && !ours.isWhole)
    return;
  if (ours instanceof Failure || ours === undefined || theirs === undefined) {
    found.push(`${path}: ${show(ours)}, expected ${JSON.stringify(theirs)}`);
  } else if (ours instanceof CelMap) {
    if (typeof theirs !== 'object' || theirs === null || Array.isArray(theirs)) {
      found.push(`${path}: a map, expected ${JSON.stringify(theirs)}`);
      return;
    }
    const keys = new Set([...ours.entries().map(([key]) => String(key)), ...Object.keys(theirs)]);
    for (const key of keys) compare(ours.get(key), theirs[key], `${path}.${key}`, found);
  } else if (ours instanceof CelList) {
    if (!Array.isArray(theirs) || theirs.length !== ours.items.length)
      found.push(`${path}: a list, expected ${JSON.stringify(theirs)}`);
    else for (const [index, item] of ours.items.entries()) compare(item, theirs[index], `${path}[${index}]`, found);
  } else if (typeof ours === 'bigint' ? theirs !== Number(ours) : theirs !== ours) {
    found.push(`${path}: ${show(ours)}, expected ${JSON.stringify(theirs)}`);
  }
}

function show(value: Outcome | undefined): string {
  return typeof value === 'bigint'
    ? String(value)
    : typeof value === 'object'
      ? String(value)
      : (JSON.stringify(value) ?? 'absent');
}

function readAll(root: string): Json[] {
  const found: Json[] = [];
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!/\.ya?ml$/.test(name)) continue;
    const documents = parse(new SourceFile(name, readFileSync(join(root, name), 'utf8')));
    for (const resource of documents.flatMap((document) =>
      document.errors.length > 0 ? [] : readResources(document, podTemplates()),
    )) {
      const { kind, group, version } = resource.head;
      const apiVersion = group === '' ? version : `${group}/${version}`;
      if (KINDS.includes(kind) && apiVersion === (VERSIONS[kind] ?? 'apps/v1')) found.push(resource.root.raw);
    }
  }
  return found;
}
