import type { SourceFile } from '../text/source-file.ts';
import {
  AT_COLON,
  AT_HASH,
  AT_TAB,
  BACKSLASH,
  BAR,
  BLANK,
  BREAK,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  CR,
  DASH,
  DOUBLE_QUOTE,
  FLOW,
  GREATER,
  HASH,
  isBlankOrBreak,
  LF,
  makeClasses,
  mayBeWord,
  ODD,
  OPEN_BRACE,
  OPEN_BRACKET,
  ORDINARY,
  PLUS,
  POINT,
  QUESTION,
  SINGLE_QUOTE,
  SPACE,
  startsPlain,
  TAB,
} from './characters.ts';
import { Document, TAPE_STRIDE } from './document.ts';
import { hashOf, KeyTable } from './key-table.ts';
import { decodeDoubleQuoted, decodeSingleQuoted, foldPlain, isJsonNumber, resolvePlain } from './scalar.ts';
import { type Chunk, MAX_DEPTH, trimmed } from './stream.ts';
import { newMap, type Value } from './value.ts';

/**
 * Reads a chunk of the stream if it is written the way manifests are: block mappings and lists, plain, quoted and
 * block scalars, flow collections, comments. At anything else (anchors, tags, `?` keys, merge keys, tabs that indent,
 * duplicate keys, whatever is wrong) it declines and leaves the chunk to the complete reader. What it does read
 * it reads exactly as that one does; `test/yaml/fast.test.ts` holds it to that.
 *
 * Gives false when it declines; otherwise the document, if there is one, is appended.
 */
export function parseFast(file: SourceFile, chunk: Chunk, documents: Document[], carried: number[]): boolean {
  if (chunk.badSeparator !== undefined) return false;
  const reader = takeReader();
  try {
    return reader.read(file, chunk, documents, carried);
  } catch (error) {
    if (error === DECLINED) return false;
    throw error;
  } finally {
    reader.release();
    idle = reader;
  }
}

/** Tables and buffers that are dear to make: kept between calls, without any influence on what is read. */
let idle: FastReader | undefined;

function takeReader(): FastReader {
  const reader = idle ?? new FastReader();
  idle = undefined;
  return reader;
}

/** Thrown to decline; no Error, since nobody looks at its stack. */
const DECLINED = Symbol('declined');

const ODD_OR_TAB = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]/;

/** Far beyond any name, and libyaml looks no further than 1,024 characters for the `:` of a key. */
const LONGEST_KEY = 1000;

class FastReader {
  private text = '';
  private at = 0;
  private end = 0;
  private lineStart = 0;
  /** Of the text at `at`, which opens a line or follows `- `; -1 at the end of the chunk. */
  private column = 0;
  private depth = 0;
  private valueEnd = 0;

  private tape = new Int32Array(4096 * TAPE_STRIDE);
  private nodes = 0;
  private comments: number[] = [];

  /** Whether the text has neither tabs nor anything that is odd, so that a line needs no look at each character. */
  private isClean = false;
  private colonAhead = -1;
  private hashAhead = -1;
  /** Behind the last one of the chunk nobody looks: the rest of a long stream would be searched for each document. */
  private lastColon = -1;
  private lastHash = -1;

  /** The key that scanKey found. */
  private key = '';
  private keyId = 0;
  private keyEnd = 0;
  private colon = 0;
  /** Keys of the mappings that are open, those of one mapping side by side. */
  private openKeys = new Int32Array(256);
  private openKeyCount = 0;

  private readonly classes = makeClasses();
  private readonly keys = new KeyTable();

  read(file: SourceFile, chunk: Chunk, documents: Document[], carried: number[]): boolean {
    const { text } = file;
    let { start } = chunk;
    if (text.charCodeAt(start) === 0xfeff) start++;
    if (chunk.isOpening && text.charCodeAt(start) === DASH) return false;
    this.begin(text, start, chunk.end);
    const span = trimmed(text, start, chunk.end);
    if (chunk.comment !== undefined) this.comments.push(chunk.comment.start, chunk.comment.end);
    if (chunk.isOpening) this.endLine(start);
    else this.nextLine(start);
    if (this.column === -1) {
      carried.push(...this.comments);
      return true;
    }
    const value = this.blockNode(-1, -1, -1);
    if (this.column !== -1) return false;
    documents.push(
      new Document({
        file,
        index: documents.length,
        span,
        value,
        tape: this.tape.slice(0, this.nodes * TAPE_STRIDE),
        comments:
          carried.length === 0 && this.comments.length === 0
            ? NO_COMMENTS
            : Int32Array.from([...carried.splice(0), ...this.comments]),
        errors: [],
        duplicates: [],
        isOrdinary: true,
      }),
    );
    return true;
  }

  /** Lets go of the text, which would otherwise live until the next file. */
  release(): void {
    this.text = '';
    this.key = '';
    this.keys.trim();
  }

  private begin(text: string, start: number, end: number): void {
    // kubectl ends every line with a line break, the last one too.
    const isOpenEnded = end === text.length && end > 0 && text.charCodeAt(end - 1) !== LF;
    this.text = isOpenEnded ? `${text}\n` : text;
    this.end = isOpenEnded ? end + 1 : end;
    this.nodes = 0;
    this.depth = 0;
    this.openKeyCount = 0;
    this.comments = [];
    const own = text.slice(start, end);
    this.isClean = !ODD_OR_TAB.test(own);
    this.colonAhead = -1;
    this.hashAhead = -1;
    this.lastColon = start + own.lastIndexOf(':');
    this.lastHash = start + own.lastIndexOf('#');
  }

  // Lines.

  /** Steps from behind a value over the rest of its line, which holds at most a comment, to the next text. */
  private endLine(from: number): void {
    const { text } = this;
    let at = from;
    let code = text.charCodeAt(at);
    while (code === SPACE) code = text.charCodeAt(++at);
    if (code === HASH) at = this.comment(at);
    else if (code === CR) at = this.lineFeed(at);
    else if (code !== LF) throw DECLINED;
    this.nextLine(at + 1);
  }

  private nextLine(from: number): void {
    const { text, end } = this;
    let at = from;
    while (at < end) {
      const lineStart = at;
      let code = text.charCodeAt(at);
      while (code === SPACE) code = text.charCodeAt(++at);
      if (code === LF) {
        at++;
        continue;
      }
      if (code === HASH) {
        at = this.comment(at) + 1;
        continue;
      }
      if (code === CR) {
        at = this.lineFeed(at) + 1;
        continue;
      }
      if (code === POINT && at === lineStart && text.startsWith('...', at)) throw DECLINED;
      this.lineStart = lineStart;
      this.at = at;
      this.column = at - lineStart;
      return;
    }
    this.at = end;
    this.column = -1;
  }

  /** The offset of the LF behind the CR at `at`. A CR by itself is a line break too, but not here. */
  private lineFeed(at: number): number {
    if (this.text.charCodeAt(at + 1) !== LF) throw DECLINED;
    return at + 1;
  }

  /** Notes a comment and gives the offset of its LF. */
  private comment(start: number): number {
    const { text } = this;
    let at = start + 1;
    for (;;) {
      const kind = this.classOf(text.charCodeAt(at));
      if (kind === BREAK) break;
      if (kind === ODD) throw DECLINED;
      at++;
    }
    this.comments.push(start, at);
    return text.charCodeAt(at) === CR ? this.lineFeed(at) : at;
  }

  private classOf(code: number): number {
    if (code < 256) return this.classes[code]!;
    return code === 0x2028 || code === 0x2029 || code >= 0xfffe ? ODD : ORDINARY;
  }

  // Block structure.

  /** The node at `at`. `parent` is the indentation that its lines must exceed. */
  private blockNode(parent: number, keyStart: number, keyEnd: number): Value {
    const { text, at, column } = this;
    if (text.charCodeAt(at) === DASH && isBlankOrBreak(text.charCodeAt(at + 1))) {
      return this.blockSequence(column, keyStart, keyEnd, false);
    }
    if (this.scanKey()) return this.blockMapping(column, keyStart, keyEnd);
    return this.inlineNode(keyStart, keyEnd, parent);
  }

  /** A mapping whose first key has just been scanned. */
  private blockMapping(column: number, keyStart: number, keyEnd: number): Value {
    if (++this.depth > MAX_DEPTH) throw DECLINED;
    const { text } = this;
    const node = this.open(keyStart, keyEnd, this.at);
    const map = newMap();
    const keys = this.openKeyCount;
    let seen = 0;
    for (;;) {
      const { key, keyId, colon, at } = this;
      const bit = 1 << (keyId & 31);
      if ((seen & bit) !== 0) this.refuseDuplicate(keys, keyId);
      seen |= bit;
      this.noteKey(keyId);
      const entryKeyEnd = this.keyEnd;
      let next = colon + 1;
      let code = text.charCodeAt(next);
      while (code === SPACE) code = text.charCodeAt(++next);
      if (code === LF || code === HASH || code === CR) {
        this.endLine(next);
        if (this.column > column) map[key] = this.blockNode(column, at, entryKeyEnd);
        else if (this.column === column && this.atDash()) map[key] = this.blockSequence(column, at, entryKeyEnd, true);
        else map[key] = this.nothing(at, entryKeyEnd, colon + 1);
      } else {
        this.at = next;
        map[key] = this.inlineNode(at, entryKeyEnd, column);
      }
      if (this.column !== column) break;
      if (!this.scanKey()) throw DECLINED;
    }
    if (this.column > column) throw DECLINED;
    this.openKeyCount = keys;
    this.depth--;
    this.close(node);
    return map;
  }

  private blockSequence(column: number, keyStart: number, keyEnd: number, isIndentless: boolean): Value {
    if (++this.depth > MAX_DEPTH) throw DECLINED;
    const { text } = this;
    const node = this.open(keyStart, keyEnd, this.at);
    const list: Value[] = [];
    for (;;) {
      const behind = this.at + 1;
      let next = behind;
      let code = text.charCodeAt(next);
      while (code === SPACE) code = text.charCodeAt(++next);
      if (code === LF || code === HASH || code === CR) {
        this.endLine(next);
        list.push(this.column > column ? this.blockNode(column, -1, -1) : this.nothing(-1, -1, behind));
      } else {
        this.at = next;
        this.column = next - this.lineStart;
        list.push(this.blockNode(column, -1, -1));
      }
      if (this.column !== column) break;
      if (this.atDash()) continue;
      if (isIndentless) break;
      throw DECLINED;
    }
    if (this.column > column) throw DECLINED;
    this.depth--;
    this.close(node);
    return list;
  }

  private atDash(): boolean {
    return this.text.charCodeAt(this.at) === DASH && isBlankOrBreak(this.text.charCodeAt(this.at + 1));
  }

  /** A value that begins on a line that is already under way: anything but a block collection. */
  private inlineNode(keyStart: number, keyEnd: number, parent: number): Value {
    switch (this.text.charCodeAt(this.at)) {
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE: {
        const value = this.quoted(keyStart, keyEnd);
        this.endLine(this.valueEnd);
        return value;
      }
      case BAR:
      case GREATER:
        return this.blockScalar(keyStart, keyEnd, parent);
      case OPEN_BRACE:
      case OPEN_BRACKET: {
        const value = this.flowNode(keyStart, keyEnd);
        this.endLine(this.at);
        return value;
      }
      default:
        return this.plain(keyStart, keyEnd, parent);
    }
  }

  // Keys.

  /** Whether a key and its `:` stand at `at`. Declines where that is not plain to see. */
  private scanKey(): boolean {
    const { text, at: start, classes } = this;
    let at = start;
    let code = text.charCodeAt(at);
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return this.scanQuotedKey(code);
    if (!startsPlain(code, text.charCodeAt(at + 1))) {
      if (code === BAR || code === GREATER || code === OPEN_BRACE || code === OPEN_BRACKET) return false;
      throw DECLINED;
    }
    if (this.isKnownKey(start)) return true;
    let hash = 0;
    for (;;) {
      const kind = code < 256 ? classes[code]! : this.classOf(code);
      if (kind > FLOW) {
        if (kind === AT_COLON) {
          const next = text.charCodeAt(at + 1);
          if (next === SPACE || next === LF) break;
          if (isBlankOrBreak(next)) {
            if (next === CR) break;
            throw DECLINED;
          }
        } else if (kind !== AT_HASH) {
          return this.scanSpacedKey(at);
        }
      }
      hash = (Math.imul(hash, 31) + code) | 0;
      code = text.charCodeAt(++at);
    }
    if (at - start > LONGEST_KEY) throw DECLINED;
    this.keyEnd = at;
    this.colon = at;
    this.setKey(this.keys.find(text, start, at, hash, false));
    return true;
  }

  /** Most keys have been seen: then the text up to the next colon is all that there is to look at. */
  private isKnownKey(start: number): boolean {
    const { text } = this;
    const colon = this.nextColon(start);
    if (colon - start > 64) return false;
    const next = text.charCodeAt(colon + 1);
    if (next !== SPACE && next !== LF) return false;
    const id = this.keys.known(text.slice(start, colon));
    if (id === undefined) return false;
    this.keyEnd = colon;
    this.colon = colon;
    this.keyId = id;
    this.key = this.keys.textOf(id);
    return true;
  }

  /** Searched for once, however often it is asked for. */
  private nextColon(from: number): number {
    if (this.colonAhead < from) {
      this.colonAhead = from > this.lastColon ? this.text.length : this.text.indexOf(':', from);
    }
    return this.colonAhead;
  }

  private nextHash(from: number): number {
    if (this.hashAhead < from) {
      this.hashAhead = from > this.lastHash ? this.text.length : this.text.indexOf('#', from);
    }
    return this.hashAhead;
  }

  private setKey(id: number): void {
    if (id === -1) throw DECLINED;
    this.keyId = id;
    this.key = this.keys.textOf(id);
  }

  /** Goes on from the first blank: a key with blanks in it, or before its `:`, or none at all but a value. */
  private scanSpacedKey(from: number): boolean {
    const { text, at: start } = this;
    for (let at = from; ; at++) {
      switch (this.classOf(text.charCodeAt(at))) {
        case BREAK:
          return false;
        case AT_HASH:
          if (text.charCodeAt(at - 1) === SPACE) return false;
          break;
        case AT_COLON: {
          if (!isBlankOrBreak(text.charCodeAt(at + 1))) break;
          if (text.charCodeAt(at + 1) === TAB || at - start > LONGEST_KEY) throw DECLINED;
          let end = at;
          while (text.charCodeAt(end - 1) === SPACE) end--;
          this.keyEnd = end;
          this.colon = at;
          this.setKey(this.keys.find(text, start, end, hashOf(text, start, end), false));
          return true;
        }
        case AT_TAB:
        case ODD:
          throw DECLINED;
      }
    }
  }

  private scanQuotedKey(quote: number): boolean {
    const { text, at: start } = this;
    let at = start + 1;
    let hash = 0;
    let isSimple = true;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== SINGLE_QUOTE) break;
        isSimple = false;
        at += 2;
        continue;
      }
      const kind = this.classOf(code);
      // A value over several lines is no key, and whether it is sound the value will tell.
      if (kind === BREAK) return false;
      if (kind === ODD) throw DECLINED;
      if (code === BACKSLASH && quote === DOUBLE_QUOTE) {
        isSimple = false;
        at++;
        if (this.classOf(text.charCodeAt(at)) === BREAK) return false;
      }
      hash = (Math.imul(hash, 31) + code) | 0;
      at++;
    }
    const close = at;
    let code = text.charCodeAt(++at);
    while (code === SPACE) code = text.charCodeAt(++at);
    if (code !== COLON) return false;
    if (!isBlankOrBreak(text.charCodeAt(at + 1)) || at - start > LONGEST_KEY) throw DECLINED;
    this.keyEnd = close + 1;
    this.colon = at;
    this.setKey(this.quotedKeyId(quote, start + 1, close, isSimple, hash));
    return true;
  }

  private quotedKeyId(quote: number, start: number, end: number, isSimple: boolean, hash: number): number {
    const { text, keys } = this;
    if (isSimple) return keys.find(text, start, end, hash, true);
    const inner = text.slice(start, end);
    const decoded = quote === DOUBLE_QUOTE ? decodeDoubleQuoted(inner) : decodeSingleQuoted(inner);
    return decoded === undefined ? -1 : keys.findText(decoded);
  }

  private noteKey(id: number): void {
    if (this.openKeyCount === this.openKeys.length) {
      const grown = new Int32Array(this.openKeys.length * 2);
      grown.set(this.openKeys);
      this.openKeys = grown;
    }
    this.openKeys[this.openKeyCount++] = id;
  }

  private refuseDuplicate(from: number, id: number): void {
    const { openKeys, openKeyCount } = this;
    // So wide a mapping would cost the square of its size here.
    if (openKeyCount - from > 2000) throw DECLINED;
    for (let at = from; at < openKeyCount; at++) if (openKeys[at] === id) throw DECLINED;
  }

  // Scalars.

  private plain(keyStart: number, keyEnd: number, parent: number): Value {
    const { text, at: start, classes } = this;
    let at = start;
    let code = text.charCodeAt(at);
    if (!startsPlain(code, text.charCodeAt(at + 1))) throw DECLINED;
    let end: number;
    if (this.isClean) {
      // Without a colon or a comment ahead the value is the rest of the line.
      const lineEnd = text.indexOf('\n', at);
      if (this.nextColon(at) > lineEnd && this.nextHash(at) > lineEnd) {
        at = lineEnd;
        code = LF;
      }
    }
    for (;;) {
      const kind = code < 256 ? classes[code]! : this.classOf(code);
      if (kind > FLOW) {
        if (kind === BREAK) {
          end = at;
          while (text.charCodeAt(end - 1) === SPACE) end--;
          break;
        }
        if (kind === BLANK) {
          const blank = at;
          while (code === SPACE) code = text.charCodeAt(++at);
          if (code === LF || code === HASH || code === CR) {
            end = blank;
            break;
          }
          continue;
        }
        if (kind === AT_COLON ? isBlankOrBreak(text.charCodeAt(at + 1)) : kind !== AT_HASH) throw DECLINED;
      }
      code = text.charCodeAt(++at);
    }
    this.endLine(at);
    // Deeper text below is more of the value.
    if (this.column > parent && code !== HASH) {
      const next = this.continuation(at, parent);
      if (next !== -1) return this.plainLines(keyStart, keyEnd, parent, start, next);
    }
    this.leaf(keyStart, keyEnd, start, end);
    return this.resolve(start, end);
  }

  /** Where a plain scalar goes on that has come to the line break at `from`: on the next text, if deep enough; else -1. */
  private continuation(from: number, parent: number): number {
    const { text, end } = this;
    let at = from;
    let lineStart = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === SPACE) {
        at++;
      } else if (code === LF || code === CR) {
        at = code === CR ? this.lineFeed(at) + 1 : at + 1;
        if (at >= end) return -1;
        lineStart = at;
      } else {
        if (at - lineStart <= parent || code === HASH) return -1;
        if (code === TAB || at === lineStart) throw DECLINED;
        return at;
      }
    }
  }

  /** A plain scalar of several lines, from the second on. */
  private plainLines(keyStart: number, keyEnd: number, parent: number, start: number, from: number): Value {
    const { text } = this;
    let at = from;
    let end = from;
    for (;;) {
      const kind = this.classOf(text.charCodeAt(at));
      if (kind === BREAK) {
        const next = this.continuation(at, parent);
        if (next === -1) break;
        at = next;
        continue;
      }
      if (kind === BLANK) {
        at++;
        if (text.charCodeAt(at) === HASH) break;
        continue;
      }
      if (kind === ODD || kind === AT_TAB) throw DECLINED;
      if (kind === AT_COLON && isBlankOrBreak(text.charCodeAt(at + 1))) throw DECLINED;
      end = ++at;
    }
    const value = foldPlain(text.slice(start, end));
    this.leaf(keyStart, keyEnd, start, end);
    this.endLine(at);
    return value;
  }

  private resolve(start: number, end: number): Value {
    const { text } = this;
    const first = text.charCodeAt(start);
    if (first >= 0x30 && first <= 0x39) {
      if (end - start <= 15 && (first !== 0x30 || end - start === 1)) {
        let number = 0;
        let at = start;
        for (; at < end; at++) {
          const digit = text.charCodeAt(at) - 0x30;
          if (digit < 0 || digit > 9) break;
          number = number * 10 + digit;
        }
        if (at === end) return number;
      }
    } else if (!mayBeWord(first) || (end - start > 5 && first >= 0x41 && first !== 0x7e)) {
      return text.slice(start, end);
    }
    const value = resolvePlain(text.slice(start, end));
    if (!isJsonNumber(value)) throw DECLINED;
    return value;
  }

  /** A quoted scalar, its lines folded; `valueEnd` is behind the closing quote. */
  private quoted(keyStart: number, keyEnd: number): Value {
    const { text, at: start } = this;
    const quote = text.charCodeAt(start);
    const end = this.scanQuoted(start);
    this.leaf(keyStart, keyEnd, start, end);
    const inner = text.slice(start + 1, end - 1);
    const value = quote === DOUBLE_QUOTE ? decodeDoubleQuoted(inner) : decodeSingleQuoted(inner);
    if (value === undefined) throw DECLINED;
    return value;
  }

  /** Gives the offset behind the closing quote. */
  private scanQuoted(start: number): number {
    const { text, end } = this;
    const quote = text.charCodeAt(start);
    let at = start + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        at++;
        if (quote === DOUBLE_QUOTE || text.charCodeAt(at) !== SINGLE_QUOTE) return at;
        at++;
        continue;
      }
      const kind = this.classOf(code);
      if (kind === ODD) throw DECLINED;
      if (kind === BREAK) {
        at = code === CR ? this.lineFeed(at) + 1 : at + 1;
        if (at >= end || text.startsWith('...', at)) throw DECLINED;
        continue;
      }
      at++;
      if (code === BACKSLASH && quote === DOUBLE_QUOTE && this.classOf(text.charCodeAt(at)) !== BREAK) at++;
    }
  }

  private blockScalar(keyStart: number, keyEnd: number, parent: number): Value {
    const { text, at: start, end } = this;
    const isLiteral = text.charCodeAt(start) === BAR;
    let at = start + 1;
    let chomp = 0;
    let indent = -1;
    let code = text.charCodeAt(at);
    if (code === DASH || code === PLUS) {
      chomp = code;
      code = text.charCodeAt(++at);
    }
    if (code >= 0x31 && code <= 0x39) {
      indent = Math.max(parent, 0) + code - 0x30;
      code = text.charCodeAt(++at);
      if (chomp === 0 && (code === DASH || code === PLUS)) {
        chomp = code;
        code = text.charCodeAt(++at);
      }
    }
    const header = at;
    while (code === SPACE) code = text.charCodeAt(++at);
    if (code === HASH) {
      if (at === header) throw DECLINED;
      at = this.comment(at);
    } else if (code === CR) {
      at = this.lineFeed(at);
    } else if (code !== LF) {
      throw DECLINED;
    }
    at++;

    let value = '';
    let breaks = '';
    let pending = '';
    let wasMore = false;
    let valueEnd = -1;
    let next = at;
    while (at < end) {
      const lineStart = at;
      // Left of the text: blanks up to its indentation, which the first line that is not blank settles.
      code = text.charCodeAt(at);
      while (code === SPACE && (indent === -1 || at - lineStart < indent)) code = text.charCodeAt(++at);
      if (code === LF || code === CR) {
        if (indent === -1 && at > lineStart) throw DECLINED;
        breaks += '\n';
        at = code === CR ? this.lineFeed(at) + 1 : at + 1;
        continue;
      }
      if (indent === -1) {
        indent = at - lineStart;
        if (indent <= parent || indent === 0 || code === TAB) throw DECLINED;
      } else if (at - lineStart < indent) {
        break;
      }
      const from = at;
      for (;;) {
        const kind = this.classOf(code);
        if (kind === BREAK) break;
        if (kind === ODD) throw DECLINED;
        code = text.charCodeAt(++at);
      }
      valueEnd = at;
      if (code === CR) at = this.lineFeed(at);
      at++;
      if (isLiteral) {
        value += breaks;
        value += code === LF ? text.slice(from, at) : `${text.slice(from, valueEnd)}\n`;
      } else {
        const isMore = text.charCodeAt(from) === SPACE || text.charCodeAt(from) === TAB;
        if (wasMore || isMore) value += pending;
        else if (breaks === '' && pending !== '') value += ' ';
        value += breaks + text.slice(from, valueEnd);
        pending = '\n';
        wasMore = isMore;
      }
      breaks = '';
      next = at;
    }
    if (valueEnd === -1) throw DECLINED;
    if (isLiteral && chomp === DASH) value = value.slice(0, -1);
    else if (!isLiteral && chomp !== DASH) value += pending;
    if (chomp === PLUS) value += breaks;
    while (isBlankOrBreak(text.charCodeAt(valueEnd - 1))) valueEnd--;
    this.leaf(keyStart, keyEnd, start, valueEnd);
    this.nextLine(next);
    return value;
  }

  // Flow structure.

  /** The node at `at`, which moves behind it. */
  private flowNode(keyStart: number, keyEnd: number): Value {
    switch (this.text.charCodeAt(this.at)) {
      case OPEN_BRACE:
        return this.flowMapping(keyStart, keyEnd);
      case OPEN_BRACKET:
        return this.flowSequence(keyStart, keyEnd);
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE: {
        const value = this.quoted(keyStart, keyEnd);
        this.at = this.valueEnd;
        return value;
      }
      default: {
        const start = this.at;
        const end = this.scanFlowPlain();
        const value = this.resolve(start, end);
        this.leaf(keyStart, keyEnd, start, end);
        return value;
      }
    }
  }

  private flowMapping(keyStart: number, keyEnd: number): Value {
    if (++this.depth > MAX_DEPTH) throw DECLINED;
    const { text } = this;
    const node = this.open(keyStart, keyEnd, this.at);
    const map = newMap();
    const keys = this.openKeyCount;
    this.at++;
    for (;;) {
      this.skipInFlow();
      if (text.charCodeAt(this.at) === CLOSE_BRACE) break;
      const start = this.at;
      this.scanFlowKey();
      const { key, keyId, keyEnd: end } = this;
      this.refuseDuplicate(keys, keyId);
      this.noteKey(keyId);
      this.at = this.colon + 1;
      this.skipInFlow();
      map[key] = this.flowNode(start, end);
      this.skipInFlow();
      const code = text.charCodeAt(this.at);
      if (code === CLOSE_BRACE) break;
      if (code !== COMMA) throw DECLINED;
      this.at++;
    }
    this.at++;
    this.valueEnd = this.at;
    this.openKeyCount = keys;
    this.depth--;
    this.close(node);
    return map;
  }

  private flowSequence(keyStart: number, keyEnd: number): Value {
    if (++this.depth > MAX_DEPTH) throw DECLINED;
    const { text } = this;
    const node = this.open(keyStart, keyEnd, this.at);
    const list: Value[] = [];
    this.at++;
    for (;;) {
      this.skipInFlow();
      if (text.charCodeAt(this.at) === CLOSE_BRACKET) break;
      list.push(this.flowNode(-1, -1));
      this.skipInFlow();
      const code = text.charCodeAt(this.at);
      if (code === CLOSE_BRACKET) break;
      if (code !== COMMA) throw DECLINED;
      this.at++;
    }
    this.at++;
    this.valueEnd = this.at;
    this.depth--;
    this.close(node);
    return list;
  }

  private skipInFlow(): void {
    const { text, end } = this;
    let { at } = this;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === SPACE) {
        at++;
      } else if (code === LF || code === HASH || code === CR) {
        at = (code === HASH ? this.comment(at) : code === CR ? this.lineFeed(at) : at) + 1;
        if (at >= end || text.startsWith('...', at) || text.charCodeAt(at) === 0x25) throw DECLINED;
      } else {
        this.at = at;
        return;
      }
    }
  }

  /** A key in braces and its `:`, on one line. */
  private scanFlowKey(): void {
    const { text, at: start } = this;
    const quote = text.charCodeAt(start);
    let at: number;
    if (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE) {
      at = this.scanQuoted(start);
      const inner = text.slice(start + 1, at - 1);
      if (inner.indexOf('\n') !== -1 || inner.indexOf('\r') !== -1) throw DECLINED;
      const decoded = quote === DOUBLE_QUOTE ? decodeDoubleQuoted(inner) : decodeSingleQuoted(inner);
      this.setKey(decoded === undefined ? -1 : this.keys.findText(decoded));
    } else {
      at = this.scanFlowPlain();
      this.setKey(this.keys.find(text, start, at, hashOf(text, start, at), false));
    }
    this.keyEnd = at;
    while (text.charCodeAt(at) === SPACE) at++;
    if (text.charCodeAt(at) !== COLON || at - start > LONGEST_KEY) throw DECLINED;
    this.colon = at;
  }

  /** Gives the end of a plain scalar in brackets; `at` moves there. */
  private scanFlowPlain(): number {
    const { text, at: start } = this;
    let at = start;
    let code = text.charCodeAt(at);
    if (!startsPlain(code, text.charCodeAt(at + 1)) || code === COLON || code === QUESTION) throw DECLINED;
    for (;;) {
      const kind = this.classOf(code);
      if (kind === FLOW) {
        if (code === QUESTION) throw DECLINED;
        break;
      }
      if (kind === BREAK || (kind === AT_COLON && isBlankOrBreak(text.charCodeAt(at + 1)))) break;
      if (kind === BLANK) {
        const blank = at;
        while (code === SPACE) code = text.charCodeAt(++at);
        const next = this.classOf(code);
        if (
          next === BREAK ||
          next === FLOW ||
          next === AT_HASH ||
          (next === AT_COLON && isBlankOrBreak(text.charCodeAt(at + 1)))
        ) {
          at = blank;
          break;
        }
        continue;
      }
      if (kind === ODD || kind === AT_TAB) throw DECLINED;
      code = text.charCodeAt(++at);
    }
    this.at = at;
    return at;
  }

  // The tape.

  private open(keyStart: number, keyEnd: number, start: number): number {
    const base = this.nodes * TAPE_STRIDE;
    if (base + TAPE_STRIDE > this.tape.length) this.growTape();
    const { tape } = this;
    tape[base] = keyStart;
    tape[base + 1] = keyEnd;
    tape[base + 2] = start;
    this.nodes++;
    return base;
  }

  private close(base: number): void {
    this.tape[base + 3] = this.valueEnd;
    this.tape[base + 4] = this.nodes;
  }

  private leaf(keyStart: number, keyEnd: number, start: number, end: number): void {
    const base = this.nodes * TAPE_STRIDE;
    if (base + TAPE_STRIDE > this.tape.length) this.growTape();
    const { tape } = this;
    tape[base] = keyStart;
    tape[base + 1] = keyEnd;
    tape[base + 2] = start;
    tape[base + 3] = end;
    tape[base + 4] = ++this.nodes;
    this.valueEnd = end;
  }

  private nothing(keyStart: number, keyEnd: number, at: number): null {
    this.leaf(keyStart, keyEnd, at, at);
    return null;
  }

  private growTape(): void {
    const grown = new Int32Array(this.tape.length * 2);
    grown.set(this.tape);
    this.tape = grown;
  }
}

const NO_COMMENTS = new Int32Array(0);
