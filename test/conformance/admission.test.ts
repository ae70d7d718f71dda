import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Category } from '../../src/engine/rule.ts';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';

const CORPORA = path.resolve(import.meta.dirname, '../../../shared/corpora');
const FOLDERS: readonly Category[] = ['admission', 'policy-engine', 'supply-chain', 'platform'];

/** Every YAML file of a corpus, by its path there. */
function textsOf(corpus: string): Readonly<Record<string, string>> {
  const folder = path.join(CORPORA, corpus);
  const texts: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.ya?ml$/.test(name)) texts[name] = readFileSync(path.join(folder, name), 'utf8');
  }
  return texts;
}

function countsOf(corpus: string): Readonly<Record<string, number>> {
  const chosen = rules.filter(({ category }) => FOLDERS.includes(category));
  const counts: Record<string, number> = {};
  for (const { ruleId, severity } of lintTexts(chosen, textsOf(corpus)).findings) {
    const key = `${ruleId} ${severity}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

if (!existsSync(CORPORA)) {
  test.skip(`policies and webhooks: ${path.relative(process.cwd(), CORPORA)} is not there`, () => {});
} else {
  describe('policies and webhooks of others', () => {
    test('the gatekeeper library: templates that are in order, half of them without a constraint', () => {
      const templates = Object.values(textsOf('gatekeeper-library')).filter((text) =>
        text.includes('kind: ConstraintTemplate'),
      );
      expect(templates).toHaveLength(49);
      expect(countsOf('gatekeeper-library')).toEqual({ 'gatekeeper-constraint-unknown-kind low': 24 });
    });

    test.each<[string, Readonly<Record<string, number>>]>([
      ['cluster-config-audit', {}],
      ['istio-samples', { 'webhook-insecure-endpoint low': 2 }],
      ['microservices-demo', {}],
      ['rook', {}],
      ['kubevirt', {}],
      ['cert-manager', { 'remote-base-unpinned medium': 4 }],
      ['kubernetes-examples', { 'apiservice-insecure-tls medium': 1 }],
    ])('%s', (corpus, expected) => {
      expect(countsOf(corpus)).toEqual(expected);
    });
  });
}
