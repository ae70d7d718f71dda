/** Half-open UTF-16 offsets into the text of a source file. Line and column are derived from them, never stored. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** 1-based line and 1-based UTF-16 column. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export type Origin =
  | { readonly kind: 'file' }
  | { readonly kind: 'stdin' }
  /** Text inside a scalar of another file: a manifest in a ConfigMap value, a plugin configuration. */
  | { readonly kind: 'embedded'; readonly host: SourceFile; readonly toHost: (offset: number) => number };

/** One text and its name as shown to the user. Finding newlines is put off until the first position is asked for. */
export class SourceFile {
  /** '/'-separated, relative to the working folder where it lies below it. */
  readonly path: string;
  readonly text: string;
  readonly origin: Origin;
  #lineStarts: Int32Array | undefined;

  constructor(path: string, text: string, origin: Origin = { kind: 'file' }) {
    this.path = path;
    this.text = text;
    this.origin = origin;
  }

  position(offset: number): Position {
    const starts = this.lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  }

  range(span: Span): Range {
    return { start: this.position(span.start), end: this.position(span.end) };
  }

  /** The text of a 1-based line without its line break. */
  line(line: number): string {
    const starts = this.lineStarts();
    const start = starts[line - 1];
    if (start === undefined) return '';
    const next = starts[line] ?? this.text.length + 1;
    return this.text.slice(start, next - 1).replace(/\r$/, '');
  }

  get lineCount(): number {
    return this.lineStarts().length;
  }

  private lineStarts(): Int32Array {
    if (this.#lineStarts !== undefined) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = Int32Array.from(starts);
    return this.#lineStarts;
  }
}
