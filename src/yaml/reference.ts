import {
  type Alias,
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { SourceFile, Span } from '../text/source-file.ts';
import { Document, type DuplicateKey, TAPE_STRIDE, type YamlError } from './document.ts';
import { type JsonText, parseJson } from './json.ts';
import { isJsonNumber, plainKey, resolvePlain } from './scalar.ts';
import { type Chunk, splitDocuments } from './stream.ts';
import { newMap, type Value } from './value.ts';

/** Deeper nesting than this is reported, not followed. */
export const MAX_DEPTH = 500;

/**
 * Reads every document of a file by way of the `yaml` package: slow, complete, and the measure of the fast path. The
 * stream is cut as kubectl cuts it, so a fault in one document leaves the others alone.
 */
export function parseReference(file: SourceFile): readonly Document[] {
  const documents: Document[] = [];
  const { text } = file;
  const from = readJsonTexts(file, documents);
  if (from === -1) return documents;
  for (const chunk of splitDocuments(text, from)) {
    const document = parseChunk(file, chunk, documents.length);
    if (document !== undefined) documents.push(document);
  }
  return documents;
}

/** Reads one chunk of the stream; undefined when it holds nothing but comments and blanks. */
export function parseChunk(file: SourceFile, chunk: Chunk, index: number): Document | undefined {
  const { text } = file;
  let { start } = chunk;
  if (text.charCodeAt(start) === 0xfeff) start++;
  const source = text.slice(start, chunk.end);
  const span = trimmed(text, start, chunk.end);
  if (span.start === span.end) return undefined;
  const failed = (error: YamlError, comments: readonly Span[]): Document =>
    new Document({
      file,
      index,
      span,
      value: null,
      tape: new Int32Array(0),
      comments,
      errors: [error],
      duplicates: [],
    });
  if (chunk.badSeparator !== undefined) {
    return failed(
      { message: 'the line of a document separator `---` holds more than a comment', span: chunk.badSeparator },
      [],
    );
  }
  const control = findControlCharacter(text, start, chunk.end);
  if (control !== undefined) return failed(control, []);

  const tokens = [...new Parser().parse(source)];
  const { comments, depth, deepest } = survey(tokens, start);
  if (depth > MAX_DEPTH) {
    return failed(
      { message: `nesting is deeper than ${MAX_DEPTH} levels`, span: { start: deepest, end: deepest + 1 } },
      comments,
    );
  }
  try {
    const [document] = new Composer(COMPOSER_OPTIONS).compose(tokens, false, source.length);
    if (document === undefined) return undefined;
    const error = [...document.errors].sort((one, other) => one.pos[0] - other.pos[0])[0];
    if (error !== undefined)
      return failed({ message: asSentence(error.message), span: errorSpan(text, start, error.pos) }, comments);
    if (document.contents === null) return undefined;
    if (isScalar(document.contents) && isBlankScalar(document.contents)) return undefined;
    const builder = new Builder(start);
    const root = builder.build(document.contents as AstNode, start + document.contents.range![0], 0).node;
    return new Document({
      file,
      index,
      span,
      value: root.value,
      tape: flatten(root),
      comments,
      errors: [],
      duplicates: builder.duplicates.sort((one, other) => one.span.start - other.span.start),
    });
  } catch (error) {
    if (error instanceof Unreadable) return failed({ message: error.message, span: error.span }, comments);
    if (error instanceof RangeError) return failed({ message: 'nesting is too deep', span }, comments);
    throw error;
  }
}

type AstNode = Scalar.Parsed | Alias.Parsed | YAMLMap.Parsed | YAMLSeq.Parsed;

const COMPOSER_OPTIONS = {
  version: '1.1',
  schema: 'failsafe',
  merge: false,
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  keepSourceTokens: true,
  logLevel: 'silent',
} as const;

const TAG_PREFIX = 'tag:yaml.org,2002:';

class Unreadable extends Error {
  readonly span: Span;

  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}

/** A node as read, with its place; an alias shares the node of its anchor. */
interface Built {
  readonly value: Value;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Child[];
  readonly isMap: boolean;
  /** How many steps Go's decoder takes for it, and how deep it is. */
  readonly size: number;
  readonly depth: number;
}

interface Child {
  readonly key: string | undefined;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly node: Built;
}

/** What a node is and where its text ends, which for an alias is not where its value stands. */
interface Placed {
  readonly node: Built;
  readonly textEnd: number;
}

interface Key {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const NO_CHILDREN: readonly Child[] = [];

class Builder {
  readonly base: number;
  readonly duplicates: DuplicateKey[] = [];
  readonly anchors = new Map<string, Built | 'open'>();
  decoded = 0;
  aliased = 0;

  constructor(base: number) {
    this.base = base;
  }

  /** `emptyAt` is where a value stands that is not written: behind its `:` or `-`. */
  build(ast: AstNode, emptyAt: number, depth: number): Placed {
    this.decoded++;
    if (isAlias(ast)) return { node: this.resolveAlias(ast, depth), textEnd: this.base + ast.range[1] };
    const { anchor } = ast;
    if (anchor !== undefined) this.anchors.set(anchor, 'open');
    const placed = isMap(ast)
      ? this.map(ast, depth)
      : isSeq(ast)
        ? this.sequence(ast, depth)
        : this.scalar(ast, emptyAt);
    if (anchor !== undefined) this.anchors.set(anchor, placed.node);
    return placed;
  }

  resolveAlias(ast: Alias.Parsed, depth: number): Built {
    const span = this.spanOf(ast);
    const node = this.anchors.get(ast.source);
    if (node === undefined) throw new Unreadable(`alias "*${ast.source}" has no anchor before it`, span);
    if (node === 'open') throw new Unreadable(`anchor "&${ast.source}" contains itself`, span);
    if (depth + node.depth > MAX_DEPTH) throw new Unreadable(`nesting is deeper than ${MAX_DEPTH} levels`, span);
    this.decoded += node.size;
    this.aliased += node.size;
    if (this.aliased > 100 && this.decoded > 1000 && this.aliased / this.decoded > allowedAliasRatio(this.decoded)) {
      throw new Unreadable('aliases make the document too large', span);
    }
    return node;
  }

  scalar(ast: Scalar.Parsed, emptyAt: number): Placed {
    const span = this.spanOf(ast);
    if (ast.type === 'BLOCK_LITERAL' || ast.type === 'BLOCK_FOLDED') {
      const token = ast.srcToken as unknown as CST.BlockScalar;
      const header = token.props.find((prop) => prop.type === 'block-scalar-header')!;
      const headerEnd = header.offset + header.source.length;
      const content = token.source.trimEnd();
      const end = this.base + (content === '' ? headerEnd : ast.range[1] - token.source.length + content.length);
      return this.leaf(this.resolveScalar(ast, span), this.base + header.offset, end);
    }
    const value = this.resolveScalar(ast, span);
    if (span.start === span.end) return this.leaf(value, emptyAt, emptyAt);
    return this.leaf(value, span.start, span.end);
  }

  leaf(value: Value, start: number, end: number): Placed {
    return { node: { value, start, end, children: NO_CHILDREN, isMap: false, size: 1, depth: 0 }, textEnd: end };
  }

  resolveScalar(ast: Scalar.Parsed, span: Span): Value {
    const { tag, source } = ast;
    const value =
      tag === undefined ? (ast.type === 'PLAIN' ? resolvePlain(source) : source) : resolveTagged(tag, source, span);
    if (!isJsonNumber(value)) throw new Unreadable(`${source} is no number that Kubernetes can take`, span);
    return value;
  }

  sequence(ast: YAMLSeq.Parsed, depth: number): Placed {
    const token = ast.srcToken as CST.BlockSequence | CST.FlowCollection;
    const children: Child[] = [];
    const dashes: CST.SourceToken[] = [];
    if (token.type === 'block-seq') {
      for (const item of token.items) {
        const dash = item.start.find((start) => start.type === 'seq-item-ind');
        if (dash !== undefined) dashes.push(dash);
      }
    }
    let end = this.base + ast.range[1];
    for (const [index, item] of (ast.items as unknown as (AstNode | Pair)[]).entries()) {
      const dash = dashes[index];
      const emptyAt = this.base + (dash === undefined ? ast.range[0] : dash.offset + 1);
      const placed = isPairNode(item) ? this.singlePair(item, depth + 1) : this.build(item, emptyAt, depth + 1);
      children.push({ key: undefined, keyStart: -1, keyEnd: -1, node: placed.node });
      if (token.type === 'block-seq') end = placed.textEnd;
    }
    const start = this.base + (dashes[0]?.offset ?? ast.range[0]);
    return {
      node: this.collection(
        false,
        children.map((child) => child.node.value),
        start,
        end,
        children,
      ),
      textEnd: end,
    };
  }

  /** `[a: 1]` holds a mapping that no braces surround. */
  singlePair(pair: Pair, depth: number): Placed {
    return this.pairs([pair], depth, undefined);
  }

  map(ast: YAMLMap.Parsed, depth: number): Placed {
    const isFlow = (ast.srcToken as CST.Token | undefined)?.type === 'flow-collection' && ast.flow === true;
    return this.pairs(ast.items as Pair[], depth, isFlow ? this.spanOf(ast) : undefined);
  }

  pairs(pairs: readonly Pair[], depth: number, flow: Span | undefined): Placed {
    const children = new Map<string, Child>();
    const explicit = new Map<string, Key>();
    const losers: Key[] = [];
    let start = -1;
    let end = -1;
    for (const pair of pairs) {
      const token = (pair as { srcToken?: CST.CollectionItem }).srcToken;
      const colon = token?.sep?.find((sep) => sep.type === 'map-value-ind');
      const question = token?.start.find((part) => part.type === 'explicit-key-ind');
      const keyAst = pair.key as AstNode;
      const keyAt = this.base + (question ?? token?.start[0] ?? colon ?? { offset: keyAst.range[0] }).offset;
      const isMergeKey =
        isScalar(keyAst) && keyAst.source === '<<' && (keyAst.type === 'PLAIN' || keyAst.tag === `${TAG_PREFIX}merge`);
      const key = isMergeKey ? this.mergeKey(keyAst) : this.key(keyAst, keyAt, depth + 1);
      if (start === -1) start = question === undefined ? key.start : this.base + question.offset;
      const emptyAt = colon === undefined ? key.end : this.base + colon.offset + 1;
      const valueAst = pair.value as AstNode | null;
      const placed = valueAst === null ? this.leaf(null, emptyAt, emptyAt) : this.build(valueAst, emptyAt, depth + 1);
      end = placed.textEnd;
      if (isMergeKey) {
        this.merge(valueAst, placed.node, children, key);
        continue;
      }
      const loser = explicit.get(key.text);
      if (loser !== undefined) losers.push(loser);
      explicit.set(key.text, key);
      children.delete(key.text);
      children.set(key.text, { key: key.text, keyStart: key.start, keyEnd: key.end, node: placed.node });
    }
    for (const { text, start, end } of losers) {
      const winner = explicit.get(text)!;
      this.duplicates.push({ key: text, span: { start, end }, winner: { start: winner.start, end: winner.end } });
    }
    const value = newMap();
    for (const [key, child] of children) value[key] = child.node.value;
    const place = flow ?? { start, end };
    return { node: this.collection(true, value, place.start, place.end, [...children.values()]), textEnd: place.end };
  }

  key(ast: AstNode, at: number, depth: number): Key {
    this.decoded++;
    const span = this.spanOf(ast);
    if (isAlias(ast)) {
      const node = this.resolveAlias(ast, depth);
      const text = typeof node.value === 'string' ? node.value : undefined;
      if (node.children.length > 0 || text === undefined)
        throw new Unreadable(`alias "*${ast.source}" is no key`, span);
      return { text, start: node.start, end: node.end };
    }
    if (!isScalar(ast)) throw new Unreadable('a key is a mapping or a list, which Kubernetes does not take', span);
    const { tag, source } = ast;
    const { node } = this.scalar(ast, at);
    if (ast.anchor !== undefined) this.anchors.set(ast.anchor, node);
    if (tag !== undefined) {
      const value = resolveTagged(tag, source, span);
      const text = typeof value === 'string' ? value : plainKey(source);
      if (text === undefined) throw new Unreadable('a key is null, which Kubernetes does not take', span);
      const tagToken = findTag(ast, at - this.base);
      return { text, start: this.base + tagToken, end: node.end };
    }
    const text = ast.type === 'PLAIN' ? plainKey(source) : source;
    if (text === undefined) throw new Unreadable('a key is null, which Kubernetes does not take', span);
    return { text, start: node.start, end: node.end };
  }

  mergeKey(ast: AstNode): Key {
    this.decoded++;
    const { start, end } = this.spanOf(ast);
    return { text: '<<', start, end };
  }

  merge(ast: AstNode | null, node: Built, into: Map<string, Child>, key: Key): void {
    const wrong = new Unreadable('`<<` merges a mapping or a list of mappings, and this is neither', {
      start: key.start,
      end: key.end,
    });
    if (ast === null) throw wrong;
    if (node.isMap) {
      for (const child of node.children) override(into, child);
      return;
    }
    if (!isSeq(ast)) throw wrong;
    // Of several the earlier wins, so the last goes in first.
    for (const { node: source } of node.children.toReversed()) {
      if (!source.isMap) throw wrong;
      for (const child of source.children) override(into, child);
    }
  }

  collection(isMap: boolean, value: Value, start: number, end: number, children: readonly Child[]): Built {
    let size = 1;
    let depth = 0;
    for (const { node, key } of children) {
      size += key === undefined ? node.size : node.size + 1;
      depth = Math.max(depth, node.depth + 1);
    }
    return { value, start, end, children, isMap, size, depth };
  }

  spanOf(ast: AstNode): Span {
    return { start: this.base + ast.range[0], end: this.base + ast.range[1] };
  }
}

function override(into: Map<string, Child>, child: Child): void {
  into.delete(child.key!);
  into.set(child.key!, child);
}

/** go-yaml's bound on what aliases may add: 99 % of a small document, 10 % of a huge one. */
function allowedAliasRatio(decoded: number): number {
  if (decoded <= 400_000) return 0.99;
  if (decoded >= 4_000_000) return 0.1;
  return 0.99 - (0.89 * (decoded - 400_000)) / 3_600_000;
}

function resolveTagged(tag: string, source: string, span: Span): Value {
  if (tag === '!') return resolvePlain(source);
  if (!tag.startsWith(TAG_PREFIX)) return source;
  const name = tag.slice(TAG_PREFIX.length);
  const value = resolvePlain(source);
  const fits = TAG_CHECKS.get(name);
  if (fits !== undefined) {
    if (fits(value, source)) return value;
    throw new Unreadable(`"${source}" does not fit its tag !!${name}`, span);
  }
  if (name !== 'binary') return source;
  const decoded = Buffer.from(source.replace(/[\r\n]/g, ''), 'base64');
  return decoded.toString('utf8');
}

const TAG_CHECKS: ReadonlyMap<string, (value: Value, source: string) => boolean> = new Map([
  ['int', (value: Value, source: string) => isNumeric(value) && plainKey(source) !== undefined && !/[.]/.test(source)],
  ['float', (value: Value) => typeof value === 'number' || typeof value === 'bigint'],
  ['bool', (value: Value) => typeof value === 'boolean'],
  ['null', (value: Value) => value === null],
  ['timestamp', (_: Value, source: string) => /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ])/.test(source)],
]);

function isNumeric(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function findTag(ast: Scalar.Parsed, keyAt: number): number {
  return Math.min(keyAt, ast.range[0]);
}

function isPairNode(item: AstNode | Pair): item is Pair {
  return 'key' in item && 'value' in item && !('range' in item && isScalar(item));
}

function isBlankScalar(scalar: Scalar): boolean {
  return scalar.type === 'PLAIN' && scalar.source === '' && scalar.tag === undefined && scalar.anchor === undefined;
}

function flatten(root: Built): Int32Array {
  const tape: number[] = [];
  const visit = (node: Built, keyStart: number, keyEnd: number): void => {
    const base = tape.length;
    tape.push(keyStart, keyEnd, node.start, node.end, 0);
    for (const child of node.children) visit(child.node, child.keyStart, child.keyEnd);
    tape[base + 4] = tape.length / TAPE_STRIDE;
  };
  visit(root, -1, -1);
  return Int32Array.from(tape);
}

/** Reads the JSON texts that the file opens with, as kubectl does; gives where YAML begins, -1 for nowhere. */
function readJsonTexts(file: SourceFile, documents: Document[]): number {
  const { text } = file;
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (!/^\s*\{/.test(text.slice(start, start + 4096))) return start;
  let at = start;
  for (;;) {
    const json = parseJson(text, at, MAX_DEPTH);
    if (json === undefined) return at;
    documents.push(jsonDocument(file, json, documents.length));
    at = json.end;
    if (/^\s*$/.test(text.slice(at))) return -1;
  }
}

function jsonDocument(file: SourceFile, json: JsonText, index: number): Document {
  const { start, end, value, tape, duplicates } = json;
  return new Document({ file, index, span: { start, end }, value, tape, comments: [], errors: [], duplicates });
}

interface Survey {
  readonly comments: Span[];
  readonly depth: number;
  readonly deepest: number;
}

/** Walks the tokens without recursion: hostile nesting must not reach the recursive composer. */
function survey(tokens: readonly CST.Token[], base: number): Survey {
  const comments: Span[] = [];
  let depth = 0;
  let deepest = base;
  const open: { token: CST.Token; level: number }[] = tokens.map((token) => ({ token, level: 0 }));
  const add = (children: readonly (CST.Token | null | undefined)[] | undefined, level: number): void => {
    if (children === undefined) return;
    for (const child of children) if (child) open.push({ token: child, level });
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, level } = next;
    if (level > depth) {
      depth = level;
      deepest = base + token.offset;
    }
    if (token.type === 'comment') {
      const source = token.source.trimEnd();
      comments.push({ start: base + token.offset, end: base + token.offset + source.length });
      continue;
    }
    if ('start' in token) add(Array.isArray(token.start) ? token.start : [token.start], level);
    if ('value' in token) add([token.value], level);
    if ('end' in token) add(token.end, level);
    if ('props' in token) add(token.props, level);
    if ('items' in token) {
      for (const item of token.items) {
        add(item.start, level);
        add([item.key, item.value], level + 1);
        add(item.sep, level);
      }
    }
  }
  comments.sort((one, other) => one.start - other.start);
  return { comments, depth, deepest };
}

function trimmed(text: string, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start, end };
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function findControlCharacter(text: string, start: number, end: number): YamlError | undefined {
  const pattern = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/g;
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  if (match === null || match.index >= end) return undefined;
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return { message: `control character U+${code} is not allowed`, span: { start: match.index, end: match.index + 1 } };
}

function errorSpan(text: string, base: number, [from, to]: readonly [number, number]): Span {
  const start = base + from;
  let end = text.indexOf('\n', start);
  if (end === -1) end = text.length;
  if (text.charCodeAt(end - 1) === 0x0d) end--;
  return { start, end: Math.max(start, Math.min(base + to, end)) };
}

function asSentence(message: string): string {
  return message.replace(/\.$/, '');
}
