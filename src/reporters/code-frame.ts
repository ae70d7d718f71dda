import type { Place } from '../engine/finding.ts';
import type { SourceFile } from '../text/source-file.ts';
import { plain } from './plain.ts';

export interface CodeFrame {
  readonly lineNumber: number;
  readonly line: string;
  /** Blanks up to the place, then carets below it. */
  readonly marks: string;
}

/** The line on which a place starts, without its indentation, cut to `width` around the place. */
export function codeFrame(source: SourceFile, { range }: Pick<Place, 'range'>, width: number): CodeFrame | undefined {
  const { start, end } = range;
  const raw = source.line(start.line);
  if (raw.trim() === '') return undefined;
  const indentation = raw.length - raw.trimStart().length;
  const from = Math.max(start.column - 1, indentation);
  const to = end.line > start.line ? raw.trimEnd().length : Math.max(end.column - 1, from + 1);
  const marked = clean(raw.slice(from, to));
  const before = clean(raw.slice(indentation, from));
  const after = clean(raw.slice(to));

  const room = Math.max(20, width);
  const shownMarked = cutEnd(marked, room);
  const shownBefore = cutStart(before, Math.max(0, room - shownMarked.length));
  const shownAfter = cutEnd(after, Math.max(0, room - shownMarked.length - shownBefore.length));
  return {
    lineNumber: start.line,
    line: shownBefore + shownMarked + shownAfter,
    marks: ' '.repeat(columns(shownBefore)) + '^'.repeat(Math.max(1, columns(shownMarked))),
  };
}

function clean(text: string): string {
  return plain(text.replaceAll('\t', ' '));
}

function cutEnd(text: string, room: number): string {
  return text.length <= room ? text : room === 0 ? '' : `${text.slice(0, room - 1)}…`;
}

function cutStart(text: string, room: number): string {
  return text.length <= room ? text : room === 0 ? '' : `…${text.slice(text.length - room + 1)}`;
}

/** How many cells of a terminal a text fills: East Asian wide characters and emoji take two, combining marks none. */
export function columns(text: string): number {
  if (/^[ -~…]*$/.test(text)) return text.length;
  let count = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(character)) continue;
    count += WIDE.test(character) ? 2 : 1;
  }
  return count;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
