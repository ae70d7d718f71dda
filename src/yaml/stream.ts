import type { Span } from '../text/source-file.ts';

/** The text between two `---` lines. kubectl cuts the stream there before it looks at any YAML, and so do we. */
export interface Chunk extends Span {
  /** What stands on the line of the `---` that opens the chunk and is neither blank nor comment: kubectl stops there. */
  readonly badSeparator: Span | undefined;
  /** The comment on the line of that `---`. */
  readonly comment: Span | undefined;
  /**
   * Whether the line of the `---` is still part of what is parsed: kubectl leaves it in place where nothing, not even
   * a blank line, stands before it. `start` is then behind the `---` and its blanks.
   */
  readonly isOpening: boolean;
}

/** Cuts a text at the lines that begin with `---`. */
export function splitDocuments(text: string, from = 0): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let chunk: Chunk = { start: from, end: from, badSeparator: undefined, comment: undefined, isOpening: false };
  let mark = text.startsWith('---', from) ? from : nextSeparator(text, from);
  for (;;) {
    const end = mark === -1 ? text.length : mark;
    const isEmpty = end === chunk.start && !chunk.isOpening && chunk.badSeparator === undefined;
    if (!isEmpty) chunks.push({ ...chunk, end });
    if (mark === -1) return chunks;
    chunk = openChunk(text, mark, isEmpty);
    mark = nextSeparator(text, mark + 3);
  }
}

/** The start of the next line that begins with `---`, -1 where there is none. */
export function nextSeparator(text: string, from: number): number {
  const at = text.indexOf('\n---', from);
  return at === -1 ? -1 : at + 1;
}

/** unicode.IsSpace, which decides at the seams of a stream what is blank. */
export function isGoSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code === 0x85 || (code !== 0xfeff && /\s/.test(text[at]!));
}

function openChunk(text: string, mark: number, isOpening: boolean): Chunk {
  let lineEnd = text.indexOf('\n', mark);
  if (lineEnd === -1) lineEnd = text.length;
  let from = mark + 3;
  let to = lineEnd;
  while (from < to && isGoSpace(text, from)) from++;
  while (to > from && isGoSpace(text, to - 1)) to--;
  const content = from < to ? { start: from, end: to } : undefined;
  const isComment = text.charCodeAt(from) === 0x23;
  const start = isOpening ? behindIndicator(text, mark) : Math.min(lineEnd + 1, text.length);
  return {
    start,
    end: start,
    badSeparator: isComment ? undefined : content,
    comment: isComment && !isOpening ? content : undefined,
    isOpening,
  };
}

/** Behind `---` and its blanks; before it where no blank follows, so that it is no indicator but part of a word. */
function behindIndicator(text: string, mark: number): number {
  let at = mark + 3;
  if (at < text.length && !/[ \t\r\n\x85\u2028\u2029]/.test(text[at]!)) return mark;
  while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at++;
  return at;
}
