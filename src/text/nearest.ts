/** The candidate that is most likely meant: few letters away, or one of the words the other way round. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  let rows: Rows | undefined;
  let letters: Int32Array | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - lower.length) >= bestDistance) continue;
    const other = candidate.toLowerCase();
    letters ??= lettersOf(lower);
    if (leastDistance(letters, lower.length, other) >= bestDistance) continue;
    rows ??= newRows();
    const distance = sameWords(lower, other) ? 1 : editDistance(lower, other, bestDistance, rows);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** How often each character comes, some of them counted together. */
function lettersOf(word: string): Int32Array {
  const letters = new Int32Array(128);
  for (let at = 0; at < word.length; at++) letters[word.charCodeAt(at) & 127]!++;
  return letters;
}

/** Letters that only one of two words has, whatever their order: no fewer edits lead from one to the other. */
function leastDistance(letters: Int32Array, length: number, other: string): number {
  let extra = 0;
  for (let at = 0; at < other.length; at++) if (--letters[other.charCodeAt(at) & 127]! < 0) extra++;
  for (let at = 0; at < other.length; at++) letters[other.charCodeAt(at) & 127]!++;
  return Math.max(extra, extra + length - other.length);
}

function sameWords(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  // The same words have the same letters, which is told sooner than words are sorted.
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += one.charCodeAt(at) - other.charCodeAt(at);
  return sum === 0 && one.split('-').sort().join() === other.split('-').sort().join();
}

/** Three rows of a table of distances, used again for every candidate. */
type Rows = readonly [Int32Array, Int32Array, Int32Array];

/** Longer names than any that Kubernetes takes. */
const LONGEST = 512;

function newRows(): Rows {
  return [new Int32Array(LONGEST + 1), new Int32Array(LONGEST + 1), new Int32Array(LONGEST + 1)];
}

/** Insertions, deletions, replacements and swaps of neighbours; stops counting at `limit`. */
function editDistance(one: string, other: string, limit: number, rows: Rows): number {
  const width = other.length;
  if (Math.abs(one.length - width) >= limit || one.length > LONGEST || width > LONGEST) return limit;
  let [beforeLast, last, current] = rows;
  for (let column = 0; column <= width; column++) last[column] = column;
  let above = -1;
  for (let row = 1; row <= one.length; row++) {
    const code = one.charCodeAt(row - 1);
    // Farther from the diagonal than the limit nothing is near enough any more.
    const from = Math.max(1, row - limit);
    const to = Math.min(width, row + limit);
    current[from - 1] = from === 1 ? row : limit;
    if (to < width) current[to + 1] = limit;
    let least = from === 1 ? row : limit;
    let left = -1;
    for (let column = from; column <= to; column++) {
      const own = other.charCodeAt(column - 1);
      let cost = last[column - 1]! + (code === own ? 0 : 1);
      if (last[column]! + 1 < cost) cost = last[column]! + 1;
      if (current[column - 1]! + 1 < cost) cost = current[column - 1]! + 1;
      if (code === left && above === own && beforeLast[column - 2]! + 1 < cost) cost = beforeLast[column - 2]! + 1;
      current[column] = cost;
      if (cost < least) least = cost;
      left = own;
    }
    // A swap reaches back two rows and then costs one more, so no later row is below the least of this one.
    if (least >= limit) return limit;
    above = code;
    const spare = beforeLast;
    beforeLast = last;
    last = current;
    current = spare;
  }
  return Math.min(last[width]!, limit);
}
