import { docsOf } from '../engine/docs.ts';
import { compile } from '../engine/plan.ts';
import type { AnyRule } from '../engine/rule.ts';
import { paint } from '../reporters/color.ts';
import { controls } from '../reporters/rule-page.ts';
import { describeOptions, type OptionSpecs, oneOf, parseArguments } from './args.ts';
import { type Command, UsageError } from './command.ts';
import { readSettings, SETTINGS_OPTIONS } from './settings.ts';

const OPTIONS = {
  format: { short: 'f', value: 'FORMAT', text: 'text (default) or json' },
  config: SETTINGS_OPTIONS.config,
  'no-config': SETTINGS_OPTIONS['no-config'],
  preset: { value: 'NAME', text: 'only the rules of a preset; repeatable' },
  'kubernetes-version': SETTINGS_OPTIONS['kubernetes-version'],
  'no-color': { text: 'no colours' },
} as const satisfies OptionSpecs;

/** Every rule, with what of it runs under the settings. */
export const command: Command = {
  help: `kubesec-lint rules [WORD…]

Lists every rule, or those whose id, title or control number holds every WORD.

${describeOptions(OPTIONS)}`,
  run(argv, terminal) {
    const args = parseArguments(argv, OPTIONS);
    const format = oneOf('--format', args.value('format') ?? 'text', ['text', 'json']);
    const settings = readSettings(args, terminal);
    const presetGiven = args.has('preset');
    const running = new Set(compile(settings.rules, settings.config).rules.map(({ id }) => id));
    const listed = settings.rules.filter(
      (rule) => (!presetGiven || running.has(rule.id)) && matches(rule, args.positionals),
    );
    if (listed.length === 0) throw new UsageError('no rule matches');
    if (format === 'json') {
      terminal.out(
        `${JSON.stringify(
          listed.map((rule) => ruleJson(rule, running.has(rule.id))),
          null,
          2,
        )}\n`,
      );
      return 0;
    }
    const colors = paint(terminal.stdoutIsTTY && !args.has('no-color') && (terminal.env['NO_COLOR'] ?? '') === '');
    const width = Math.max(...listed.map(({ id }) => id.length));
    for (const [category, group] of groupByCategory(listed)) {
      terminal.out(`${colors.strong(category)}\n`);
      const lines = group.map((rule) => {
        const severity = colors.severity(rule.severity, rule.severity.padEnd(8));
        return `  ${rule.id.padEnd(width)}  ${severity}  ${rule.preset.padEnd(11)}  ${rule.title}\n`;
      });
      terminal.out(lines.join(''));
    }
    terminal.out(colors.faint(`${listed.length} rules; kubesec-lint explain RULE shows one\n`));
    return 0;
  },
};

function matches(rule: AnyRule, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [rule.id, rule.title, ...(rule.aliases ?? []), ...controls(docsOf(rule))].join('\n').toLowerCase();
  return words.every((word) => text.includes(word.toLowerCase()));
}

function ruleJson(rule: AnyRule, runs: boolean) {
  const { frameworks, equivalents = {}, cks } = docsOf(rule);
  return {
    id: rule.id,
    title: rule.title,
    category: rule.category,
    severity: rule.severity,
    preset: rule.preset,
    runs,
    frameworks,
    ...(cks === undefined ? {} : { cks }),
    equivalents,
    aliases: rule.aliases ?? [],
    options: rule.options?.defaults ?? null,
  };
}

function groupByCategory(rules: readonly AnyRule[]): ReadonlyMap<string, readonly AnyRule[]> {
  const groups = new Map<string, AnyRule[]>();
  for (const rule of rules) {
    const group = groups.get(rule.category);
    if (group === undefined) groups.set(rule.category, [rule]);
    else group.push(rule);
  }
  return groups;
}
