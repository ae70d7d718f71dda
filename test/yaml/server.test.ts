import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from '../../src/yaml/parse.ts';
import { parseReference } from '../../src/yaml/reference.ts';
import { compareReaders } from './compare-readers.ts';
import { disagreement, readAnswer } from './server.ts';
import { SNIPPETS } from './snippets.ts';
import { suiteTexts } from './suite.ts';

describe('texts are read as the API server reads them', () => {
  const answers = readAnswers('server.json');

  for (const { about, texts } of SNIPPETS) {
    test(about, () => {
      expect(disagreements(new Map(texts.map((text) => [text, text])), answers)).toEqual([]);
    });
  }

  test("the YAML project's test suite", () => {
    const texts = suiteTexts();
    expect(texts.size).toBeGreaterThan(400);
    expect(disagreements(texts, readAnswers('suite.json'))).toEqual([]);
  });

  test('no recorded answer is left over', () => {
    const texts = new Set(SNIPPETS.flatMap((group) => group.texts));
    expect([...answers.keys()].filter((text) => !texts.has(text))).toEqual([]);
    expect(texts.size).toBeGreaterThan(150);
  });
});

function disagreements(texts: ReadonlyMap<string, string>, answers: ReadonlyMap<string, string>): readonly string[] {
  const wrong: string[] = [];
  for (const [name, text] of texts) {
    const answer = answers.get(name);
    if (answer === undefined) throw new Error(`no recorded answer for ${JSON.stringify(name)}`);
    for (const read of [parse, parseReference]) {
      const why = disagreement(text, readAnswer(answer), read);
      if (why !== undefined) wrong.push(`${read.name} of ${JSON.stringify(text)}: ${why}`);
    }
    const { difference } = compareReaders(text);
    if (difference !== undefined) wrong.push(`${JSON.stringify(text)}: ${difference}`);
  }
  return wrong;
}

/** What kubectl and the API server read from each text: see `test/oracles/yaml-table.ts`. */
function readAnswers(name: string): ReadonlyMap<string, string> {
  const table = readFileSync(new URL(`../fixtures/yaml/${name}`, import.meta.url), 'utf8');
  return new Map(
    table
      .split('\n')
      .slice(1, -2)
      .map((line) => {
        const at = line.indexOf(',"answer":');
        const text: unknown = JSON.parse(line.slice(line.indexOf('"text":') + 7, at));
        // The answer stays text: JSON.parse would damage integers beyond 2^53.
        return [String(text), line.slice(at + 10, line.lastIndexOf('}'))] as const;
      }),
  );
}
