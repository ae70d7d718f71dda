import type { SourceFile } from '../text/source-file.ts';
import { Document } from './document.ts';
import { parseFast } from './fast.ts';
import { withoutCommentLines } from './json-lines.ts';
import { parseChunk } from './reference.ts';
import { type Chunk, readOne, readStream } from './stream.ts';
import { readUnitFile } from './unit-file.lazy.ts';

/**
 * The one door from text to documents. Never throws: what cannot be read is a document with `errors`.
 * Documents that hold nothing (only comments and blanks) are left out. A systemd unit is one document.
 */
export function parse(file: SourceFile): readonly Document[] {
  if (isUnitFile(file)) return [unitDocument(file)];
  return readStream(file.path.endsWith('.jsonl') ? withoutCommentLines(file) : file, readChunk);
}

/** One document of a file without the others; undefined where its place among them is not told by the `---` alone. */
export function parseOne(file: SourceFile, index: number): Document | undefined {
  if (isUnitFile(file) || file.path.endsWith('.jsonl')) return undefined;
  return readOne(file, index, readChunk);
}

/**
 * A systemd unit, a drop-in of one, or a file of environment variables: by its name, and by its first line, which is
 * that of no manifest.
 */
export function isUnitFile({ path, text }: SourceFile): boolean {
  return UNIT_NAME.test(path) && FIRST_LINE.test(text);
}

/** With an ending of these, or with none. */
const UNIT_NAME = /(?:\.(?:service|conf|env)|(?:^|\/)[^./]+)$/;

/** `[Service]` or `NAME=` behind comments and empty lines. */
const FIRST_LINE = /^(?:[ \t]*(?:[#;].*)?\r?\n)*[ \t]*(?:\[[A-Za-z-]+\][ \t]*\r?(?:\n|$)|[A-Za-z_]\w*[ \t]*=)/;

function unitDocument(file: SourceFile): Document {
  const span = { start: 0, end: file.text.length };
  return new Document({ file, index: 0, span, errors: [], duplicates: [], ...readUnitFile(file.text) });
}

/** The complete reader is a file of its own in the build, loaded with the first chunk that the fast path declines. */
function readChunk(file: SourceFile, chunk: Chunk, documents: Document[], carried: number[]): void {
  if (!parseFast(file, chunk, documents, carried)) parseChunk(file, chunk, documents, carried);
}
