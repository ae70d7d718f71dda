import { mapSources, storeFor } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import { encodeShard } from '../engine/shard.ts';
import type { Found } from '../input/discover.ts';
import { read } from '../input/read.ts';
import { editsFor } from '../yaml/edit.ts';
import { parseArguments } from './args.ts';
import { LINT_OPTIONS } from './lint.ts';
import { readSettings } from './settings.ts';
import { processTerminal } from './terminal.ts';

/** A part of the map phase on a thread of its own. What is not here follows from the arguments. */
export interface Task {
  readonly argv: readonly string[];
  readonly found: readonly Found[];
  readonly part: number;
  readonly of: number;
  readonly withEdits: boolean;
}

/** Maps a part and gives it as the text of a shard, which is cheaper to hand over than objects are. */
export function mapPart({ argv, found, part, of, withEdits }: Task): Uint8Array {
  const settings = readSettings(parseArguments(argv, LINT_OPTIONS), processTerminal());
  const { sources, reopen } = read(found, { readStdin: () => Buffer.alloc(0), stdinName: '' });
  const plan = compile(settings.rules, settings.config);
  const input = { sources, plan, ...(withEdits ? { editsFor } : {}) };
  const mapped = mapSources(input, storeFor({ reopen }, 0), { part, of });
  return new TextEncoder().encode([...encodeShard({ part, of, planKey: '', mapped })].join(''));
}
