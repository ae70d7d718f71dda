import type { SourceFile, Span } from '../text/source-file.ts';
import { Document, type DuplicateKey, TAPE_STRIDE, type YamlError } from './document.ts';
import { isInteger, isJsonNumber, plainKey, resolvePlain } from './scalar.ts';
import { Scanner, type Token, type TokenType, Unreadable } from './scanner.ts';
import { type Chunk, failedDocument, lineEnd, MAX_DEPTH, readStream, trimmed, UNREAD } from './stream.ts';
import { newMap, type Value } from './value.ts';

/**
 * Reads every document of a file to the letter of sigs.k8s.io/yaml: complete, and the measure of the fast path. The
 * stream is cut as kubectl cuts it, so a fault in one document leaves the others alone.
 */
export function parseReference(file: SourceFile): readonly Document[] {
  return readStream(file, parseChunk);
}

/**
 * Reads one chunk of the stream and appends what it holds: nothing, a document, or a document and what kubectl leaves
 * unread behind it, as an error.
 */
export function parseChunk(file: SourceFile, chunk: Chunk, documents: Document[], carried: number[]): void {
  const { text } = file;
  const start = text.charCodeAt(chunk.start) === 0xfeff ? chunk.start + 1 : chunk.start;
  const span = trimmed(text, start, chunk.end);
  if (chunk.comment !== undefined) carried.push(chunk.comment.start, chunk.comment.end);
  const fail = (error: YamlError, place: Span, comments: readonly number[]): void => {
    const all = Int32Array.from([...carried.splice(0), ...comments]);
    documents.push(failedDocument(file, documents.length, error, place, all));
  };
  const { badSeparator } = chunk;
  if (badSeparator !== undefined) {
    const message = 'only a comment can stand on the line of `---`';
    fail({ message, span: badSeparator }, { start: badSeparator.start, end: Math.max(badSeparator.end, span.end) }, []);
    return;
  }
  if (chunk.end - start > LARGEST) {
    const message = `the document is larger than ${LARGEST / MEGABYTE} MB and not simple enough to be read at that size`;
    fail({ message, span: { start: span.start, end: lineEnd(text, span.start) } }, span, []);
    return;
  }
  const source = text.slice(start, chunk.end);
  const control = findControlCharacter(source, start);
  if (control !== undefined) {
    fail(control, span, []);
    return;
  }

  // kubectl hands every line on with a line break, the last one too.
  const scanner = new Scanner(source.endsWith('\n') ? `${source}\0` : `${source}\n\0`);
  const reader = new Reader(scanner, start);
  let root: Built | undefined;
  let tape: Int32Array = new Int32Array(0);
  try {
    root = reader.document(chunk.isOpening);
    if (root !== undefined) tape = flatten(root);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    fail({ message: error.message, span: shifted(error.span, start, chunk.end) }, span, reader.comments(chunk.end));
    return;
  }
  const unread = reader.unread();
  const comments = reader.comments(unread ?? chunk.end);
  if (root === undefined) {
    carried.push(...comments);
  } else {
    const end = unread === undefined ? span.end : trimmed(text, start, unread).end;
    documents.push(
      new Document({
        file,
        index: documents.length,
        span: { start: span.start, end },
        value: root.value,
        tape,
        comments: Int32Array.from([...carried.splice(0), ...comments]),
        errors: [],
        duplicates: reader.duplicates.sort((one, other) => one.span.start - other.span.start),
      }),
    );
  }
  if (unread === undefined) return;
  const line = { start: unread, end: Math.min(lineEnd(text, unread), span.end) };
  fail({ message: UNREAD, span: line }, { start: unread, end: span.end }, []);
}

const MEGABYTE = 1_000_000;

/**
 * The API server takes requests of 3 MB. What the fast path cannot read, because of an anchor or a fault in it, costs
 * fifty times its size in memory here.
 */
const LARGEST = 16 * MEGABYTE;

const TAG_PREFIX = 'tag:yaml.org,2002:';

/** A node as read, with its place; an alias shares the node of its anchor. */
interface Built {
  readonly value: Value;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Child[];
  readonly isMap: boolean;
  /** How many steps Go's decoder takes for it, and how many levels are below it. */
  readonly size: number;
  readonly depth: number;
  /** What keeps the value from becoming JSON, and so the document from being read, if it gets as far as that. */
  readonly problem: Unreadable | undefined;
}

interface Child {
  readonly key: string | undefined;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly node: Built;
  readonly problem: Unreadable | undefined;
}

/** A node, and where its text ends, which for an alias is not where its value stands. */
interface Placed {
  readonly node: Built;
  readonly textEnd: number;
  /** A scalar as written, for what depends on the writing: keys and `<<`. */
  readonly scalar:
    | { readonly text: string; readonly plain: boolean; readonly tag: string; readonly start: number }
    | undefined;
  /** The items of a list as written, aliases not followed, for `<<`. */
  readonly isList: boolean;
}

interface Key {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly problem: Unreadable | undefined;
}

interface Properties {
  readonly tag: string;
  readonly anchor: { node: Built | undefined } | undefined;
  /** Where a tag stands, -1 without one. */
  readonly tagStart: number;
  readonly end: number;
}

const NO_CHILDREN: readonly Child[] = [];

/** Reads the tokens of one document into nodes. */
class Reader {
  readonly duplicates: DuplicateKey[] = [];
  readonly #scanner: Scanner;
  readonly #base: number;
  readonly #anchors = new Map<string, { node: Built | undefined }>();
  #decoded = 0;
  #aliased = 0;

  constructor(scanner: Scanner, base: number) {
    this.#scanner = scanner;
    this.#base = base;
  }

  /** The root; undefined when the document is empty. */
  document(isOpening: boolean): Built | undefined {
    let next = this.#peek();
    if (next === 'stream-end') return undefined;
    if (isOpening && (next === 'directive' || next === 'document-end' || next === 'document-start')) return undefined;
    if (next === 'directive') {
      throw this.#unexpected('a directive must be followed by a document, and kubectl cuts it off from the next one');
    }
    if (next === 'document-start') {
      this.#scanner.take();
      next = this.#peek();
    }
    if (next === 'stream-end' || next === 'directive' || next === 'document-start') return undefined;
    this.#decoded++;
    const { node } = this.#node(true, false, this.#base, 0);
    // A document ends at whatever token comes next, sound or not, and it must be one.
    this.#scanner.peek();
    return node;
  }

  /** Where text begins that is never read, undefined where there is none. */
  unread(): number | undefined {
    if (this.#peek() === 'stream-end') return undefined;
    const { start, type } = this.#scanner.take();
    if (type !== 'document-end') return this.#base + start;
    try {
      const next = this.#scanner.peek();
      return next.type === 'stream-end' ? undefined : this.#base + next.start;
    } catch (error) {
      // Nobody reads on, so nobody sees this; where it stands is unread text all the same.
      if (error instanceof Unreadable) return this.#base + error.span.start;
      throw error;
    }
  }

  /** Start and end in turn of the comments before `end`. */
  comments(end: number): readonly number[] {
    const offsets = this.#scanner.comments.map((offset) => this.#base + offset);
    const first = offsets.findIndex((offset, at) => at % 2 === 0 && offset >= end);
    return first === -1 ? offsets : offsets.slice(0, first);
  }

  #peek(): TokenType {
    return this.#scanner.peek().type;
  }

  #unexpected(message: string): Unreadable {
    const { start, end } = this.#scanner.peek();
    return new Unreadable(message, start, Math.max(end, start + 1));
  }

  /** `emptyAt` is where a value stands that is not written: behind its `:` or `-`. */
  #node(block: boolean, indentless: boolean, emptyAt: number, depth: number): Placed {
    this.#decoded++;
    if (depth > MAX_DEPTH) throw this.#unexpected(`nesting is deeper than ${MAX_DEPTH} levels`);
    if (this.#peek() === 'alias') return this.#alias(depth);
    const properties = this.#properties();
    const placed = this.#content(block, indentless, emptyAt, depth, properties);
    if (properties?.anchor !== undefined) properties.anchor.node = placed.node;
    return placed;
  }

  #content(
    block: boolean,
    indentless: boolean,
    emptyAt: number,
    depth: number,
    properties: Properties | undefined,
  ): Placed {
    const type = this.#peek();
    if (indentless && type === 'block-entry') return this.#blockSequence(depth, true);
    switch (type) {
      case 'scalar':
        return this.#scalar(this.#scanner.take(), properties);
      case 'flow-sequence-start':
        return this.#flowSequence(depth);
      case 'flow-mapping-start':
        return this.#flowMapping(depth);
      case 'block-sequence-start':
        if (block) return this.#blockSequence(depth, false);
        break;
      case 'block-mapping-start':
        if (block) return this.#blockMapping(depth);
        break;
    }
    if (properties === undefined) throw this.#noContent(type);
    return this.#empty(emptyAt, properties);
  }

  #noContent(type: TokenType): Unreadable {
    return this.#unexpected(type === 'block-entry' ? 'a list item cannot stand here' : 'a value is expected here');
  }

  #properties(): Properties | undefined {
    const first = this.#peek();
    if (first !== 'anchor' && first !== 'tag') return undefined;
    let anchor: Properties['anchor'];
    let tag = '';
    let tagStart = -1;
    let end = 0;
    const seen = new Set<TokenType>();
    for (let type = first as TokenType; (type === 'anchor' || type === 'tag') && !seen.has(type); type = this.#peek()) {
      seen.add(type);
      const token = this.#scanner.take();
      end = token.end;
      if (type === 'anchor') {
        anchor = { node: undefined };
        this.#anchors.set(token.value, anchor);
        continue;
      }
      tag = resolveHandle(token);
      tagStart = this.#base + token.start;
    }
    return { tag, anchor, tagStart, end: this.#base + end };
  }

  #alias(depth: number): Placed {
    const { start, end, value } = this.#scanner.take();
    const slot = this.#anchors.get(value);
    if (slot === undefined) throw new Unreadable(`alias "*${value}" has no anchor before it`, start, end);
    const { node } = slot;
    if (node === undefined) throw new Unreadable(`alias "*${value}" stands inside its own anchor`, start, end);
    if (depth + node.depth > MAX_DEPTH) throw new Unreadable(`nesting is deeper than ${MAX_DEPTH} levels`, start, end);
    this.#decoded += node.size;
    this.#aliased += node.size;
    if (
      this.#aliased > 100 &&
      this.#decoded > 1000 &&
      this.#aliased / this.#decoded > allowedAliasRatio(this.#decoded)
    ) {
      throw new Unreadable('aliases make the document too large', start, end);
    }
    return { node, textEnd: this.#base + end, scalar: undefined, isList: false };
  }

  #scalar(token: Token, properties: Properties | undefined): Placed {
    const { value: text, style } = token;
    const tag = properties?.tag ?? '';
    const plain = tag === '' && style === 'plain';
    const value = this.#resolve(token, tag, plain);
    const problem = isJsonNumber(value)
      ? undefined
      : new Unreadable(`${text} is no number that Kubernetes can take`, token.start, token.end);
    const start = this.#base + token.start;
    const end = this.#base + token.end;
    const tagStart = properties === undefined || properties.tagStart === -1 ? start : properties.tagStart;
    return {
      node: { ...leaf(value, start, end), problem },
      textEnd: end,
      scalar: { text, plain, tag, start: tagStart },
      isList: false,
    };
  }

  #empty(at: number, { tag, end }: Properties): Placed {
    const plain = tag === '';
    const token: Token = {
      type: 'scalar',
      start: end - this.#base,
      end: end - this.#base,
      value: '',
      handle: '',
      style: 'plain',
    };
    const value = this.#resolve(token, tag, plain);
    return {
      node: leaf(value, at, at),
      textEnd: Math.max(at, end),
      scalar: { text: '', plain, tag, start: at },
      isList: false,
    };
  }

  #resolve({ value: text, start, end }: Token, tag: string, plain: boolean): Value {
    const value = plain ? resolvePlain(text) : tag === '' ? text : resolveTagged(tag, text);
    if (value === undefined) {
      throw new Unreadable(
        `${JSON.stringify(text)} does not fit its tag !!${tag.slice(TAG_PREFIX.length)}`,
        start,
        end,
      );
    }
    return value;
  }

  #blockSequence(depth: number, indentless: boolean): Placed {
    if (!indentless) this.#scanner.take();
    const start = this.#base + this.#scanner.peek().start;
    const children: Child[] = [];
    let end = start;
    while (this.#peek() === 'block-entry') {
      const emptyAt = this.#base + this.#scanner.take().end;
      const next = this.#peek();
      const isEmpty =
        next === 'block-entry' || next === 'block-end' || (indentless && (next === 'key' || next === 'value'));
      const placed = isEmpty ? this.#nothing(emptyAt) : this.#node(true, false, emptyAt, depth + 1);
      end = placed.textEnd;
      children.push({ key: undefined, keyStart: -1, keyEnd: -1, node: placed.node, problem: undefined });
    }
    if (!indentless) {
      if (this.#peek() !== 'block-end') throw this.#misfit('a list item `-` is expected here');
      this.#scanner.take();
    }
    return this.#list(children, start, end);
  }

  #blockMapping(depth: number): Placed {
    this.#scanner.take();
    const mapping = new Mapping(this.duplicates);
    const start = this.#base + this.#scanner.peek().start;
    let end = start;
    while (this.#peek() === 'key' || this.#peek() === 'value') {
      if (this.#peek() === 'value') throw this.#misfit('a key is expected before `:`');
      const keyAt = this.#base + this.#scanner.take().end;
      const next = this.#peek();
      const isEmpty = next === 'key' || next === 'value' || next === 'block-end';
      const key = isEmpty ? this.#nothing(keyAt) : this.#node(true, true, keyAt, depth + 1);
      end = this.#mappingEntry(mapping, key, ['key', 'value', 'block-end'], true, depth);
    }
    if (this.#peek() !== 'block-end') throw this.#misfit('a key is expected here');
    this.#scanner.take();
    return this.#map(mapping, start, end);
  }

  /** Reads what follows a key; gives where the entry's text ends. */
  #mappingEntry(mapping: Mapping, key: Placed, closing: readonly TokenType[], block: boolean, depth: number): number {
    const isMerge = isMergeKey(key);
    const name = isMerge ? this.#mergeName(key) : this.#key(key);
    let emptyAt = key.textEnd;
    let value: Placed | undefined;
    if (this.#peek() === 'value') {
      emptyAt = this.#base + this.#scanner.take().end;
      if (!closing.includes(this.#peek())) value = this.#node(block, block, emptyAt, depth + 1);
    }
    value ??= this.#nothing(emptyAt);
    if (isMerge) this.#merge(mapping, value, name);
    else mapping.set(name, value.node);
    return value.textEnd;
  }

  #flowSequence(depth: number): Placed {
    const open = this.#scanner.take();
    const children: Child[] = [];
    while (this.#peek() !== 'flow-sequence-end') {
      if (children.length > 0) this.#comma(open, 'flow-sequence-end');
      const next = this.#peek();
      if (next === 'flow-sequence-end') break;
      this.#refuseEnd(open);
      const placed =
        next === 'key' ? this.#singlePair(depth + 1) : this.#node(false, false, this.#base + open.end, depth + 1);
      children.push({ key: undefined, keyStart: -1, keyEnd: -1, node: placed.node, problem: undefined });
    }
    return this.#list(children, this.#base + open.start, this.#base + this.#scanner.take().end);
  }

  /** `[a: 1]` holds a mapping without braces. */
  #singlePair(depth: number): Placed {
    this.#decoded++;
    if (depth > MAX_DEPTH) throw this.#unexpected(`nesting is deeper than ${MAX_DEPTH} levels`);
    const start = this.#base + this.#scanner.peek().start;
    const keyAt = this.#base + this.#scanner.take().end;
    const next = this.#peek();
    const isEmpty = next === 'value' || next === 'flow-entry' || next === 'flow-sequence-end';
    // libyaml steps over what follows an empty key of such a pair, whatever it is.
    if (isEmpty) this.#scanner.take();
    const mapping = new Mapping(this.duplicates);
    const key = isEmpty ? this.#nothing(keyAt) : this.#node(false, false, keyAt, depth + 1);
    const end = this.#mappingEntry(mapping, key, ['flow-entry', 'flow-sequence-end'], false, depth);
    return this.#map(mapping, start, end);
  }

  #flowMapping(depth: number): Placed {
    const open = this.#scanner.take();
    const mapping = new Mapping(this.duplicates);
    for (let isFirst = true; this.#peek() !== 'flow-mapping-end'; isFirst = false) {
      if (!isFirst) this.#comma(open, 'flow-mapping-end');
      if (this.#peek() === 'flow-mapping-end') break;
      this.#refuseEnd(open);
      if (this.#peek() !== 'key') {
        // A key without `:` is an entry with an empty value.
        const key = this.#node(false, false, this.#base + open.end, depth + 1);
        if (isMergeKey(key)) this.#merge(mapping, this.#nothing(key.textEnd), this.#mergeName(key));
        else mapping.set(this.#key(key), this.#nothing(key.textEnd).node);
        continue;
      }
      const keyAt = this.#base + this.#scanner.take().end;
      const next = this.#peek();
      const isEmpty = next === 'value' || next === 'flow-entry' || next === 'flow-mapping-end';
      const key = isEmpty ? this.#nothing(keyAt) : this.#node(false, false, keyAt, depth + 1);
      this.#mappingEntry(mapping, key, ['flow-entry', 'flow-mapping-end'], false, depth);
    }
    return this.#map(mapping, this.#base + open.start, this.#base + this.#scanner.take().end);
  }

  #comma(open: Token, closing: 'flow-sequence-end' | 'flow-mapping-end'): void {
    const { type } = this.#scanner.peek();
    if (type === 'flow-entry') {
      this.#scanner.take();
      return;
    }
    this.#refuseEnd(open);
    throw this.#unexpected(`"," or "${closing === 'flow-sequence-end' ? ']' : '}'}" is expected here`);
  }

  /** A bracket that the document ends in is where one has to look. */
  #refuseEnd(open: Token): void {
    const { type } = this.#scanner.peek();
    if (type !== 'stream-end' && type !== 'document-end' && type !== 'document-start') return;
    const opens = open.type === 'flow-sequence-start' ? '[' : '{';
    throw new Unreadable(`"${opens}" is not closed`, open.start, open.end);
  }

  #misfit(message: string): Unreadable {
    const type = this.#peek();
    if (type === 'block-mapping-start' || type === 'block-sequence-start') {
      this.#scanner.take();
      return this.#unexpected('the indentation of this line fits no line above');
    }
    if (type === 'block-entry') return this.#unexpected('a list item stands among the keys of a mapping');
    return this.#unexpected(message);
  }

  #key(placed: Placed): Key {
    const { node, scalar } = placed;
    const start = scalar === undefined ? node.start : Math.min(scalar.start, node.start);
    const place = { start: start - this.#base, end: placed.textEnd - this.#base };
    if (node.children.length > 0 || (typeof node.value === 'object' && node.value !== null)) {
      throw new Unreadable('a key is a mapping or a list, which Kubernetes does not take', place.start, place.end);
    }
    const text = scalar === undefined ? aliasedKey(node.value) : scalarKey(scalar, node.value);
    if (text !== undefined) return { text, start, end: node.end, problem: undefined };
    const what = node.value === null ? 'null' : 'a number beyond 64 bits';
    const problem = new Unreadable(`a key is ${what}, which Kubernetes does not take`, place.start, place.end);
    return { text: `\0${node.value}`, start, end: node.end, problem };
  }

  #mergeName({ node }: Placed): Key {
    return { text: '<<', start: node.start, end: node.end, problem: undefined };
  }

  #merge(mapping: Mapping, { node, isList }: Placed, key: Key): void {
    const sources = isList ? node.children.map((child) => child.node).toReversed() : [node];
    for (const source of sources) {
      if (!source.isMap) {
        const message = '"<<" merges a mapping or a list of mappings, and this is neither';
        throw new Unreadable(message, key.start - this.#base, key.end - this.#base);
      }
      for (const child of source.children) mapping.merge(child);
    }
  }

  #nothing(at: number): Placed {
    this.#decoded++;
    return {
      node: leaf(null, at, at),
      textEnd: at,
      scalar: { text: '', plain: true, tag: '', start: at },
      isList: false,
    };
  }

  #list(children: readonly Child[], start: number, end: number): Placed {
    const value = children.map((child) => child.node.value);
    return { node: collection(value, start, end, children, false), textEnd: end, scalar: undefined, isList: true };
  }

  #map(mapping: Mapping, start: number, end: number): Placed {
    const children = mapping.close();
    const value = newMap();
    for (const { key, node } of children) value[key!] = node.value;
    return { node: collection(value, start, end, children, true), textEnd: end, scalar: undefined, isList: false };
  }
}

/** The entries of a mapping in the making. A key set again moves to the end: the last one wins. */
class Mapping {
  readonly #children = new Map<string, Child>();
  readonly #written = new Map<string, Key>();
  readonly #losers: Key[] = [];
  readonly #duplicates: DuplicateKey[];

  constructor(duplicates: DuplicateKey[]) {
    this.#duplicates = duplicates;
  }

  set(key: Key, node: Built): void {
    const loser = this.#written.get(key.text);
    if (loser !== undefined) this.#losers.push(loser);
    this.#written.set(key.text, key);
    this.merge({ key: key.text, keyStart: key.start, keyEnd: key.end, node, problem: key.problem });
  }

  /** Takes an entry that is written elsewhere: it wins over what stands before it, and that is no mistake. */
  merge(child: Child): void {
    this.#children.delete(child.key!);
    this.#children.set(child.key!, child);
  }

  close(): readonly Child[] {
    for (const { text, start, end } of this.#losers) {
      const winner = this.#written.get(text)!;
      this.#duplicates.push({ key: text, span: { start, end }, winner: { start: winner.start, end: winner.end } });
    }
    return [...this.#children.values()];
  }
}

function leaf(value: Value, start: number, end: number): Built {
  return { value, start, end, children: NO_CHILDREN, isMap: false, size: 1, depth: 0, problem: undefined };
}

function collection(value: Value, start: number, end: number, children: readonly Child[], isMap: boolean): Built {
  let size = 1;
  let depth = 0;
  for (const { node, key } of children) {
    size += key === undefined ? node.size : node.size + 1;
    depth = Math.max(depth, node.depth + 1);
  }
  return { value, start, end, children, isMap, size, depth, problem: undefined };
}

function isMergeKey({ scalar }: Placed): boolean {
  return scalar?.text === '<<' && (scalar.plain || scalar.tag === '!' || scalar.tag === `${TAG_PREFIX}merge`);
}

function scalarKey({ text, plain, tag }: NonNullable<Placed['scalar']>, value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (plain || tag !== '') return plainKey(text);
  return text;
}

function aliasedKey(value: Value): string | undefined {
  return typeof value === 'string' ? value : plainKey(String(value));
}

/** go-yaml's bound on what aliases may add: 99 % of a small document, 10 % of a huge one. */
function allowedAliasRatio(decoded: number): number {
  if (decoded <= 400_000) return 0.99;
  if (decoded >= 4_000_000) return 0.1;
  return 0.99 - (0.89 * (decoded - 400_000)) / 3_600_000;
}

function resolveHandle({ handle, value, start, end }: Token): string {
  if (handle === '') return value;
  if (handle === '!') return `!${value}`;
  if (handle === '!!') return TAG_PREFIX + value;
  throw new Unreadable(`tag handle "${handle}" is not defined`, start, end);
}

/** What a scalar with a tag is; undefined where it does not fit the tag. Tags of one's own leave the text as it is. */
function resolveTagged(tag: string, text: string): Value | undefined {
  if (!tag.startsWith(TAG_PREFIX)) return text;
  const value = resolvePlain(text);
  switch (tag.slice(TAG_PREFIX.length)) {
    case 'int':
      return typeof value !== 'string' && isInteger(text) ? value : undefined;
    case 'float':
      return asFloat(value);
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'null':
      return value === null ? value : undefined;
    case 'timestamp':
      return typeof value === 'string' && isTimestamp(text) ? value : undefined;
    case 'binary':
      return decodeBase64(text);
    default:
      return text;
  }
}

function asFloat(value: Value): number | undefined {
  if (typeof value === 'bigint') return value < 2n ** 63n ? Number(value) : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** Go's standard encoding: padded, line breaks ignored, nothing else. */
function decodeBase64(text: string): string | undefined {
  const digits = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(digits)) return undefined;
  return decodeUtf8(Buffer.from(digits, 'base64'));
}

/** Each byte that is not UTF-8 becomes one U+FFFD, as in Go; a TextDecoder counts them differently. */
function decodeUtf8(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const width = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    try {
      text += decoder.decode(bytes.subarray(at, at + width));
      at += width;
    } catch {
      text += '\ufffd';
      at++;
    }
  }
  return text;
}

function isTimestamp(text: string): boolean {
  const date = /^\d{4}-(\d{1,2})-(\d{1,2})(?:(?:[Tt](TIME)(?:Z|[-+]\d\d:\d\d))| (TIME))?$/.source;
  const time = '\\d{1,2}:\\d{1,2}:\\d{1,2}(?:[.,]\\d+)?';
  const match = new RegExp(date.replaceAll('TIME', time)).exec(text);
  if (match === null) return false;
  const [, month, day, zoned, bare] = match;
  const year = Number(text.slice(0, 4));
  const [hours, minutes, seconds] = (zoned ?? bare ?? '0:0:0').split(':').map(Number.parseFloat) as [
    number,
    number,
    number,
  ];
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1) return false;
  const days = new Date(Date.UTC(year < 100 ? year + 400 : year, Number(month), 0)).getUTCDate();
  return Number(day) <= days && hours < 24 && minutes < 60 && seconds < 60;
}

function flatten(root: Built): Int32Array {
  const tape: number[] = [];
  const visit = (node: Built, keyStart: number, keyEnd: number): void => {
    if (node.problem !== undefined) throw node.problem;
    const base = tape.length;
    tape.push(keyStart, keyEnd, node.start, node.end, 0);
    for (const child of node.children) {
      if (child.problem !== undefined) throw child.problem;
      visit(child.node, child.keyStart, child.keyEnd);
    }
    tape[base + 4] = tape.length / TAPE_STRIDE;
  };
  visit(root, -1, -1);
  return Int32Array.from(tape);
}

function findControlCharacter(source: string, base: number): YamlError | undefined {
  const at = source.search(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/);
  if (at === -1) return undefined;
  const code = source.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  return { message: `control character U+${code} is not allowed`, span: { start: base + at, end: base + at + 1 } };
}

function shifted(span: Span, base: number, end: number): Span {
  return { start: Math.min(base + span.start, end), end: Math.min(base + span.end, end) };
}
