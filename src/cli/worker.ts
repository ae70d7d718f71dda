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
import { takeTurns } from './turns.ts';

/** What one of several threads needs to know to take its share of the map phase. The rest follows from the arguments. */
export interface Task {
  readonly argv: readonly string[];
  /** All that was found, and which of it the threads have taken: see `takeTurns`. */
  readonly found: readonly Found[];
  readonly next: Int32Array;
  readonly withEdits: boolean;
}

/** Maps a share and gives it as the text of a shard, which is cheaper to hand over than objects are. */
export function mapShare({ argv, found, next, withEdits }: Task): Uint8Array {
  const settings = readSettings(parseArguments(argv, LINT_OPTIONS), processTerminal());
  const { sourcesOf, reopen } = read(found, { readStdin: () => Buffer.alloc(0), stdinName: '' });
  const plan = compile(settings.rules, settings.config);
  const own = takeTurns(found, next);
  const input = { sources: sourcesOf(own.found), plan, ...(withEdits ? { editsFor } : {}) };
  const mapped = mapSources(input, storeFor({ reopen }, 0), { orderOf: own.orderOf });
  return new TextEncoder().encode([...encodeShard({ part: 1, of: 1, planKey: '', mapped })].join(''));
}
