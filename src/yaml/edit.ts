import type { TextEdit } from '../text/edits.ts';
import type { Document } from './document.ts';
import type { Value } from './value.ts';

/** A change of what a document says; paths run from the document's root. */
export type Change =
  | { readonly op: 'set'; readonly path: readonly (string | number)[]; readonly value: Value }
  | { readonly op: 'remove'; readonly path: readonly (string | number)[] }
  | { readonly op: 'rename'; readonly path: readonly (string | number)[]; readonly key: string };

/** Text edits that make the changes and leave every other byte alone. */
export function editsFor(_document: Document, _changes: readonly Change[]): readonly TextEdit[] {
  return [];
}
