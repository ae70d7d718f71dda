import type { SourceFile } from '../text/source-file.ts';
import type { Document } from './document.ts';
import { parseFast } from './fast.ts';
import { withoutCommentLines } from './json-lines.ts';
import { parseChunk } from './reference.ts';
import { type Chunk, readStream } from './stream.ts';

/**
 * The one door from text to documents. Never throws: what cannot be read is a document with `errors`.
 * Documents that hold nothing (only comments and blanks) are left out.
 */
export function parse(file: SourceFile): readonly Document[] {
  return readStream(file.path.endsWith('.jsonl') ? withoutCommentLines(file) : file, readChunk);
}

/** The complete reader is a file of its own in the build, loaded with the first chunk that the fast path declines. */
function readChunk(file: SourceFile, chunk: Chunk, documents: Document[], carried: number[]): void {
  if (!parseFast(file, chunk, documents, carried)) parseChunk(file, chunk, documents, carried);
}
