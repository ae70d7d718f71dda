import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareReaders } from '../yaml/compare-readers.ts';
import { mutate, Random, restyle, synthesize } from '../yaml/random-yaml.ts';
import { SNIPPETS } from '../yaml/snippets.ts';

const CORPORA = join(import.meta.dirname, '../../../shared/corpora');
const DEFAULT_FOLDERS = [
  'examples',
  ...[
    'istio-samples',
    'kubernetes-examples',
    'rook',
    'cert-manager',
    'kube-score',
    'microservices-demo',
    'kubevirt',
  ].map((name) => join(CORPORA, name)),
];

// Holds the fast path to the complete reader: tsx test/oracles/yaml-mutations.ts [SEED] [COUNT] [FOLDER...]
const [seed = '1', count = '100000', ...named] = process.argv.slice(2);
const folders = (named.length > 0 ? named : DEFAULT_FOLDERS).filter((folder) => existsSync(folder));
const random = new Random(Number(seed));
const snippets = SNIPPETS.flatMap((group) => group.texts);
const manifests = folders
  .flatMap(manifestsBelow)
  .flatMap((text) => text.split(/^---\s*$/m))
  .filter((text) => text.trim() !== '' && text.length < 20_000);
let declined = 0;
let chunks = 0;
const wrong: { text: string; difference: string }[] = [];
for (let done = 0; done < Number(count); done++) {
  const text = makeText();
  const comparison = compareReaders(text);
  chunks += comparison.chunks;
  declined += comparison.declined.length;
  if (comparison.difference !== undefined) wrong.push({ text, difference: comparison.difference });
}
for (const { text, difference } of wrong.toSorted((one, other) => one.text.length - other.text.length).slice(0, 20)) {
  console.log(`${difference.slice(0, 500)}\n    ${JSON.stringify(text.slice(0, 1500))}`);
}
console.log(`seed ${seed}: ${count} texts, ${chunks} chunks, ${declined} declined, ${wrong.length} differ`);
process.exitCode = wrong.length === 0 ? 0 : 1;

function makeText(): string {
  const kind = random.next();
  if (kind < 0.1) return mutate(random, synthesize(random));
  if (kind < 0.2) return mutate(random, random.pick(snippets));
  const text = random.pick(manifests);
  return kind < 0.8 ? restyle(random, text) : mutate(random, text);
}

function manifestsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'));
}
