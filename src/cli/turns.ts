import type { Found } from '../input/discover.ts';

/** Enough that threads hardly ever ask at the same time, few enough that none is left with much at the end. */
const AT_A_TIME = 16;

/** The files that one of several threads takes, and the number that each of them has in the whole input. */
export interface Share {
  readonly found: Iterable<Found>;
  orderOf(nth: number): number;
}

/**
 * Threads take the next files when they are done with the last, so that all are done at about the same time. `next` is
 * shared memory with the number of the first file that nobody has taken.
 */
export function takeTurns(all: readonly Found[], next: Int32Array): Share {
  const taken: number[] = [];
  function* found(): Iterable<Found> {
    for (;;) {
      const first = Atomics.add(next, 0, AT_A_TIME);
      if (first >= all.length) return;
      for (let order = first; order < Math.min(first + AT_A_TIME, all.length); order++) {
        taken.push(order);
        yield all[order]!;
      }
    }
  }
  return { found: found(), orderOf: (nth) => taken[nth]! };
}
