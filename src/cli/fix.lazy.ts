import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FixSafety } from '../engine/finding.ts';
import { applyFixes, type FixOutcome } from '../engine/fix.ts';
import { lint, type Source } from '../engine/lint.ts';
import type { Plan } from '../engine/plan.ts';
import type { Report } from '../engine/report.ts';
import type { SuppressionSettings } from '../engine/suppress.ts';
import { unifiedDiff } from '../text/diff.ts';
import { SourceFile } from '../text/source-file.ts';
import { editsFor } from '../yaml/edit.ts';
import type { Arguments } from './args.ts';
import { type Terminal, UsageError } from './command.ts';
import type { Input } from './open.ts';

export interface FixRequest {
  readonly plan: Plan;
  readonly input: Input;
  readonly suppressions: SuppressionSettings;
}

/**
 * Fixes the input and returns the report of what is left. With `--fix-dry-run` the files stay as they are, and
 * standard output gets a diff in the place of the report; the result is then undefined.
 */
export function runFixes(
  { plan, input, suppressions }: FixRequest,
  args: Arguments,
  terminal: Terminal,
): Report | undefined {
  if (args.positionals.includes('-')) throw new UsageError('standard input cannot be fixed; name the file');
  const sources = [...input.sources];
  const outcome = applyFixes({
    editsFor,
    safeties: safetiesOf(args),
    lint: (texts) =>
      lint({
        plan,
        suppressions,
        editsFor,
        keepsChanges: true,
        sources: withTexts(sources, texts),
        reopen: reopenWith(input, texts),
      }),
  });
  if (args.has('fix-dry-run')) {
    for (const [path, text] of outcome.texts) terminal.out(unifiedDiff(path, input.reopen(path).text, text));
    terminal.err(describe(outcome, 'would fix'));
    return undefined;
  }
  for (const [path, text] of outcome.texts) writeBack(resolve(terminal.cwd, path), path, text);
  terminal.err(describe(outcome, 'fixed'));
  return outcome.report;
}

function safetiesOf(args: Arguments): readonly FixSafety[] {
  return args.has('hardening') ? ['safe', 'hardening'] : ['safe'];
}

function* withTexts(sources: readonly Source[], texts: ReadonlyMap<string, string>): Iterable<Source> {
  for (const source of sources) {
    const text = source.kind === 'text' ? texts.get(source.file.path) : undefined;
    yield source.kind === 'text' && text !== undefined
      ? { kind: 'text', file: new SourceFile(source.file.path, text) }
      : source;
  }
}

function reopenWith(input: Input, texts: ReadonlyMap<string, string>): (path: string) => SourceFile {
  return (path) => {
    const text = texts.get(path);
    return text === undefined ? input.reopen(path) : new SourceFile(path, text);
  };
}

/** A byte order mark is not part of the text that is linted, and stays where it was. */
function writeBack(path: string, shown: string, text: string): void {
  try {
    const mark = readFileSync(path, 'utf8').startsWith('\ufeff') ? '\ufeff' : '';
    writeFileSync(path, mark + text);
  } catch (error) {
    throw new UsageError(`cannot write ${shown}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function describe({ fixed, texts, refused }: FixOutcome, verb: string): string {
  const done = `${verb} ${fixed.length} finding${fixed.length === 1 ? '' : 's'} in ${texts.size} file${texts.size === 1 ? '' : 's'}`;
  const left =
    refused.length === 0
      ? ''
      : `; ${refused.length} left alone, since the fix would not hold or would bring another finding`;
  return `kubesec-lint: ${done}${left}\n`;
}
