import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Measure {
  /** Milliseconds of wall clock, minimum and median over the counted runs. */
  readonly minimum: number;
  readonly median: number;
  /** Milliseconds of processor time of the run with the median wall clock. */
  readonly cpu: number;
  /** Peak resident memory in megabytes; undefined where GNU time is not installed. */
  readonly peak: number | undefined;
  readonly outputBytes: number;
}

/**
 * Runs commands in turn, A B C A B C …, after one warm-up each, so that a machine that slows down slows all of them.
 * NODE_EXTRA_CA_CERTS is unset: Node reads it at every start, which is no cost of ours.
 */
export function measureInTurn(
  commands: readonly Command[],
  runs: number,
  timeoutMs: number,
): ReadonlyMap<string, Measure> {
  const kept = new Map<string, Run[]>();
  const lost = new Set<string>();
  for (let round = -1; round < runs; round++) {
    for (const command of commands) {
      if (lost.has(command.name)) continue;
      const run = runOnce(command, timeoutMs);
      if (run === undefined) lost.add(command.name);
      else if (round >= 0) kept.set(command.name, [...(kept.get(command.name) ?? []), run]);
    }
  }
  const measures = new Map<string, Measure>();
  for (const [name, all] of kept) {
    if (lost.has(name)) continue;
    const sorted = [...all].sort((a, b) => a.wall - b.wall);
    const middle = sorted[Math.floor(sorted.length / 2)]!;
    measures.set(name, {
      minimum: sorted[0]!.wall,
      median: middle.wall,
      cpu: middle.cpu,
      peak: middle.peak,
      outputBytes: middle.outputBytes,
    });
  }
  return measures;
}

export function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number | undefined;
  readonly outputBytes: number;
}

const GNU_TIME = '/usr/bin/time';

/** Undefined when the command could not be run or took too long. */
function runOnce({ argv, env }: Command, timeoutMs: number): Run | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const figures = join(folder, 'time');
  const timed = existsSync(GNU_TIME);
  const [program, ...args] = timed ? [GNU_TIME, '-f', '%U %S %M', '-o', figures, ...argv] : argv;
  const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
  const start = performance.now();
  const { stdout, error } = spawnSync(program!, args, {
    env: { ...inherited, ...env },
    maxBuffer: 2 ** 31,
    timeout: timeoutMs,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const wall = performance.now() - start;
  try {
    if (error !== undefined) return undefined;
    if (!timed) return { wall, cpu: Number.NaN, peak: undefined, outputBytes: stdout.length };
    // A non-zero exit status puts a line of its own before the figures.
    const [user, system, kilobytes] = readFileSync(figures, 'utf8').trim().split('\n').at(-1)!.split(' ').map(Number);
    return { wall, cpu: (user! + system!) * 1000, peak: kilobytes! / 1024, outputBytes: stdout.length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
