import type { SourceFile, Span } from '../text/source-file.ts';
import { Node } from './node.ts';
import type { Value } from './value.ts';

/**
 * Where every node of a document stands: TAPE_STRIDE integers a node, nodes in pre-order of the source.
 *
 *   [keyStart, keyEnd, valueStart, valueEnd, next]
 *
 * `keyStart`/`keyEnd` are -1 for list items and for the root; quotes belong to the span. `valueStart`/`valueEnd` cover
 * the value with its quotes or block scalar header, without trailing comments, line breaks or blanks; an empty value
 * is the empty span after its `:` or `-`. `next` is the index (not multiplied) of the node after this one's subtree,
 * so a subtree is skipped in one step. Of duplicate keys only the one that wins, the last, has entries. What came in
 * through an alias or a merge key stands where it was written, at the anchor.
 */
export const TAPE_STRIDE = 5;

export interface YamlError {
  /** One sentence without a full stop. */
  readonly message: string;
  readonly span: Span;
}

export interface DuplicateKey {
  readonly key: string;
  /** The key that is ignored. */
  readonly span: Span;
  /** The later key, which wins. */
  readonly winner: Span;
}

/** What a document is made of. Comments may come as offsets, start and end in turn: few ask for them. */
export type DocumentInit = Omit<Document, 'root' | 'comments' | 'isOrdinary'> & {
  readonly comments: readonly Span[] | Int32Array;
  readonly isOrdinary?: true;
};

/** One parsed document of a file. */
export class Document {
  readonly file: SourceFile;
  /** 0-based among the non-empty documents of the file. */
  readonly index: number;
  /** From the first text or comment behind the line of the `---` to the last before the next. */
  readonly span: Span;
  readonly value: Value;
  readonly tape: Int32Array;
  /** Why this document cannot be read. Where there is one, `value` is null and no rule but `yaml-syntax` looks at it. */
  readonly errors: readonly YamlError[];
  readonly duplicates: readonly DuplicateKey[];
  /** Read by the fast path: it holds neither anchors nor tags nor merge keys nor tabs that indent. */
  readonly isOrdinary: boolean;
  readonly root: Node;
  #comments: readonly Span[] | Int32Array;

  constructor(init: DocumentInit) {
    this.file = init.file;
    this.index = init.index;
    this.span = init.span;
    this.value = init.value;
    this.tape = init.tape;
    this.#comments = init.comments;
    this.errors = init.errors;
    this.duplicates = init.duplicates;
    this.isOrdinary = init.isOrdinary === true;
    this.root = new Node(this, undefined, undefined, init.value);
  }

  /**
   * Comments in source order, from `#` to before the line break. What stands before the document in chunks of the
   * stream that hold nothing but comments, and on the line of its `---`, belongs to it.
   */
  get comments(): readonly Span[] {
    if (this.#comments instanceof Int32Array) this.#comments = toSpans(this.#comments);
    return this.#comments;
  }
}

function toSpans(offsets: Int32Array): readonly Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < offsets.length; at += 2) spans.push({ start: offsets[at]!, end: offsets[at + 1]! });
  return spans;
}
