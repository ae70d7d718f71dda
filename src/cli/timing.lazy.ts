import { basename, dirname } from 'node:path';
import type { Lap, Phase } from '../engine/phases.ts';
import { now } from './clock.ts';

/** Where the time of a run went, for `--timing`. */
export interface Timing {
  readonly lap: Lap;
  /** Lines for standard error. `parsedAgain`: documents that the reduce phase had to parse once more. */
  report(parsedAgain: number): string;
}

export function startTiming(): Timing {
  const phases = new Map<Phase, number>();
  let before = now();
  return {
    lap(phase) {
      const time = now();
      phases.set(phase, (phases.get(phase) ?? 0) + time - before);
      before = time;
    },
    report(parsedAgain) {
      const parts = [...phases].map(([phase, milliseconds]) => `${phase} ${milliseconds.toFixed(1)}`);
      const sum = [...phases.values()].reduce((all, milliseconds) => all + milliseconds, 0);
      // Of a process, what stands before its program begins is the start of Node.js.
      return `timing: ${parts.join(', ')}; ${sum.toFixed(1)} ms of ${(process.uptime() * 1000).toFixed(0)} ms\nparsed again: ${parsedAgain} documents\nloaded: ${loadedFiles().join(', ')}\n`;
    },
  };
}

/** Files of the program that this run has loaded; the cache of `require` knows them. */
function loadedFiles(): readonly string[] {
  // `_cache` is what `require.cache` shows; it has no type, and `require` does not exist in an ES module.
  const { _cache: cache } = process.getBuiltinModule('node:module') as unknown as { readonly _cache: object };
  return Object.keys(cache)
    .filter((path) => basename(dirname(path)) === 'dist')
    .map((path) => basename(path));
}
