import type { Span } from '../text/source-file.ts';
import { type DuplicateKey, TAPE_STRIDE } from './document.ts';
import { newMap, type Value } from './value.ts';

export interface JsonText {
  readonly start: number;
  readonly end: number;
  readonly value: Value;
  readonly tape: Int32Array;
  readonly duplicates: readonly DuplicateKey[];
  /** A number that no float can hold. */
  readonly overflow: Span | undefined;
}

/**
 * Reads one JSON value at `start`, blanks before it skipped. Gives undefined for anything that is not JSON to the
 * letter, and for nesting beyond `maxDepth`: the caller then reads the text as YAML, as kubectl does.
 */
export function parseJson(text: string, start: number, maxDepth: number): JsonText | undefined {
  const reader = new JsonReader(text, start, maxDepth);
  reader.skipBlanks();
  const from = reader.at;
  const read = reader.value(-1, -1, 0);
  if (read === undefined) return undefined;
  const { at: end, duplicates, overflow } = reader;
  return { start: from, end, value: read.value, tape: flatten(read), duplicates, overflow };
}

interface Read {
  readonly value: Value;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Read[];
}

const WORDS: readonly (readonly [string, Value])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

const NONE: readonly Read[] = [];

class JsonReader {
  readonly text: string;
  readonly maxDepth: number;
  readonly duplicates: DuplicateKey[] = [];
  overflow: Span | undefined;
  at: number;

  constructor(text: string, start: number, maxDepth: number) {
    this.text = text;
    this.at = start;
    this.maxDepth = maxDepth;
  }

  skipBlanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  value(keyStart: number, keyEnd: number, depth: number): Read | undefined {
    if (depth > this.maxDepth) return undefined;
    const start = this.at;
    const code = this.text.charCodeAt(start);
    if (code === 0x7b) return this.object(keyStart, keyEnd, depth);
    if (code === 0x5b) return this.array(keyStart, keyEnd, depth);
    const value = code === 0x22 ? this.string() : this.word();
    return value === undefined ? undefined : { value, keyStart, keyEnd, start, end: this.at, children: NONE };
  }

  object(keyStart: number, keyEnd: number, depth: number): Read | undefined {
    const start = this.at;
    const children = new Map<string, Read>();
    const losers: { readonly key: string; readonly read: Read }[] = [];
    this.at++;
    this.skipBlanks();
    if (!this.take(0x7d)) {
      for (;;) {
        const childStart = this.at;
        const key = this.string();
        if (key === undefined) return undefined;
        const childEnd = this.at;
        this.skipBlanks();
        if (!this.take(0x3a)) return undefined;
        this.skipBlanks();
        const child = this.value(childStart, childEnd, depth + 1);
        if (child === undefined) return undefined;
        const loser = children.get(key);
        if (loser !== undefined) {
          losers.push({ key, read: loser });
          children.delete(key);
        }
        children.set(key, child);
        this.skipBlanks();
        if (this.take(0x7d)) break;
        if (!this.take(0x2c)) return undefined;
        this.skipBlanks();
      }
    }
    const value = newMap();
    for (const [key, child] of children) value[key] = child.value;
    for (const { key, read } of losers) {
      const winner = children.get(key)!;
      this.duplicates.push({
        key,
        span: { start: read.keyStart, end: read.keyEnd },
        winner: { start: winner.keyStart, end: winner.keyEnd },
      });
    }
    return { value, keyStart, keyEnd, start, end: this.at, children: [...children.values()] };
  }

  array(keyStart: number, keyEnd: number, depth: number): Read | undefined {
    const start = this.at;
    const children: Read[] = [];
    this.at++;
    this.skipBlanks();
    if (!this.take(0x5d)) {
      for (;;) {
        const child = this.value(-1, -1, depth + 1);
        if (child === undefined) return undefined;
        children.push(child);
        this.skipBlanks();
        if (this.take(0x5d)) break;
        if (!this.take(0x2c)) return undefined;
        this.skipBlanks();
      }
    }
    return { value: children.map((child) => child.value), keyStart, keyEnd, start, end: this.at, children };
  }

  string(): string | undefined {
    const start = this.at;
    if (this.text.charCodeAt(start) !== 0x22) return undefined;
    for (let at = start + 1; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at);
      if (code < 0x20) return undefined;
      if (code === 0x5c) at++;
      if (code !== 0x22) continue;
      this.at = at + 1;
      return parseOrUndefined(this.text.slice(start, at + 1));
    }
    return undefined;
  }

  word(): Value | undefined {
    const start = this.at;
    for (const [word, value] of WORDS) {
      if (!this.text.startsWith(word, start)) continue;
      this.at += word.length;
      return value;
    }
    const pattern = /-?(?:0|[1-9][0-9]*(?![0-9]))(?:(?:\.[0-9]+)?[eE][-+]?[0-9]+|\.[0-9]+(?![0-9eE])|(?![.eE]))/y;
    pattern.lastIndex = start;
    const word = pattern.exec(this.text)?.[0];
    if (word === undefined) return undefined;
    const at = start + word.length;
    this.at = at;
    const number = Number(word);
    if (!Number.isFinite(number)) this.overflow ??= { start, end: at };
    if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
    if (!/^-?[0-9]+$/.test(word)) return number;
    const integer = BigInt(word);
    return integer >= -0x8000_0000_0000_0000n && integer <= 0xffff_ffff_ffff_ffffn ? integer : number;
  }

  take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }
}

function parseOrUndefined(quoted: string): string | undefined {
  if (quoted.indexOf('\\') === -1) return quoted.slice(1, -1);
  try {
    const value: unknown = JSON.parse(quoted);
    // Half of a surrogate pair is no character: Go puts U+FFFD for it.
    return typeof value === 'string' ? value.replace(/[\ud800-\udfff]/gu, '\ufffd') : undefined;
  } catch {
    // Not a JSON string: an escape that JSON does not know.
    return undefined;
  }
}

function flatten(root: Read): Int32Array {
  const tape: number[] = [];
  const visit = (read: Read): void => {
    const base = tape.length;
    tape.push(read.keyStart, read.keyEnd, read.start, read.end, 0);
    for (const child of read.children) visit(child);
    tape[base + 4] = tape.length / TAPE_STRIDE;
  };
  visit(root);
  return Int32Array.from(tape);
}
