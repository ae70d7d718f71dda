import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from '../../src/yaml/parse.ts';
import { parseReference } from '../../src/yaml/reference.ts';
import { disagreement, readAnswer } from './server.ts';
import { SNIPPETS } from './snippets.ts';

/** What kubectl and the API server read from each snippet: see `test/oracles/yaml-table.ts`. */
const answers = readAnswers();

describe('texts are read as the API server reads them', () => {
  for (const { about, texts } of SNIPPETS) {
    test(about, () => {
      const wrong: string[] = [];
      for (const text of texts) {
        const answer = answers.get(text);
        if (answer === undefined) throw new Error(`no recorded answer for ${JSON.stringify(text)}`);
        for (const read of [parse, parseReference]) {
          const why = disagreement(text, readAnswer(answer), read);
          if (why !== undefined) wrong.push(`${read.name} of ${JSON.stringify(text)}: ${why}`);
        }
      }
      expect(wrong).toEqual([]);
    });
  }

  test('no recorded answer is left over', () => {
    const texts = new Set(SNIPPETS.flatMap((group) => group.texts));
    expect([...answers.keys()].filter((text) => !texts.has(text))).toEqual([]);
    expect(texts.size).toBeGreaterThan(150);
  });
});

function readAnswers(): ReadonlyMap<string, string> {
  const lines = readFileSync(new URL('../fixtures/yaml/server.json', import.meta.url), 'utf8')
    .split('\n')
    .slice(1, -2);
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(',"answer":');
      const text: unknown = JSON.parse(line.slice(line.indexOf('"text":') + 7, at));
      // The answer stays text: JSON.parse would damage integers beyond 2^53.
      return [String(text), line.slice(at + 10, line.lastIndexOf('}'))] as const;
    }),
  );
}
