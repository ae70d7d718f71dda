import { decodeResult, encodeResult } from './file-result-text.ts';
import type { Mapped } from './lint.ts';

/** The map phase of a part of the input, on its way to `merge`. */
export interface Shard {
  /** Which part of how many, from 1. */
  readonly part: number;
  readonly of: number;
  /** What has to be the same in every part: version, rules, settings. */
  readonly planKey: string;
  readonly mapped: Mapped;
}

/** Which files belong to a part: every N-th, so that parts are of about the same size. */
export function inShard(index: number, part: number, of: number): boolean {
  return index % of === part - 1;
}

/**
 * A shard as lines of JSON: a head, then whatever a source of the input led to with its number in the whole input, by
 * which `joinShards` restores the order of a single run.
 */
export function* encodeShard({ part, of, planKey, mapped }: Shard): Iterable<string> {
  yield `${JSON.stringify({ kubesecLintShard: 1, part, of, planKey })}\n`;
  for (const { order, outcome } of mapped.outcomes) {
    if (outcome.kind === 'result') yield `${order} result ${encodeResult(outcome.result)}\n`;
    else if (outcome.kind === 'known') yield `${order} result ${encodeResult(outcome.result())}\n`;
    else yield `${order} ${outcome.kind} ${JSON.stringify(outcome)}\n`;
  }
}

/** Throws an error with a sentence about what is wrong with the text. */
export function decodeShard(text: string): Shard {
  const [first = '', ...lines] = text.split('\n');
  const head = parseHead(first);
  const outcomes = lines
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^(\d+) (result|problem|skipped) /.exec(line);
      if (match === null) throw new Error('is cut off or damaged');
      const body = line.slice(match[0].length);
      const order = Number(match[1]);
      const outcome = match[2] === 'result' ? { kind: 'result', result: decodeResult(body) } : JSON.parse(body);
      return { order, outcome };
    });
  return { ...head, mapped: { outcomes } };
}

/** The parts of one run, back in order. Throws an error with a sentence where they do not belong together. */
export function joinShards(shards: readonly Shard[]): Mapped {
  const [first] = shards;
  if (first === undefined) throw new Error('there is nothing to merge');
  const seen = new Set<number>();
  for (const { part, of, planKey } of shards) {
    if (of !== first.of) throw new Error(`part ${part} is of ${of}, others are of ${first.of}`);
    if (planKey !== first.planKey) throw new Error(`part ${part} was made by another version or with other settings`);
    if (seen.has(part)) throw new Error(`part ${part} of ${of} is given twice`);
    seen.add(part);
  }
  for (let part = 1; part <= first.of; part++) {
    if (!seen.has(part)) throw new Error(`part ${part} of ${first.of} is missing`);
  }
  return { outcomes: shards.flatMap(({ mapped }) => mapped.outcomes).sort((a, b) => a.order - b.order) };
}

function parseHead(line: string): Omit<Shard, 'mapped'> {
  let head: unknown;
  try {
    head = JSON.parse(line);
  } catch {
    throw new Error('is not the report of a shard');
  }
  const { kubesecLintShard, part, of, planKey } = head as Record<string, unknown>;
  if (kubesecLintShard !== 1 || typeof part !== 'number' || typeof of !== 'number' || typeof planKey !== 'string') {
    throw new Error('is not the report of a shard');
  }
  return { part, of, planKey };
}
