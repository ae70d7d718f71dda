import type { SourceFile, Span } from '../text/source-file.ts';
import { isSpace } from './characters.ts';
import { Document, type YamlError } from './document.ts';
import { type JsonText, parseJson } from './json.ts';

/** Deeper nesting than this is reported, not followed. */
export const MAX_DEPTH = 500;

/** The message where kubectl silently leaves the rest of a document unread. */
export const UNREAD = 'the document ends before this line, and Kubernetes ignores the rest up to the next `---`';

/**
 * Reads one chunk and appends what it holds. Comments of a chunk that holds nothing else go to `carried`, as offsets of
 * start and end in turn, and from there to the next document.
 */
export type ReadChunk = (file: SourceFile, chunk: Chunk, documents: Document[], carried: number[]) => void;

/** Reads a file as kubectl does: JSON texts first if it opens with `{`, then what stands between `---` lines. */
export function readStream(file: SourceFile, readChunk: ReadChunk): readonly Document[] {
  const documents: Document[] = [];
  const from = readJsonTexts(file, documents);
  if (from === -1) return documents;
  const carried: number[] = [];
  for (const chunk of splitDocuments(file.text, from)) readChunk(file, chunk, documents, carried);
  const last = documents.at(-1);
  if (carried.length > 0 && last !== undefined) documents[documents.length - 1] = withComments(last, carried);
  return documents;
}

/** Reads one document alone. Undefined where the file opens with JSON, or where chunks of comments shift the count. */
export function readOne(file: SourceFile, index: number, readChunk: ReadChunk): Document | undefined {
  const { text } = file;
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (text.charCodeAt(skipGoSpace(text, start)) === 0x7b) return undefined;
  const chunks = splitDocuments(text, start);
  const chunk = chunks[index];
  // Comments of a chunk that holds nothing else belong to its neighbour.
  if (chunk === undefined || chunks.slice(0, index + 2).some((each) => !holdsContent(text, each))) return undefined;
  const documents: Document[] = [];
  documents.length = index;
  readChunk(file, chunk, documents, []);
  return documents[index];
}

function holdsContent(text: string, { start, end }: Chunk): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x23) {
      const next = text.indexOf('\n', at);
      if (next === -1) return false;
      at = next;
    } else if (!isSpace(code)) return true;
  }
  return false;
}

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

/** Reads the JSON texts that the file opens with, as kubectl does; gives where YAML begins, -1 for nowhere. */
function readJsonTexts(file: SourceFile, documents: Document[]): number {
  const { text } = file;
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (text.charCodeAt(skipGoSpace(text, start)) !== 0x7b) return start;
  let at = start;
  for (let count = 0; ; count++) {
    const json = parseJson(text, at, MAX_DEPTH);
    if (json === undefined) {
      // Behind one object kubectl still tries YAML, behind two it takes the rest for broken JSON.
      const yaml = count > 1 ? -1 : afterFirstBreak(text, at);
      if (yaml !== -1) return yaml;
      reportBrokenJson(file, at, documents);
      return nextSeparator(text, at);
    }
    documents.push(jsonDocument(file, json, documents.length));
    at = json.end;
    if (skipSpace(text, at) === text.length) return -1;
  }
}

function reportBrokenJson(file: SourceFile, at: number, documents: Document[]): void {
  const { text } = file;
  const start = skipSpace(text, at);
  const span = { start, end: lineEnd(text, start) };
  const message = 'this is no JSON, though the file begins like JSON';
  documents.push(failedDocument(file, documents.length, { message, span }, span, NO_COMMENTS));
}

/**
 * kubectl eats blanks up to the first line break before it turns from JSON to YAML, and gives up (-1) where fewer
 * than four bytes are left.
 */
function afterFirstBreak(text: string, from: number): number {
  for (let at = from; ; at++) {
    if (text.length - at < 4 && Buffer.byteLength(text.slice(at)) < 4) return -1;
    if (text.charCodeAt(at) === 0x0a) return at + 1;
    if (!isGoSpace(text, at)) return at;
  }
}

function jsonDocument(file: SourceFile, json: JsonText, index: number): Document {
  const { start, end, value, tape, duplicates, overflow } = json;
  const span = { start, end };
  if (overflow !== undefined) {
    const number = file.text.slice(overflow.start, overflow.end);
    const message = `${number} is no number that Kubernetes can take`;
    return failedDocument(file, index, { message, span: overflow }, span, NO_COMMENTS);
  }
  return new Document({ file, index, span, value, tape, comments: NO_COMMENTS, errors: [], duplicates });
}

/** A document that cannot be read. */
export function failedDocument(
  file: SourceFile,
  index: number,
  error: YamlError,
  span: Span,
  comments: Int32Array,
): Document {
  const tape = new Int32Array(0);
  return new Document({ file, index, span, value: null, tape, comments, errors: [error], duplicates: [] });
}

function withComments(document: Document, carried: readonly number[]): Document {
  const { file, index, span, value, tape, errors, duplicates } = document;
  const own = document.comments.flatMap(({ start, end }) => [start, end]);
  return new Document({
    file,
    index,
    span,
    value,
    tape,
    comments: Int32Array.from([...own, ...carried]),
    errors,
    duplicates,
  });
}

/** Without the blanks at both ends. */
export function trimmed(text: string, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start, end };
}

/** The end of the line, before its line break. */
export function lineEnd(text: string, from: number): number {
  let end = text.indexOf('\n', from);
  if (end === -1) end = text.length;
  return text.charCodeAt(end - 1) === 0x0d && end > from ? end - 1 : end;
}

const NO_COMMENTS = new Int32Array(0);

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

function skipGoSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isGoSpace(text, at)) at++;
  return at;
}
