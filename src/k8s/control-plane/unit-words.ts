import type { AnyNode } from '../../yaml/node.ts';

/**
 * Text made of a value of a systemd unit, each character with its place in the written value: quotes, escapes and
 * variables come off one after the other, and a finding still has to stand at the very argument.
 */
export interface Traced {
  readonly text: string;
  /** For each UTF-16 unit of `text` the offset into the written value of `node`. */
  readonly at: readonly number[];
  readonly node: AnyNode;
}

/** The value of a node as it is written, continued lines joined by a blank and comments between them left out. */
export function writtenValue(node: AnyNode): Traced {
  const raw = node.string ?? '';
  if (!raw.includes('\n')) return whole(node, raw);
  const trace = new Trace(node);
  for (let at = 0; at < raw.length; ) {
    const lineBreak = /\\\r?\n/y;
    lineBreak.lastIndex = at;
    const match = lineBreak.exec(raw);
    if (match === null) {
      trace.add(raw[at]!, at);
      at++;
      continue;
    }
    trace.add(' ', at);
    at += match[0].length;
    const comments = /(?:[ \t]*[#;][^\n]*\n)+/y;
    comments.lastIndex = at;
    at += comments.exec(raw)?.[0].length ?? 0;
  }
  return trace.done();
}

/** A stretch of another traced text. */
export function slice({ text, at, node }: Traced, start: number, end = text.length): Traced {
  return { text: text.slice(start, end), at: at.slice(start, end), node };
}

/**
 * Cuts a text into words at blanks and takes quotes and escapes off, as systemd does for lists of words. `c` reads
 * the escapes of C, which holds for what stands in a unit but not for the value of a variable. An escape that is none
 * stays as it is.
 */
export function splitWords(source: Traced, escapes: 'c' | 'plain'): readonly Traced[] {
  const { text, at, node } = source;
  const words: Traced[] = [];
  let word: Trace | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (quote === '' && BLANK.test(char)) {
      if (word !== undefined) words.push(word.done());
      word = undefined;
      continue;
    }
    word ??= new Trace(node);
    word.from(at[index]!);
    if (char === '\\') {
      const [value, length] = escapes === 'c' ? readEscape(text, index) : [text[index + 1] ?? '', 2];
      for (const each of value) word.add(each, at[index]!);
      index += length - 1;
      word.to(at[Math.min(index, text.length - 1)]! + 1);
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
    } else if (char === quote) {
      quote = '';
      word.to(at[index]! + 1);
    } else {
      word.add(char, at[index]!);
    }
  }
  if (word !== undefined) words.push(word.done());
  return words;
}

/** Cuts a script as a shell does into its simple commands; nothing is expanded. */
export function splitScript(source: Traced): readonly (readonly Traced[])[] {
  const { text, at, node } = source;
  const commands: Traced[][] = [[]];
  let word: Trace | undefined;
  let quote = '';
  const finish = () => {
    if (word !== undefined) commands.at(-1)!.push(word.done());
    word = undefined;
  };
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (quote === '' && (BLANK.test(char) || /[;|&<>()]/.test(char))) {
      finish();
      // What stands behind a redirection is a command of its own here, and one that names no component.
      if (!/[ \t\r]/.test(char)) commands.push([]);
      continue;
    }
    word ??= new Trace(node);
    word.from(at[index]!);
    const substituted = quote === "'" ? 0 : substitutionLength(text, index);
    if (substituted > 0) {
      for (let end = index + substituted; index < end; index++) word.add(text[index]!, at[index]!);
      index--;
    } else if (char === '\\' && quote !== "'") {
      index++;
      if (index < text.length && text[index] !== '\n') word.add(text[index]!, at[index]!);
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
    } else if (char === quote) {
      quote = '';
      word.to(at[index]! + 1);
    } else {
      word.add(char, at[index]!);
    }
  }
  finish();
  return commands;
}

/** How long a `$(…)` or `` `…` `` is that begins here; 0 where none does. */
function substitutionLength(text: string, index: number): number {
  if (text[index] === '`') {
    const close = text.indexOf('`', index + 1);
    return (close === -1 ? text.length : close + 1) - index;
  }
  if (text[index] !== '$' || text[index + 1] !== '(') return 0;
  let depth = 0;
  for (let end = index + 1; end < text.length; end++) {
    if (text[end] === '(') depth++;
    else if (text[end] === ')' && --depth === 0) return end + 1 - index;
  }
  return text.length - index;
}

/**
 * The value of a variable in an environment file: within double quotes a backslash escapes what a shell needs it for,
 * outside it escapes everything; quotes in the middle of an unquoted value are text.
 */
export function fileValue(node: AnyNode): Traced {
  const raw = node.string ?? '';
  const trace = new Trace(node);
  let state: 'before' | 'plain' | '"' | "'" = 'before';
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at]!;
    if (state === "'") {
      if (char === "'") state = 'before';
      else trace.add(char, at);
    } else if (char === '\\') {
      const next = raw[at + 1];
      const length = next === '\r' && raw[at + 2] === '\n' ? 2 : 1;
      const kept = state === '"' && next !== undefined && !'"\\`$\r\n'.includes(next);
      if (kept) trace.add('\\', at);
      if (next !== undefined && next !== '\n' && length === 1) trace.add(next, at + 1);
      at += length;
      if (state === 'before') state = 'plain';
    } else if (state === '"') {
      if (char === '"') state = 'before';
      else trace.add(char, at);
    } else if (state === 'before' && (char === '"' || char === "'")) {
      state = char;
    } else if (state === 'plain' || !BLANK.test(char)) {
      state = 'plain';
      trace.add(char, at);
    }
  }
  return trace.done();
}

/** `%%` is a percent sign; what else stands behind one only the running system knows, so that it is marked as unknown. */
export function withoutSpecifiers(source: Traced): Traced {
  if (!source.text.includes('%')) return source;
  const trace = new Trace(source.node);
  for (let index = 0; index < source.text.length; index++) {
    const char = source.text[index]!;
    const place = source.at[index]!;
    const next = source.text[index + 1];
    if (char !== '%' || next === undefined) {
      trace.add(char, place);
      continue;
    }
    for (const each of next === '%' ? '%' : /[A-Za-z]/.test(next) ? `$(%${next})` : `%${next}`) trace.add(each, place);
    index++;
  }
  return trace.done();
}

export class Trace {
  readonly #node: AnyNode;
  readonly #at: number[] = [];
  #text = '';
  #start = -1;
  #end = -1;

  constructor(node: AnyNode) {
    this.#node = node;
  }

  add(char: string, at: number): void {
    this.#text += char;
    for (let index = 0; index < char.length; index++) this.#at.push(at);
  }

  /** Where the word begins and ends, quotes included; matters where it is empty. */
  from(at: number): void {
    if (this.#start === -1) this.#start = at;
  }

  to(end: number): void {
    this.#end = end;
  }

  done(): Traced & { readonly bounds: readonly [start: number, end: number] } {
    const at = this.#at;
    const start = this.#start === -1 ? (at[0] ?? 0) : this.#start;
    const end = Math.max(this.#end, at.length === 0 ? start : at.at(-1)! + 1);
    return { text: this.#text, at, node: this.#node, bounds: [start, end] };
  }
}

function whole(node: AnyNode, text: string): Traced {
  return { text, at: Array.from({ length: text.length }, (_, index) => index), node };
}

const BLANK = /[ \t\r\n]/;

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** What a backslash and its followers stand for, and how many characters these are. */
function readEscape(text: string, index: number): readonly [value: string, length: number] {
  const next = text[index + 1];
  if (next === undefined) return ['\\', 1];
  const simple = ESCAPES[next];
  if (simple !== undefined) return [simple, 2];
  const coded = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(
    text.slice(index + 1, index + 10),
  );
  if (coded === null) return [`\\${next}`, 2];
  const [all, byte, short, long, octal] = coded;
  const code = octal === undefined ? Number.parseInt((byte ?? short ?? long)!, 16) : Number.parseInt(octal, 8);
  return code === 0 || code > 0x10ffff ? [`\\${next}`, 2] : [String.fromCodePoint(code), all.length + 1];
}
