import { join, resolve } from 'node:path';
import { type Mapped, mapSources, type Source } from '../engine/lint.ts';
import type { Lap } from '../engine/phases.ts';
import { type Plan, planKeyOf } from '../engine/plan.ts';
import type { DocumentStore } from '../engine/project-index.ts';
import type { EditsFor } from '../engine/reporter.ts';
import type { Found } from '../input/discover.ts';
import { openResultCache, type ResultCache } from '../input/result-cache.lazy.ts';
import type { Arguments, OptionSpecs } from './args.ts';
import { type Terminal, UsageError } from './command.ts';
import { BUILD_ID, TOOL_VERSION } from './version.ts';

export const MAPPING_OPTIONS = {
  jobs: { value: 'N', text: 'threads to read and check with; default as many as pay' },
  cache: { text: 'keep results by content and use them in the next run' },
  'cache-dir': { value: 'DIR', text: 'where --cache keeps them; default the cache folder of the user' },
  shard: { value: 'I/N', text: 'lint the I-th of N parts and write what kubesec-lint merge joins' },
} as const satisfies OptionSpecs;

/** Which part of the input this run is for. */
export interface Part {
  readonly part: number;
  readonly of: number;
}

/** Of N parts each takes every N-th file. */
export function orderIn(shard: Part | undefined): (nth: number) => number {
  return shard === undefined ? (nth) => nth : (nth) => shard.part - 1 + nth * shard.of;
}

/** Undefined where the run is for the whole input. */
export function requestedShard(args: Arguments): Part | undefined {
  const text = args.value('shard');
  if (text === undefined) return undefined;
  const match = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text);
  const [part, of] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || part > of) throw new UsageError(`--shard "${text}" is not of the form I/N, as in 2/8`);
  return { part, of };
}

/** What results depend on besides the files: the settings, the build, and whether they carry text edits. */
export function resultKey(plan: Plan, editsFor: EditsFor | undefined): string {
  return JSON.stringify([TOOL_VERSION, BUILD_ID, editsFor !== undefined, planKeyOf(plan)]);
}

/** From this many files on a second thread saves more than its start costs. */
const FILES_FOR_THREADS = 500;
const MOST_THREADS = 8;

/**
 * How many threads take part. One for a shard, a cache, standard input, rules from plugins, and where the program is
 * not a file that a thread could load: unbuilt sources, the single binary.
 */
export function requestedThreads(
  args: Arguments,
  plan: Plan,
  found: readonly Found[],
  cache: ResultCache | undefined,
): number {
  const text = args.value('jobs');
  if (text !== undefined && !/^[1-9]\d{0,2}$/.test(text))
    throw new UsageError(`--jobs "${text}" is not a number of threads`);
  const isSingleBinary = Object.hasOwn(globalThis, 'kubesecLintTables');
  if (BUILD_ID === undefined || isSingleBinary || cache !== undefined || plan.config.plugins.length > 0) return 1;
  if (args.has('shard') || found.some(({ kind }) => kind === 'stdin')) return 1;
  if (text === undefined && found.length < FILES_FOR_THREADS) return 1;
  const wanted = text === undefined ? process.getBuiltinModule('node:os').availableParallelism() : Number(text);
  return Math.max(1, Math.min(wanted, MOST_THREADS, found.length));
}

/** Undefined without `--cache`, and where results cannot be told apart: unbuilt sources, rules from plugins. */
export function requestedCache(
  args: Arguments,
  plan: Plan,
  editsFor: EditsFor | undefined,
  terminal: Terminal,
): ResultCache | undefined {
  if (!args.has('cache')) return undefined;
  if (BUILD_ID === undefined || plan.config.plugins.length > 0) return undefined;
  const named = args.value('cache-dir');
  const folder = named === undefined ? userCacheFolder(terminal.env) : resolve(terminal.cwd, named);
  return openResultCache(folder, resultKey(plan, editsFor));
}

/** The map phase of this run's part of the input. */
export function mapInput(
  sources: Iterable<Source>,
  {
    plan,
    editsFor,
    lap,
  }: { readonly plan: Plan; readonly editsFor: EditsFor | undefined; readonly lap?: Lap | undefined },
  store: DocumentStore,
  orderOf: (nth: number) => number,
  cache: ResultCache | undefined,
): Mapped {
  const mapped = mapSources({ sources, plan, lap, ...(editsFor === undefined ? {} : { editsFor }) }, store, {
    orderOf,
    onResult: (key, result) => {
      if (key !== undefined) cache?.put(key, result);
    },
  });
  cache?.save();
  return mapped;
}

/**
 * All that a report depends on besides the plan, which the cache itself goes by; undefined where a part of the input,
 * such as standard input, has nothing to go by.
 */
export function reportParts({ outcomes }: Mapped, { config }: Plan, day: string): readonly string[] | undefined {
  const parts = [day, JSON.stringify(config)];
  for (const { outcome } of outcomes) {
    if (outcome.kind === 'result' || outcome.kind === 'known') {
      if (outcome.key === undefined) return undefined;
      parts.push(outcome.key);
    } else parts.push(JSON.stringify(outcome));
  }
  return parts;
}

function userCacheFolder(env: Terminal['env']): string {
  const base =
    env['XDG_CACHE_HOME'] ??
    (process.platform === 'win32' ? env['LOCALAPPDATA'] : undefined) ??
    join(process.getBuiltinModule('node:os').homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(base, 'kubesec-lint');
}
