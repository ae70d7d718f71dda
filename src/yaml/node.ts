import type { Span } from '../text/source-file.ts';
import type { Document } from './document.ts';
import { TAPE_STRIDE } from './document.ts';
import { keyText } from './scalar.ts';
import { isList, isMap, type Value } from './value.ts';

type Some<T> = NonNullable<T>;
type KeyOf<T> = unknown extends T ? string : keyof Some<T> & string;
type Prop<T, K> = unknown extends T ? unknown : K extends keyof Some<T> ? Some<T>[K] : unknown;
type Item<T> = unknown extends T
  ? unknown
  : Some<T> extends readonly (infer E)[]
    ? E
    : Some<T> extends Record<string, infer V>
      ? V
      : unknown;

// biome-ignore lint/suspicious/noExplicitAny: a node of any shape; the shape parameter exists at compile time only.
export type AnyNode = Node<any>;

/**
 * A cursor over a value and its place. `get` never throws and never returns undefined: a node that is not there still
 * knows its parent, so it has a place to point at and a place to insert.
 *
 * T is the shape that the Kubernetes API promises. It helps authors and is erased at run time: a typed reading
 * (`string`, `boolean`, `number`) is undefined where the manifest holds another type, which is then neither good nor
 * bad but a matter for the schema rules.
 */
export class Node<T = unknown> {
  readonly document: Document;
  readonly parent: AnyNode | undefined;
  /** Mapping key or list index; undefined for the root. */
  readonly key: string | number | undefined;
  /** The value as read; undefined when the node is not there. */
  readonly raw: Value | undefined;
  #index = -2;

  constructor(
    document: Document,
    parent: AnyNode | undefined,
    key: string | number | undefined,
    raw: Value | undefined,
  ) {
    this.document = document;
    this.parent = parent;
    this.key = key;
    this.raw = raw;
  }

  /** Has a value: an explicit null counts as absent, as the API server drops it. */
  get present(): boolean {
    return this.raw !== undefined && this.raw !== null;
  }

  /** Stands in the text, be it as null. */
  get written(): boolean {
    return this.raw !== undefined;
  }

  get string(): string | undefined {
    return typeof this.raw === 'string' ? this.raw : undefined;
  }

  get boolean(): boolean | undefined {
    return typeof this.raw === 'boolean' ? this.raw : undefined;
  }

  get number(): number | undefined {
    return typeof this.raw === 'number' ? this.raw : undefined;
  }

  /** Every string of a list of strings; items of other types are left out. */
  get strings(): readonly string[] {
    return isList(this.raw) ? this.raw.filter((item): item is string => typeof item === 'string') : [];
  }

  get isMap(): boolean {
    return isMap(this.raw);
  }

  get isList(): boolean {
    return isList(this.raw);
  }

  get<K extends KeyOf<T>>(key: K): Node<Prop<T, K>> {
    const raw = this.raw;
    const value = typeof raw === 'object' && raw !== null && !isList(raw) ? raw[key] : undefined;
    return new Node(this.document, this, key, value);
  }

  /** Follows several keys; a number is a list index. Untyped: for paths that are data. */
  at(path: readonly (string | number)[]): Node {
    let node: AnyNode = this;
    for (const step of path) {
      const raw: Value | undefined = node.raw;
      const value =
        typeof step === 'number' ? (isList(raw) ? raw[step] : undefined) : isMap(raw) ? raw[step] : undefined;
      node = new Node(node.document, node, step, value);
    }
    return node;
  }

  /** The items of a list, nothing for any other value. */
  items(): readonly Node<Item<T>>[] {
    const raw = this.raw;
    if (!isList(raw)) return [];
    return raw.map((value, index) => new Node<Item<T>>(this.document, this, index, value));
  }

  /** The entries of a mapping in no particular order, nothing for any other value. */
  entries(): readonly (readonly [string, Node<Item<T>>])[] {
    const raw = this.raw;
    if (!isMap(raw)) return [];
    return Object.keys(raw).map((key) => [key, new Node<Item<T>>(this.document, this, key, raw[key])] as const);
  }

  /** The value where it is written; otherwise where something would have to be added: see `anchor`. */
  get span(): Span {
    const index = this.tapeIndex();
    if (index === -1) return this.anchor;
    const { tape } = this.document;
    const start = tape[index * TAPE_STRIDE + 2]!;
    const end = tape[index * TAPE_STRIDE + 3]!;
    return start === end || this.raw === null ? (this.keySpan ?? { start, end }) : { start, end };
  }

  /** The key as written, quotes included; undefined for list items, the root and what is not there. */
  get keySpan(): Span | undefined {
    const index = this.tapeIndex();
    if (index === -1) return undefined;
    const { tape } = this.document;
    const start = tape[index * TAPE_STRIDE]!;
    return start === -1 ? undefined : { start, end: tape[index * TAPE_STRIDE + 1]! };
  }

  /** From the key (or the value where there is no key) to the end of the value. */
  get entrySpan(): Span {
    const index = this.tapeIndex();
    if (index === -1) return this.anchor;
    const { tape } = this.document;
    const keyStart = tape[index * TAPE_STRIDE]!;
    return {
      start: keyStart === -1 ? tape[index * TAPE_STRIDE + 2]! : keyStart,
      end: tape[index * TAPE_STRIDE + 3]!,
    };
  }

  /** A short place that stands for the node: its key; of a list item its `name` key, else its first key. */
  get anchor(): Span {
    const index = this.tapeIndex();
    if (index === -1) return this.parent === undefined ? this.document.span : this.parent.anchor;
    const key = this.keySpan;
    if (key !== undefined) return key;
    const { tape } = this.document;
    const value = { start: tape[index * TAPE_STRIDE + 2]!, end: tape[index * TAPE_STRIDE + 3]! };
    if (!isMap(this.raw)) return value;
    const named = this.at([this.parent === undefined ? 'kind' : 'name']).keySpan;
    if (named !== undefined) return named;
    const first = index + 1;
    if (first >= tape[index * TAPE_STRIDE + 4]!) return value;
    return { start: tape[first * TAPE_STRIDE]!, end: tape[first * TAPE_STRIDE + 1]! };
  }

  /** Keys and list indices from the root. */
  get steps(): readonly (string | number)[] {
    const steps: (string | number)[] = [];
    for (let node: AnyNode = this; node.parent !== undefined; node = node.parent) steps.push(node.key!);
    return steps.reverse();
  }

  /** `spec.containers[0].image`; keys that are no plain words are quoted: `metadata.labels["a.b/c"]`. */
  get path(): string {
    return formatPath(this.steps);
  }

  /** The node's number on the tape, -1 where it does not stand in the text. */
  tapeIndex(): number {
    if (this.#index !== -2) return this.#index;
    this.#index = this.findOnTape();
    return this.#index;
  }

  private findOnTape(): number {
    const { parent, key, document } = this;
    const { tape } = document;
    if (parent === undefined) return tape.length === 0 ? -1 : 0;
    if (this.raw === undefined) return -1;
    const above = parent.tapeIndex();
    if (above === -1) return -1;
    const end = tape[above * TAPE_STRIDE + 4]!;
    let position = 0;
    for (let child = above + 1; child < end; child = tape[child * TAPE_STRIDE + 4]!) {
      if (typeof key === 'number') {
        if (position === key) return child;
        position++;
      } else if (keyText(document.file.text, tape[child * TAPE_STRIDE]!, tape[child * TAPE_STRIDE + 1]!) === key) {
        return child;
      }
    }
    return -1;
  }
}

export function formatPath(steps: readonly (string | number)[]): string {
  // Joined, for what is added piece by piece stays in pieces.
  const pieces: string[] = [];
  for (const step of steps) {
    if (typeof step === 'number') pieces.push('[', String(step), ']');
    else if (!isWord(step)) pieces.push('[', JSON.stringify(step), ']');
    else if (pieces.length === 0) pieces.push(step);
    else pieces.push('.', step);
  }
  return pieces.join('');
}

/** Letters, digits, `_` and `-`, no digit or `-` first. */
function isWord(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (isLetter || code === 0x5f) continue;
    if (at === 0 || !((code >= 0x30 && code <= 0x39) || code === 0x2d)) return false;
  }
  return text !== '';
}
