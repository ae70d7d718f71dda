const CONTEXT = 3;

/** A unified diff of two texts under one name, empty where they are the same. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const old = linesOf(before);
  const fresh = linesOf(after);
  const steps = editScript(old, fresh);
  const lines = [`--- a/${path}`, `+++ b/${path}`];
  for (const hunk of hunksOf(steps)) lines.push(...formatHunk(hunk, old, fresh));
  return `${lines.join('\n')}\n`;
}

/** One line that stays, goes or comes, with its place in both texts. */
interface Step {
  readonly kind: ' ' | '-' | '+';
  readonly old: number;
  readonly fresh: number;
}

/** Myers' greedy walk over what is left between the common beginning and the common end. */
function editScript(old: readonly string[], fresh: readonly string[]): readonly Step[] {
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  const steps: Step[] = [];
  for (let index = 0; index < head; index++) steps.push({ kind: ' ', old: index, fresh: index });
  steps.push(...middle(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail), head));
  for (let index = tail; index > 0; index--)
    steps.push({ kind: ' ', old: old.length - index, fresh: fresh.length - index });
  return steps;
}

function middle(old: readonly string[], fresh: readonly string[], offset: number): readonly Step[] {
  const trace: Map<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  search: for (let depth = 0; depth <= old.length + fresh.length; depth++) {
    trace.push(new Map(furthest));
    for (let diagonal = -depth; diagonal <= depth; diagonal += 2) {
      let x = startOn(diagonal, depth, furthest);
      while (x < old.length && x - diagonal < fresh.length && old[x] === fresh[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= old.length && x - diagonal >= fresh.length) break search;
    }
    furthest = new Map(furthest);
  }
  const steps: Step[] = [];
  let x = old.length;
  let y = fresh.length;
  for (let depth = trace.length - 1; depth >= 0; depth--) {
    const before = trace[depth]!;
    const diagonal = x - y;
    const fromX = depth === 0 ? 0 : startOn(diagonal, depth, before);
    while (x > fromX && y > fromX - diagonal) steps.push({ kind: ' ', old: offset + --x, fresh: offset + --y });
    if (depth === 0) break;
    const cameDown = diagonal === -depth || (diagonal !== depth && at(before, diagonal - 1) < at(before, diagonal + 1));
    if (cameDown) steps.push({ kind: '+', old: offset + x, fresh: offset + --y });
    else steps.push({ kind: '-', old: offset + --x, fresh: offset + y });
  }
  return steps.reverse();
}

function startOn(diagonal: number, depth: number, furthest: ReadonlyMap<number, number>): number {
  const down = diagonal === -depth || (diagonal !== depth && at(furthest, diagonal - 1) < at(furthest, diagonal + 1));
  return down ? at(furthest, diagonal + 1) : at(furthest, diagonal - 1) + 1;
}

function at(furthest: ReadonlyMap<number, number>, diagonal: number): number {
  return furthest.get(diagonal) ?? -1;
}

function hunksOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const hunks: Step[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [index, { kind }] of steps.entries()) {
    if (kind === ' ') continue;
    const from = Math.max(index - CONTEXT, last + 1, 0);
    const joins = hunks.length > 0 && from <= last + CONTEXT + 1;
    if (!joins) {
      finish(hunks.at(-1), steps, last);
      hunks.push([]);
      last = from - 1;
    }
    hunks.at(-1)!.push(...steps.slice(last + 1, index + 1));
    last = index;
  }
  finish(hunks.at(-1), steps, last);
  return hunks;
}

function finish(hunk: Step[] | undefined, steps: readonly Step[], last: number): void {
  hunk?.push(...steps.slice(last + 1, last + 1 + CONTEXT));
}

function formatHunk(hunk: readonly Step[], old: readonly string[], fresh: readonly string[]): readonly string[] {
  const first = hunk[0]!;
  const oldCount = hunk.filter(({ kind }) => kind !== '+').length;
  const freshCount = hunk.filter(({ kind }) => kind !== '-').length;
  const range = (start: number, count: number) => `${count === 0 ? start : start + 1}${count === 1 ? '' : `,${count}`}`;
  const lines = [`@@ -${range(first.old, oldCount)} +${range(first.fresh, freshCount)} @@`];
  for (const { kind, old: oldLine, fresh: freshLine } of hunk) {
    const line = kind === '+' ? fresh[freshLine]! : old[oldLine]!;
    lines.push(kind + line.replace(/\n$/, ''));
    if (!line.endsWith('\n')) lines.push('\\ No newline at end of file');
  }
  return lines;
}

/** Lines with their ends, so that a missing last line break is a difference. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
