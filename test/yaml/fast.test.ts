import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareReaders } from './compare-readers.ts';
import { mutate, Random, restyle, synthesize } from './random-yaml.ts';
import { SNIPPETS } from './snippets.ts';

const snippets = SNIPPETS.flatMap((group) => group.texts);
const manifests = readExamples();

describe('the fast path reads what the complete reader reads, or declines', () => {
  test('snippets', () => {
    expect(faultsOf(snippets)).toEqual([]);
  });

  test('examples, none of them declined', () => {
    expect(manifests.length).toBeGreaterThan(0);
    expect(faultsOf(manifests)).toEqual([]);
    expect(manifests.flatMap((text) => compareReaders(text).declined)).toEqual([]);
  });

  test('examples written in other ways', { timeout: 60_000 }, () => {
    const random = new Random(20);
    const texts = manifests.flatMap((text) => text.split(/^---$/m));
    expect(faultsOf(Array.from({ length: 1500 }, () => restyle(random, random.pick(texts))))).toEqual([]);
  });

  test('texts broken at random', { timeout: 60_000 }, () => {
    const random = new Random(21);
    const texts = [...snippets, ...snippets, ...manifests];
    expect(faultsOf(Array.from({ length: 3000 }, () => mutate(random, random.pick(texts))))).toEqual([]);
    expect(faultsOf(Array.from({ length: 3000 }, () => synthesize(random)))).toEqual([]);
  });
});

function faultsOf(texts: readonly string[]): readonly string[] {
  const faults: string[] = [];
  for (const text of texts) {
    const { difference } = compareReaders(text);
    if (difference !== undefined) faults.push(`${difference} in ${JSON.stringify(text)}`);
  }
  return faults.slice(0, 10);
}

function readExamples(): readonly string[] {
  const folder = new URL('../../examples/', import.meta.url);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
}
