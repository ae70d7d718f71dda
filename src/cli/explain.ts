import { docsOf } from '../engine/docs.ts';
import { rulePage } from '../reporters/rule-page.ts';
import { describeOptions, type OptionSpecs, parseArguments } from './args.ts';
import { type Command, UsageError } from './command.ts';
import { readSettings, resolveRuleId, SETTINGS_OPTIONS } from './settings.ts';

const OPTIONS = {
  config: SETTINGS_OPTIONS.config,
  'no-config': SETTINGS_OPTIONS['no-config'],
} as const satisfies OptionSpecs;

/** A rule's page, as it stands in `docs/rules/`. */
export const command: Command = {
  help: `kubesec-lint explain RULE…

Why a rule exists, what to write instead, with examples.

${describeOptions(OPTIONS)}`,
  run(argv, terminal) {
    const args = parseArguments(argv, OPTIONS);
    if (args.positionals.length === 0)
      throw new UsageError('explain needs the name of a rule; kubesec-lint rules lists them');
    const { rules } = readSettings(args, terminal);
    for (const name of args.positionals) {
      const id = resolveRuleId(name, rules);
      const rule = rules.find((each) => each.id === id)!;
      terminal.out(rulePage(rule, docsOf(rule)));
    }
    return 0;
  },
};
