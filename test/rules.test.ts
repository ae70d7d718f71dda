import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AnyRule } from '../src/engine/rule.ts';
import { compareWithMarkers, testRule } from '../src/testing/rule-tester.ts';

/** `RULES=network,ingress npx vitest run test/rules.test.ts` tries these folders, or these rules, alone. */
const only = process.env['RULES']?.split(',');
const modules = import.meta.glob<{ default: AnyRule }>(['../src/rules/*/*.ts', '!../src/rules/*/_*.ts']);

for (const [path, load] of Object.entries(modules)) {
  const [folder, id] = path.replace('.ts', '').split('/').slice(-2) as [string, string];
  if (only !== undefined && !only.includes(folder) && !only.includes(id)) continue;

  describe(id, async () => {
    const rule = (await load()).default;

    test('examples behave as they say, wherever they stand', () => {
      expect(testRule(rule)).toEqual([]);
    });

    const fixtures = join(import.meta.dirname, 'fixtures', 'rules', folder, id);
    for (const name of existsSync(fixtures) ? readdirSync(fixtures) : []) {
      test(`fixture ${name}`, () => {
        const text = readFileSync(join(fixtures, name), 'utf8');
        // Rules that ask whether the input is everything there is are told so by a comment line.
        const world = text.includes('\n# world: closed\n') ? 'closed' : 'auto';
        const { expected, actual } = compareWithMarkers(rule, text, { path: name, world });
        expect(actual).toEqual(expected);
      });
    }
  });
}
