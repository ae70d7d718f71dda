import { expect, test } from 'vitest';
import { LabelIndex, SelectorIndex } from '../../src/k8s/label-index.ts';
import { type LabelSelector, type LabelSet, matches, type Operator } from '../../src/k8s/labels.ts';

const KEYS = ['app', 'tier', 'name'];
const VALUES = ['a', 'b', 'c', '{{ .Values.x }}'];
const OPERATORS: readonly Operator[] = ['In', 'In', 'NotIn', 'Exists', 'DoesNotExist'];

test('an index finds what a look at each of them finds', () => {
  let state = 3;
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  for (let round = 0; round < 500; round++) {
    const items = Array.from({ length: next(12) }, (): LabelSet => {
      const labels: Record<string, string> = {};
      for (const key of KEYS) if (next(2) === 0) labels[key] = VALUES[next(4)]!;
      return { labels, open: next(6) === 0 };
    });
    const selector = Array.from({ length: next(3) }, () => {
      const operator = OPERATORS[next(5)]!;
      const values = operator === 'In' || operator === 'NotIn' ? [VALUES[next(4)]!, VALUES[next(3)]!] : [];
      return { key: KEYS[next(3)]!, operator, values: values.slice(0, 1 + next(2)) };
    }) satisfies LabelSelector;
    const index = new LabelIndex(items, (item) => item);
    const may = items.filter((item) => matches(selector, item) !== false);
    const sure = (item: LabelSet) => matches(selector, item) === true;
    expect(index.filter(selector)).toEqual(may);
    expect(index.some(selector)).toBe(may.length > 0);
    expect(index.find(selector, sure)).toBe(items.find(sure));

    const closed = items.filter(({ open }) => open !== true);
    const selectors = new SelectorIndex([selector], (own) => own);
    for (const item of closed) {
      if (matches(selector, item) === true) expect(selectors.candidates(item.labels)).toEqual([selector]);
    }
  }
});
