import type { Span } from '../text/source-file.ts';
import { ESCAPES } from './scalar.ts';

export type TokenType =
  | 'stream-end'
  | 'directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export interface Token {
  readonly type: TokenType;
  readonly start: number;
  readonly end: number;
  /** Decoded text of a scalar, name of an anchor or alias, suffix of a tag. */
  readonly value: string;
  /** Handle of a tag: `!`, `!!`, `!e!`, empty for `!` alone and for `!<...>`. */
  readonly handle: string;
  readonly style: ScalarStyle;
}

/**
 * Why a document cannot be read. Thrown inside `src/yaml` only; outside it is an error of the document. No Error: what
 * is wrong is the text, and the stack of the reader would be made for nobody.
 */
export class Unreadable {
  readonly message: string;
  readonly span: Span;

  constructor(message: string, start: number, end: number) {
    this.message = message;
    this.span = { start, end: Math.max(start, end) };
  }
}

/**
 * Cuts YAML 1.1 into tokens the way libyaml does, which go-yaml and so kubectl and the API server carry: a scalar, an
 * alias or a collection becomes a key when a `:` follows it on the same line within 1,024 characters, and the tokens
 * that open the mapping are then put before it. What libyaml takes although the specification forbids it (quoted lines
 * with any indentation, `[a]#comment`) is taken here, and what it refuses is refused.
 */
export class Scanner {
  /** Offsets of comments, start and end in turn. */
  readonly comments: number[] = [];
  readonly #text: string;
  #at = 0;
  #line = 0;
  #lineStart = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  #flowLevel = 0;
  #keyAllowed = true;
  #streamEnded = false;
  #queue: Token[] = [];
  #head = 0;
  #taken = 0;
  readonly #keys: PossibleKey[] = [{ ...NO_KEY }];
  /** Number of a token that may turn out to be a key, and the flow level it belongs to. */
  readonly #keyLevels = new Map<number, number>();

  /** `text` ends in a line break and a NUL. */
  constructor(text: string) {
    this.#text = text;
  }

  peek(): Token {
    while (this.#headIsUndecided()) this.#fetch();
    return this.#queue[this.#head]!;
  }

  take(): Token {
    const token = this.peek();
    this.#head++;
    this.#taken++;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    return token;
  }

  /** Where the scanner has come to. */
  get at(): number {
    return this.#at;
  }

  #headIsUndecided(): boolean {
    if (this.#head === this.#queue.length) return !this.#streamEnded;
    const level = this.#keyLevels.get(this.#taken);
    return level !== undefined && this.#isStillPossible(this.#keys[level]!);
  }

  #column(): number {
    return this.#at - this.#lineStart;
  }

  #code(ahead = 0): number {
    return this.#text.charCodeAt(this.#at + ahead);
  }

  #fetch(): void {
    this.#skipToToken();
    this.#unroll(this.#column());
    const code = this.#code();
    const column = this.#column();
    if (code === NUL) {
      this.#fetchStreamEnd();
      return;
    }
    if (column === 0 && code === 0x25) {
      this.#fetchDirective();
      return;
    }
    if (column === 0 && this.#atDocumentIndicator()) {
      this.#leaveBlocks();
      this.#push(code === DASH ? 'document-start' : 'document-end', 3);
      return;
    }
    switch (code) {
      case 0x5b: // [
        this.#fetchFlowStart('flow-sequence-start');
        return;
      case 0x7b: // {
        this.#fetchFlowStart('flow-mapping-start');
        return;
      case 0x5d: // ]
        this.#fetchFlowEnd('flow-sequence-end');
        return;
      case 0x7d: // }
        this.#fetchFlowEnd('flow-mapping-end');
        return;
      case 0x2c: // ,
        this.#dropKey();
        this.#keyAllowed = true;
        this.#push('flow-entry', 1);
        return;
      case DASH:
        if (!isBlankOrEnd(this.#code(1))) break;
        this.#fetchBlockEntry();
        return;
      case 0x3f: // ?
        if (this.#flowLevel === 0 && !isBlankOrEnd(this.#code(1))) break;
        this.#fetchKey();
        return;
      case COLON:
        if (this.#flowLevel === 0 && !isBlankOrEnd(this.#code(1))) break;
        this.#fetchValue();
        return;
      case 0x2a: // *
        this.#fetchAnchor('alias');
        return;
      case 0x26: // &
        this.#fetchAnchor('anchor');
        return;
      case 0x21: // !
        this.#saveKey();
        this.#keyAllowed = false;
        this.#fetchTag();
        return;
      case 0x7c: // |
      case 0x3e: // >
        if (this.#flowLevel > 0) break;
        this.#dropKey();
        this.#keyAllowed = true;
        this.#fetchBlockScalar(code === 0x7c);
        return;
      case 0x27: // '
      case 0x22: // "
        this.#saveKey();
        this.#keyAllowed = false;
        this.#fetchQuoted(code);
        return;
    }
    if (!this.#startsPlain(code)) throw this.#noToken(code);
    this.#saveKey();
    this.#keyAllowed = false;
    this.#fetchPlain();
  }

  #startsPlain(code: number): boolean {
    switch (code) {
      case DASH:
        return !isBlank(this.#code(1));
      case 0x3f:
      case COLON:
        return this.#flowLevel === 0 && !isBlankOrEnd(this.#code(1));
      case TAB:
      case 0x23: // #
      case 0x25: // %
      case 0x40: // @
      case 0x60: // `
      case 0x7c:
      case 0x3e:
        return false;
      default:
        return true;
    }
  }

  #noToken(code: number): Unreadable {
    const { start, end } = { start: this.#at, end: this.#at + 1 };
    if (code === TAB) return new Unreadable('a tab cannot indent', start, end);
    const character = String.fromCharCode(code);
    return new Unreadable(`a value cannot begin with "${character}" unless it is quoted`, start, end);
  }

  #skipToToken(): void {
    for (;;) {
      let code = this.#code();
      while (code === SPACE || (code === TAB && (this.#flowLevel > 0 || !this.#keyAllowed))) {
        this.#at++;
        code = this.#code();
      }
      if (code === 0x23) {
        this.#skipComment();
        code = this.#code();
      }
      if (!isBreak(code)) return;
      this.#skipBreak();
      if (this.#flowLevel === 0) this.#keyAllowed = true;
    }
  }

  #skipComment(): void {
    const start = this.#at;
    while (!isBreakOrEnd(this.#code())) this.#at++;
    this.comments.push(start, this.#at);
  }

  /** Steps over a line break and gives what it is in a value. */
  #skipBreak(): string {
    const code = this.#code();
    const length = code === CR ? this.#carriageReturn() : 1;
    this.#at += length;
    this.#line++;
    this.#lineStart = this.#at;
    return code === LS || code === PS ? String.fromCharCode(code) : '\n';
  }

  /** kubectl takes CR LF off a line and puts LF back, which makes one break of CR CR LF. */
  #carriageReturn(): number {
    if (this.#code(1) === LF) return 2;
    return this.#code(1) === CR && this.#code(2) === LF ? 3 : 1;
  }

  #atDocumentIndicator(): boolean {
    const code = this.#code();
    return (
      (code === DASH || code === 0x2e) &&
      this.#code(1) === code &&
      this.#code(2) === code &&
      isBlankOrEnd(this.#code(3))
    );
  }

  // Keys that are not marked by `?`.

  #isStillPossible(key: PossibleKey): boolean {
    if (!key.possible) return false;
    if (key.line === this.#line && key.at + 1024 >= this.#at) return true;
    if (key.required) throw this.#missingColon(key);
    key.possible = false;
    return false;
  }

  #saveKey(): void {
    if (!this.#keyAllowed) return;
    this.#dropKey();
    const number = this.#nextNumber();
    const level = this.#keys.length - 1;
    const required = this.#flowLevel === 0 && this.#indent === this.#column();
    this.#keys[level] = {
      possible: true,
      required,
      number,
      at: this.#at,
      line: this.#line,
      lineStart: this.#lineStart,
    };
    this.#keyLevels.set(number, level);
  }

  #dropKey(): void {
    const key = this.#keys.at(-1)!;
    if (!key.possible) return;
    if (key.required) throw this.#missingColon(key);
    key.possible = false;
    this.#keyLevels.delete(key.number);
  }

  #missingColon(key: PossibleKey): Unreadable {
    const lineEnd = this.#text.slice(key.at).search(/[\r\n\0]/);
    return new Unreadable('a key is expected here, and `:` does not follow on its line', key.at, key.at + lineEnd);
  }

  // Block structure.

  #roll(column: number, type: TokenType, number: number, at: number): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    this.#insert(number === -1 ? -1 : number - this.#taken, token(type, at, at));
  }

  #unroll(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#insert(-1, token('block-end', this.#at, this.#at));
      this.#indent = this.#indents.pop()!;
    }
  }

  #leaveBlocks(): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
  }

  #fetchStreamEnd(): void {
    if (this.#column() !== 0) {
      this.#line++;
      this.#lineStart = this.#at;
    }
    this.#leaveBlocks();
    this.#insert(-1, token('stream-end', this.#at, this.#at));
    this.#streamEnded = true;
  }

  /** The stream is cut before it gets here, so a directive never stands before a document that could be read. */
  #fetchDirective(): void {
    this.#leaveBlocks();
    const start = this.#at;
    while (!isBreakOrEnd(this.#code())) this.#at++;
    const directive = this.#text.slice(start, this.#at);
    if (!/^%(?:YAML[ \t]+\d{1,2}\.\d{1,2}|TAG[ \t]+!(?:[\w-]*!)?[ \t]+[^ \t]+)[ \t]*(?:#.*)?$/.test(directive)) {
      throw new Unreadable('a line cannot begin with "%" unless it is a directive', start, this.#at);
    }
    this.#insert(-1, token('directive', start, this.#at));
  }

  #fetchBlockEntry(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) throw new Unreadable('a list item cannot begin on this line', this.#at, this.#at + 1);
      this.#roll(this.#column(), 'block-sequence-start', -1, this.#at);
    }
    this.#dropKey();
    this.#keyAllowed = true;
    this.#push('block-entry', 1);
  }

  #fetchKey(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) throw new Unreadable('a key cannot begin on this line', this.#at, this.#at + 1);
      this.#roll(this.#column(), 'block-mapping-start', -1, this.#at);
    }
    this.#dropKey();
    this.#keyAllowed = this.#flowLevel === 0;
    this.#push('key', 1);
  }

  #fetchValue(): void {
    const key = this.#keys.at(-1)!;
    if (this.#isStillPossible(key)) {
      this.#insert(key.number - this.#taken, token('key', key.at, key.at));
      this.#roll(key.at - key.lineStart, 'block-mapping-start', key.number, key.at);
      key.possible = false;
      this.#keyLevels.delete(key.number);
      this.#keyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#keyAllowed) {
          throw new Unreadable('a value that holds ": " or ends in ":" must be quoted', this.#at, this.#at + 1);
        }
        this.#roll(this.#column(), 'block-mapping-start', -1, this.#at);
      }
      this.#keyAllowed = this.#flowLevel === 0;
    }
    this.#push('value', 1);
  }

  // Flow structure.

  #fetchFlowStart(type: TokenType): void {
    this.#saveKey();
    this.#keys.push({ ...NO_KEY, number: this.#nextNumber() });
    this.#flowLevel++;
    this.#keyAllowed = true;
    this.#push(type, 1);
  }

  #fetchFlowEnd(type: TokenType): void {
    this.#dropKey();
    if (this.#flowLevel > 0) {
      this.#flowLevel--;
      const { number } = this.#keys.pop()!;
      this.#keyLevels.delete(number);
    }
    this.#keyAllowed = false;
    this.#push(type, 1);
  }

  // Properties.

  #fetchAnchor(type: 'alias' | 'anchor'): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#at;
    this.#at++;
    while (isWord(this.#code())) this.#at++;
    const name = this.#text.slice(start + 1, this.#at);
    const next = this.#code();
    if (name === '' || !(isBlankOrEnd(next) || '?:,]}%@`'.includes(String.fromCharCode(next)))) {
      throw new Unreadable(
        `${type === 'alias' ? 'an alias "*"' : 'an anchor "&"'} needs a plain name`,
        start,
        this.#at + 1,
      );
    }
    this.#insert(-1, token(type, start, this.#at, name));
  }

  #fetchTag(): void {
    const start = this.#at;
    let handle = '';
    let suffix = '';
    if (this.#code(1) === 0x3c) {
      this.#at += 2;
      suffix = this.#scanUri(start, '', false);
      if (this.#code() !== 0x3e) throw new Unreadable('a tag that opens with "!<" lacks its ">"', start, this.#at);
      this.#at++;
    } else {
      this.#at++;
      while (isWord(this.#code())) this.#at++;
      if (this.#code() === 0x21) this.#at++;
      const head = this.#text.slice(start, this.#at);
      if (head.length > 1 && head.endsWith('!')) {
        handle = head;
        suffix = this.#scanUri(start, '', false);
      } else {
        handle = '!';
        suffix = this.#scanUri(start, head.slice(1), true);
        if (suffix === '') [handle, suffix] = ['', '!'];
      }
    }
    if (!isBlankOrEnd(this.#code())) throw new Unreadable('a blank must follow a tag', start, this.#at + 1);
    this.#insert(-1, token('tag', start, this.#at, suffix, handle));
  }

  #scanUri(start: number, head: string, mayBeEmpty: boolean): string {
    let uri = head;
    const from = this.#at;
    for (;;) {
      const code = this.#code();
      if (code === 0x25) {
        const escaped = /^(?:%[0-9A-Fa-f]{2})+/.exec(this.#text.slice(this.#at, this.#at + 3072))?.[0] ?? '%';
        uri += decodeUri(escaped) ?? this.#fail('a tag holds a wrong "%" escape', start, this.#at + 1);
        this.#at += escaped.length;
      } else if (isWord(code) || ";/?:@&=+$,.!~*'()[]".includes(String.fromCharCode(code))) {
        uri += this.#text[this.#at];
        this.#at++;
      } else {
        break;
      }
    }
    if (this.#at === from && !mayBeEmpty) throw new Unreadable('a tag lacks its name', start, this.#at);
    return uri;
  }

  #fail(message: string, start: number, end: number): never {
    throw new Unreadable(message, start, end);
  }

  // Scalars.

  #fetchBlockScalar(literal: boolean): void {
    const start = this.#at;
    this.#at++;
    const { chomp, increment } = this.#scanBlockHeader(start);
    let end = this.#at;
    while (isBlank(this.#code())) this.#at++;
    if (this.#code() === 0x23) this.#skipComment();
    if (!isBreakOrEnd(this.#code())) {
      throw new Unreadable('only a comment can stand behind a block scalar header', this.#at, this.#at + 1);
    }
    if (isBreak(this.#code())) this.#skipBreak();

    let indent = increment === 0 ? 0 : Math.max(this.#indent, 0) + increment;
    let value = '';
    let leadingBreak = '';
    let wasBlank = false;
    let [trailingBreaks, found] = this.#scanBlockBreaks(indent);
    indent = found;
    while (this.#column() === indent && this.#code() !== NUL) {
      const isMore = isBlank(this.#code());
      if (literal || wasBlank || isMore || leadingBreak !== '\n') value += leadingBreak;
      else if (trailingBreaks === '') value += ' ';
      value += trailingBreaks;
      wasBlank = isMore;
      const lineStart = this.#at;
      while (!isBreakOrEnd(this.#code())) this.#at++;
      value += this.#text.slice(lineStart, this.#at);
      end = this.#at;
      leadingBreak = this.#code() === NUL ? '' : this.#skipBreak();
      [trailingBreaks, found] = this.#scanBlockBreaks(indent);
    }
    if (chomp !== '-') value += leadingBreak;
    if (chomp === '+') value += trailingBreaks;
    // Blanks at the end of the last lines belong to the value but not to its place.
    while (end > start && isBlankOrEnd(this.#text.charCodeAt(end - 1))) end--;
    this.#insert(-1, token('scalar', start, end, value, '', literal ? 'literal' : 'folded'));
  }

  #scanBlockHeader(start: number): { chomp: string; increment: number } {
    let chomp = '';
    let increment = 0;
    for (let part = 0; part < 2; part++) {
      const code = this.#code();
      if (chomp === '' && (code === 0x2b || code === DASH)) {
        chomp = this.#text[this.#at]!;
      } else if (increment === 0 && code >= 0x30 && code <= 0x39) {
        increment = code - 0x30;
        if (increment === 0) throw new Unreadable('a block scalar cannot be indented by 0', start, this.#at + 1);
      } else {
        break;
      }
      this.#at++;
    }
    return { chomp, increment };
  }

  /** Skips indentation and blank lines; finds the indentation where it is not known yet. */
  #scanBlockBreaks(known: number): [breaks: string, indent: number] {
    let breaks = '';
    let deepest = 0;
    for (;;) {
      while ((known === 0 || this.#column() < known) && this.#code() === SPACE) this.#at++;
      deepest = Math.max(deepest, this.#column());
      const code = this.#code();
      if (code === TAB && (known === 0 || this.#column() < known)) {
        throw new Unreadable('a tab cannot indent the text of a block scalar', this.#at, this.#at + 1);
      }
      if (!isBreak(code)) break;
      breaks += this.#skipBreak();
    }
    return [breaks, known === 0 ? Math.max(deepest, this.#indent + 1, 1) : known];
  }

  #fetchQuoted(quote: number): void {
    const start = this.#at;
    let value = '';
    this.#at++;
    for (;;) {
      if (this.#column() === 0 && this.#atDocumentIndicator()) {
        throw new Unreadable('a quoted value holds a line that ends the document', this.#at, this.#at + 3);
      }
      if (this.#code() === NUL) throw this.#openQuote(start);
      let joined = false;
      let from = this.#at;
      for (;;) {
        const code = this.#code();
        if (isBlankOrEnd(code)) break;
        if (code === quote) {
          if (quote === 0x22 || this.#code(1) !== quote) break;
          value += `${this.#text.slice(from, this.#at)}'`;
          this.#at += 2;
          from = this.#at;
        } else if (quote === 0x22 && code === 0x5c) {
          value += this.#text.slice(from, this.#at);
          if (isBreak(this.#code(1))) {
            this.#at++;
            this.#skipBreak();
            joined = true;
            from = this.#at;
            break;
          }
          value += this.#scanEscape();
          from = this.#at;
        } else {
          this.#at++;
        }
      }
      value += this.#text.slice(from, this.#at);
      if (this.#code() === quote) break;
      value += this.#scanFold(joined, -1);
    }
    this.#at++;
    this.#insert(-1, token('scalar', start, this.#at, value, '', quote === 0x22 ? 'double' : 'single'));
  }

  #openQuote(start: number): Unreadable {
    const lineEnd = this.#text.slice(start).search(/[\r\n\0]/);
    return new Unreadable('a quoted value lacks its closing quote', start, start + lineEnd);
  }

  #scanEscape(): string {
    const letter = this.#text[this.#at + 1]!;
    const simple = ESCAPES.get(letter);
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    const width = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
    const start = this.#at;
    const digits = this.#text.slice(start + 2, start + 2 + width);
    const point = /^[0-9A-Fa-f]+$/.test(digits) && digits.length === width ? Number.parseInt(digits, 16) : -1;
    if (width === 0 || point < 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      const written = this.#text.slice(start, start + 2 + width).split(/[\s\0]/, 1)[0]!;
      throw new Unreadable(`"${written}" is no escape in a double-quoted value`, start, start + written.length);
    }
    this.#at += 2 + width;
    return String.fromCodePoint(point);
  }

  #fetchPlain(): void {
    const start = this.#at;
    const indent = this.#indent + 1;
    let value = '';
    let end = start;
    let fold = '';
    let onNewLine = false;
    for (;;) {
      if (this.#column() === 0 && this.#atDocumentIndicator()) break;
      if (this.#code() === 0x23) break;
      const from = this.#at;
      while (!this.#endsPlain(this.#code())) this.#at++;
      if (this.#at > from) {
        value += fold + this.#text.slice(from, this.#at);
        end = this.#at;
        onNewLine = false;
      }
      const code = this.#code();
      if (!isBlank(code) && !isBreak(code)) break;
      const line = this.#line;
      fold = this.#scanFold(false, indent);
      if (this.#line !== line) onNewLine = true;
      if (this.#flowLevel === 0 && this.#column() < indent) break;
    }
    if (onNewLine) this.#keyAllowed = true;
    this.#insert(-1, token('scalar', start, end, value, '', 'plain'));
  }

  #endsPlain(code: number): boolean {
    if (isBlankOrEnd(code)) return true;
    if (code === COLON) return isBlankOrEnd(this.#code(1));
    if (this.#flowLevel === 0) return false;
    return code === 0x2c || code === 0x3f || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d;
  }

  /** Blanks and line breaks inside a scalar, as they count in its value. A plain one refuses tabs left of `indent`. */
  #scanFold(joined: boolean, indent: number): string {
    const from = this.#at;
    let blanks = '';
    let first = '';
    let rest = '';
    let onNewLine = joined;
    for (;;) {
      const code = this.#code();
      if (isBlank(code)) {
        if (onNewLine && code === TAB && this.#column() < indent) {
          throw new Unreadable('a tab cannot indent', this.#at, this.#at + 1);
        }
        this.#at++;
      } else if (isBreak(code)) {
        if (!onNewLine) {
          first = this.#skipBreak();
          onNewLine = true;
        } else {
          rest += this.#skipBreak();
        }
      } else {
        break;
      }
      if (!onNewLine) blanks = this.#text.slice(from, this.#at);
    }
    if (!onNewLine) return blanks;
    if (first === '\n') return rest === '' ? ' ' : rest;
    return first + rest;
  }

  // The queue.

  #nextNumber(): number {
    return this.#taken + this.#queue.length - this.#head;
  }

  #push(type: TokenType, length: number): void {
    this.#insert(-1, token(type, this.#at, this.#at + length));
    this.#at += length;
  }

  #insert(position: number, token: Token): void {
    if (position < 0) this.#queue.push(token);
    else this.#queue.splice(this.#head + position, 0, token);
  }
}

interface PossibleKey {
  possible: boolean;
  /** At the indentation of the open block nothing but a key can stand. */
  readonly required: boolean;
  readonly number: number;
  readonly at: number;
  readonly line: number;
  readonly lineStart: number;
}

const NO_KEY: PossibleKey = { possible: false, required: false, number: 0, at: 0, line: 0, lineStart: 0 };

const NUL = 0x00;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DASH = 0x2d;
const COLON = 0x3a;
const NEL = 0x85;
const LS = 0x2028;
const PS = 0x2029;

function token(
  type: TokenType,
  start: number,
  end: number,
  value = '',
  handle = '',
  style: ScalarStyle = 'plain',
): Token {
  return { type, start, end, value, handle, style };
}

function decodeUri(escaped: string): string | undefined {
  try {
    return decodeURIComponent(escaped);
  } catch {
    // Not UTF-8: the caller reports it.
    return undefined;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** libyaml's line breaks; YAML 1.2 dropped the last three. */
function isBreak(code: number): boolean {
  return code === LF || code === CR || code === NEL || code === LS || code === PS;
}

function isBreakOrEnd(code: number): boolean {
  return isBreak(code) || code === NUL;
}

function isBlankOrEnd(code: number): boolean {
  return code === SPACE || code === TAB || isBreakOrEnd(code);
}

function isWord(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) || code === 0x5f || code === DASH
  );
}
