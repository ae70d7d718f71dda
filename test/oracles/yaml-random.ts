import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '../../src/yaml/parse.ts';
import { parseReference } from '../../src/yaml/reference.ts';
import { mutate, Random, synthesize } from '../yaml/random-yaml.ts';
import { askServer, disagreement } from '../yaml/server.ts';
import { SNIPPETS } from '../yaml/snippets.ts';

// Random YAML, read by us and by the server's own library: tsx test/oracles/yaml-random.ts [SEED] [COUNT] [reference]
const [seed = '1', count = '20000', path = 'parse'] = process.argv.slice(2);
const read = path === 'reference' ? parseReference : parse;
const random = new Random(Number(seed));
const seeds = [...SNIPPETS.flatMap(({ texts }) => texts), ...manifests('examples')];
let seen = 0;
const groups = new Map<string, { count: number; shortest: string; why: string }>();
while (seen < Number(count)) {
  const texts = Array.from({ length: 2000 }, () =>
    (random.chance(0.4) ? synthesize(random) : mutate(random, random.pick(seeds))).replace(/[\ud800-\udfff]/gu, ''),
  );
  const answers = askServer(texts);
  for (const [index, text] of texts.entries()) {
    const why = disagreement(text, answers[index]!, read);
    if (why === undefined) continue;
    const group = why.replace(/\d+|"(?:[^"\\]|\\.)*"|: [[{].*|is .*, expected .*/g, '_');
    const known = groups.get(group);
    groups.set(group, {
      count: (known?.count ?? 0) + 1,
      shortest: known === undefined || text.length < known.shortest.length ? text : known.shortest,
      why: known === undefined || text.length < known.shortest.length ? why : known.why,
    });
  }
  seen += texts.length;
}
let disagreements = 0;
for (const { count, shortest, why } of groups.values()) {
  disagreements += count;
  console.log(`${count} × ${why}\n    ${escaped(shortest)}`);
}
console.log(`seed ${seed}: ${seen} texts, ${disagreements} disagreements`);
process.exitCode = disagreements === 0 ? 0 : 1;

function manifests(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch {
    return [];
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
