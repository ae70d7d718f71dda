import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareReaders } from '../yaml/compare-readers.ts';

const CORPORA = resolve(import.meta.dirname, '../../../shared/corpora');
const PROJECTS = ['istio-samples', 'kubernetes-examples', 'microservices-demo', 'rook', 'kubevirt', 'cert-manager'];

if (!existsSync(CORPORA)) console.log('skipped: no ../shared/corpora beside the project');

describe.skipIf(!existsSync(CORPORA))('the fast path reads every file as the complete reader does, or declines', () => {
  let chunks = 0;
  let declined = 0;
  for (const corpus of existsSync(CORPORA) ? readdirSync(CORPORA) : []) {
    const folder = join(CORPORA, corpus);
    if (!statSync(folder).isDirectory()) continue;
    test(corpus, { timeout: 60_000 }, () => {
      const wrong: string[] = [];
      for (const path of manifestsBelow(folder)) {
        const comparison = compareReaders(readFileSync(path, 'utf8'));
        if (comparison.difference !== undefined) wrong.push(`${path}: ${comparison.difference.slice(0, 300)}`);
        if (!PROJECTS.includes(corpus)) continue;
        chunks += comparison.chunks;
        // An unrendered template is no manifest.
        declined += comparison.declined.filter((text) => !text.includes('{{')).length;
      }
      expect(wrong).toEqual([]);
    });
  }

  test('less than two in a hundred documents of real projects are declined', () => {
    console.log(`declined ${declined} of ${chunks} documents of ${PROJECTS.join(', ')}`);
    expect(declined / chunks).toBeLessThan(0.02);
  });
});

function manifestsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
