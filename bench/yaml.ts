import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SourceFile } from '../src/text/source-file.ts';
import type { Document } from '../src/yaml/document.ts';
import { parse } from '../src/yaml/parse.ts';
import { parseReference } from '../src/yaml/reference.ts';

// Parser speed over a tree of manifests: npx tsx bench/yaml.ts TREE [PASSES] [fast|reference]
const [tree = '', passes = '10', only] = process.argv.slice(2);
if (tree === '') throw new Error('a folder of manifests is needed, for instance one made by gen.py');
const texts = filesBelow(tree).map((path) => readFileSync(path, 'utf8'));
const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
console.log(`${texts.length} files, ${megabytes.toFixed(2)} MB`);
if (only !== 'reference') measure('parse', parse);
if (only !== 'fast') measure('reference', parseReference);

function measure(name: string, read: (file: SourceFile) => readonly Document[]): void {
  const times: number[] = [];
  let documents = 0;
  for (let pass = 0; pass < Number(passes); pass++) {
    const start = performance.now();
    documents = 0;
    for (const text of texts) documents += read(new SourceFile('a.yaml', text)).length;
    times.push(performance.now() - start);
  }
  const speed = (time: number): string => (megabytes / (time / 1000)).toFixed(1);
  const sorted = times.toSorted((one, other) => one - other);
  const median = sorted[sorted.length >> 1]!;
  console.log(
    `${name}: ${documents} documents, MB/s first ${speed(times[0]!)}, median ${speed(median)}, best ${speed(sorted[0]!)}`,
  );
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .map((name) => join(path, name));
}
