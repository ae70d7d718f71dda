import { describe, expect, test } from 'vitest';
import type { AnyRule } from '../src/engine/rule.ts';
import { minorOf } from '../src/k8s/version.ts';
import { rules as registry } from '../src/rules/index.ts';

const modules = import.meta.glob<{ default: AnyRule }>(['../src/rules/*/*.ts', '!../src/rules/*/_*.ts'], {
  eager: true,
});
const rules = Object.entries(modules).map(([path, module]) => {
  const [folder, id] = path.replace('.ts', '').split('/').slice(-2) as [string, string];
  return { folder, id, rule: module.default };
});

describe('laws of the registry', () => {
  test('it holds every rule file', () => {
    expect(registry.map(({ id }) => id).sort()).toEqual(rules.map(({ id }) => id).sort());
  });

  test('the file is named after the rule and stands in the folder of its category', () => {
    expect(rules.map(({ rule }) => `${rule.category}/${rule.id}`)).toEqual(
      rules.map(({ folder, id }) => `${folder}/${id}`),
    );
  });

  test('ids are kebab-case, unique, and no alias is an id', () => {
    const ids = rules.map(({ id }) => id);
    expect(ids.filter((id) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(rules.flatMap(({ rule }) => rule.aliases ?? []).filter((alias) => ids.includes(alias))).toEqual([]);
  });

  test('supersedes names rules that exist', () => {
    const ids = rules.map(({ id }) => id);
    expect(rules.flatMap(({ rule }) => rule.supersedes ?? []).filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe.each(rules)('$id', ({ rule }) => {
  test('obeys the laws', () => {
    const { title, checks, docs, severity } = rule;
    const sinces = checks.map(({ since }) => minorOf(since));
    const { cis = [], mitre = [] } = docs.frameworks;
    expect({
      titleIsShort: title.length <= 72,
      titleHasNoFullStop: !title.endsWith('.'),
      checksAreOrdered: sinces.every((since, index) => index === 0 || since > sinces[index - 1]!),
      hasChecks: checks.length > 0,
      hasBadExample: docs.examples.bad.length > 0,
      hasGoodExample: docs.examples.good.length > 0,
      saysWhy: docs.why.length >= 40,
      saysFix: docs.fix.length >= 10,
      hasReference: docs.references.length > 0,
      referencesAreLinks: docs.references.every((each) => each.startsWith('https://')),
      messagesEndOpen: Object.values<string>(rule.messages).every((message) => !message.endsWith('.')),
      graveRulesAreMapped:
        (severity !== 'critical' && severity !== 'high') ||
        cis.length + mitre.length > 0 ||
        docs.frameworks.unmapped !== undefined,
    }).toEqual({
      titleIsShort: true,
      titleHasNoFullStop: true,
      checksAreOrdered: true,
      hasChecks: true,
      hasBadExample: true,
      hasGoodExample: true,
      saysWhy: true,
      saysFix: true,
      hasReference: true,
      referencesAreLinks: true,
      messagesEndOpen: true,
      graveRulesAreMapped: true,
    });
  });
});
