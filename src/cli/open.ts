import type { Source } from '../engine/lint.ts';
import { inShard } from '../engine/shard.ts';
import { discover, type Found, type Target } from '../input/discover.ts';
import { type KnownResults, read } from '../input/read.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Arguments } from './args.ts';
import type { Terminal } from './command.ts';
import type { Settings } from './settings.ts';

/** What a command was pointed at, ready to be read. */
export interface Input {
  readonly targets: readonly Target[];
  readonly sources: Iterable<Source>;
  readonly reopen: (path: string) => SourceFile;
  /** The sources as they were found, not yet read. */
  readonly found: readonly Found[];
  /** Reads some of them. */
  sourcesOf(found: Iterable<Found>): Iterable<Source>;
}

export interface InputOptions {
  /** Results of earlier runs. */
  readonly known?: KnownResults;
  /** Reads a part of what was found. */
  readonly part?: number;
  readonly of?: number;
}

/** Finds and opens what the arguments of a command name; without any, the working folder. */
export function openInput(
  args: Arguments,
  settings: Settings,
  terminal: Terminal,
  { known, part, of }: InputOptions = {},
): Input {
  const targets = discover(args.positionals.length === 0 ? ['.'] : args.positionals, {
    cwd: terminal.cwd,
    ignore: settings.ignore,
  });
  const all = targets.flatMap((target) => target.found);
  const found = part === undefined || of === undefined ? all : all.filter((_, index) => inShard(index, part, of));
  const reading = read(found, {
    ...(known === undefined ? {} : { known }),
    readStdin: () => terminal.readStdin(),
    stdinName: args.value('stdin-filename') ?? 'stdin',
  });
  if (found.length >= MANY_FILES) starter()?.expectManyFiles();
  const { sources, reopen } = reading;
  return { targets, sources: counted(sources), reopen, found, sourcesOf: (some) => counted(reading.sourcesOf(some)) };
}

/** From this many files on V8 had better optimize later: see `bin/kubesec-lint.cjs`, which starts the program. */
const MANY_FILES = 20;

function starter(): { readonly expectManyFiles: () => void } | undefined {
  return (globalThis as { kubesecLintStarter?: { readonly expectManyFiles: () => void } }).kubesecLintStarter;
}

/** From this many characters of input on, machine code is worth what it costs to make. */
const LONG_RUN = 1_000_000;

/** The single binary runs without machine code as long as that is faster; see `scripts/build-binary.ts`. */
function counted(sources: Iterable<Source>): Iterable<Source> {
  const inside = (globalThis as { kubesecLintTables?: { readonly expectLongRun: () => void } }).kubesecLintTables;
  return inside === undefined ? sources : countedUntil(LONG_RUN, sources, inside.expectLongRun);
}

function* countedUntil(limit: number, sources: Iterable<Source>, then: () => void): Iterable<Source> {
  let size = 0;
  for (const source of sources) {
    if (size < limit && source.kind === 'text') {
      size += source.file.text.length;
      if (size >= limit) then();
    }
    yield source;
  }
}
