import type { Span } from './source-file.ts';

/** Puts `text` where `span` is; an empty span inserts. */
export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/** Edits in the order of the text; those that begin at the same place keep their order. */
export function sortEdits(edits: readonly TextEdit[]): readonly TextEdit[] {
  return edits.toSorted((one, other) => one.span.start - other.span.start || one.span.end - other.span.end);
}

/** Whether two edits want the same characters. Insertions at one place do not. */
export function editsOverlap(edits: readonly TextEdit[]): boolean {
  let end = 0;
  for (const { span } of sortEdits(edits)) {
    if (span.start < end) return true;
    end = span.end;
  }
  return false;
}

/** The text after the edits, which must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const { span, text: insertion } of sortEdits(edits)) {
    if (span.start < at || span.end > text.length)
      throw new RangeError(`edit at ${span.start} overlaps or lies outside`);
    result += text.slice(at, span.start) + insertion;
    at = span.end;
  }
  return result + text.slice(at);
}
