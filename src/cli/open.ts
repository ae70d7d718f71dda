import type { Source } from '../engine/lint.ts';
import { discover, type Target } from '../input/discover.ts';
import { read } from '../input/read.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Arguments } from './args.ts';
import type { Terminal } from './command.ts';
import type { Settings } from './settings.ts';

/** What a command was pointed at, ready to be read. */
export interface Input {
  readonly targets: readonly Target[];
  readonly sources: Iterable<Source>;
  readonly reopen: (path: string) => SourceFile;
}

/** Finds and opens what the arguments of a command name; without any, the working folder. */
export function openInput(args: Arguments, settings: Settings, terminal: Terminal): Input {
  const targets = discover(args.positionals.length === 0 ? ['.'] : args.positionals, {
    cwd: terminal.cwd,
    ignore: settings.ignore,
  });
  const { sources, reopen } = read(
    targets.flatMap(({ found }) => found),
    { readStdin: () => terminal.readStdin(), stdinName: args.value('stdin-filename') ?? 'stdin' },
  );
  return { targets, sources, reopen };
}
