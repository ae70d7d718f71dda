import type { SourceFile } from '../text/source-file.ts';
import type { Document } from './document.ts';
import { parseReference } from './reference.ts';

/**
 * The one door from text to documents. Never throws: what cannot be read is a document with `errors`.
 * Documents that hold nothing (only comments and blanks) are left out.
 */
export function parse(file: SourceFile): readonly Document[] {
  return parseReference(file);
}
