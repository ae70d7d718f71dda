import type { Span } from '../text/source-file.ts';

/** The text between two `---` lines. kubectl cuts the stream there before it looks at any YAML, and so do we. */
export interface Chunk extends Span {
  /** What stands behind the `---` that opens the chunk and is neither blank nor comment: kubectl stops there. */
  readonly badSeparator: Span | undefined;
}

/** Cuts a text at the lines that begin with `---`. A comment on such a line belongs to the chunk that it opens. */
export function splitDocuments(text: string, from = 0): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let start = from;
  let badSeparator: Span | undefined;
  let mark = text.startsWith('---', from) ? from : nextSeparator(text, from);
  for (;;) {
    if (mark === -1) {
      chunks.push({ start, end: text.length, badSeparator });
      return chunks;
    }
    if (mark > start || badSeparator !== undefined) chunks.push({ start, end: mark, badSeparator });
    start = mark + 3;
    badSeparator = contentBehind(text, start);
    mark = nextSeparator(text, start);
  }
}

function nextSeparator(text: string, from: number): number {
  const at = text.indexOf('\n---', from);
  return at === -1 ? -1 : at + 1;
}

function contentBehind(text: string, start: number): Span | undefined {
  let end = text.indexOf('\n', start);
  if (end === -1) end = text.length;
  const rest = text.slice(start, end);
  const content = rest.trim();
  if (content === '' || content.startsWith('#')) return undefined;
  const offset = start + rest.indexOf(content);
  return { start: offset, end: offset + content.length };
}
