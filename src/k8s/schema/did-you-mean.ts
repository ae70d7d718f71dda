/**
 * The one candidate that was probably meant: the same but for case, a plural or singular, or one or two slips of the
 * finger (a letter too many, too few, wrong, or two swapped). Undefined where none or several are equally near.
 */
export function didYouMean(word: string, candidates: Iterable<string>, limit = 2): string | undefined {
  const lower = word.toLowerCase();
  const allowed = Math.min(limit, slips(word));
  let best: string | undefined;
  let least = allowed + 1;
  let tied = false;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    if (candidate.toLowerCase() === lower) return candidate;
    if (Math.abs(candidate.length - word.length) >= least + 1) continue;
    const apart = distance(lower, candidate.toLowerCase(), least);
    if (apart < least) {
      best = candidate;
      least = apart;
      tied = false;
    } else if (apart === least && apart <= allowed) tied = true;
  }
  return tied ? undefined : best;
}

/** Optimal string alignment distance, given up at more than `limit`. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length]!;
}

/** Short words are near to many others: `to` and `from` shall not be one another's typo. */
function slips(word: string): number {
  if (word.length <= 2) return 0;
  return word.length <= 5 ? 1 : 2;
}
