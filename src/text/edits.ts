import type { Span } from './source-file.ts';

/** Puts `text` where `span` is; an empty span inserts. */
export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}
