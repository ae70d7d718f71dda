import { expect, test } from 'vitest';
import { ListedRule, type RuleRow } from '../../src/engine/listed-rule.ts';
import type { AnyRule } from '../../src/engine/rule.ts';
import namespaceOpen from '../../src/rules/network/netpol-namespace-ingress-open.ts';
import dangling from '../../src/rules/network/service-dangling.ts';

const WORDS = ['network', 'medium', 'recommended', 'project'];

/** As the build writes it, with a count of how often the rest of the rule was asked for. */
function listed(rule: AnyRule, row: RuleRow) {
  const loads: string[] = [];
  const load = (id: string) => {
    loads.push(id);
    return rule;
  };
  return { listed: new ListedRule(row, WORDS, [['Service']], rule.facts ?? [], [load]), loads };
}

test('planning needs no more than the row, and the rest is loaded once', () => {
  const { id } = namespaceOpen;
  const defaults = namespaceOpen.options!.defaults;
  const { listed: rule, loads } = listed(namespaceOpen, [id, 0, 1, 2, 3, 0, -1, [0], { defaults, since: ['1.31'] }]);
  const { category, severity, preset, on, kinds, facts, aliases, supersedes, yieldsTo, options, checks } = rule;
  expect({ category, severity, preset, on, kinds, facts, aliases, supersedes, yieldsTo }).toEqual({
    category: 'network',
    severity: 'medium',
    preset: 'recommended',
    on: 'project',
    kinds: undefined,
    facts: namespaceOpen.facts,
    aliases: undefined,
    supersedes: undefined,
    yieldsTo: undefined,
  });
  expect([options?.defaults, checks.map(({ since }) => since), loads]).toEqual([defaults, ['1.31'], []]);
  const { title, messages } = rule;
  expect([title, messages, options?.schema, loads]).toEqual([
    namespaceOpen.title,
    namespaceOpen.messages,
    namespaceOpen.options!.schema,
    [id],
  ]);
});

test('its check is that of the rule', () => {
  const { id, checks } = dangling;
  const seen: unknown[][] = [];
  const told = {
    ...dangling,
    checks: checks.map(({ since }) => ({ since, check: (...args: unknown[]) => seen.push(args) })),
  };
  const { listed: rule, loads } = listed(told as unknown as AnyRule, [id, 0, 1, 2, 3, 0, 0]);
  expect([rule.kinds, rule.options, rule.facts]).toEqual([['Service'], undefined, undefined]);
  const [first] = rule.checks;
  const { check } = first!;
  expect([first?.since, loads]).toEqual(['1.0', []]);
  check('project' as never, 'context' as never);
  expect([seen, loads]).toEqual([[['project', 'context']], [id]]);
});
