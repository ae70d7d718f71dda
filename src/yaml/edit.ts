import { applyEdits, editsOverlap, sortEdits, type TextEdit } from '../text/edits.ts';
import { SourceFile } from '../text/source-file.ts';
import { addedItems, applyPlan, type Change, MISFIT, type Plan, planOf } from './change.ts';
import { isSpace } from './characters.ts';
import { type Document, TAPE_STRIDE } from './document.ts';
import { parse } from './parse.ts';
import { keyText } from './scalar.ts';
import { isList, isMap, newMap, type Value, type ValueMap } from './value.ts';
import { blockLines, inlineText, isInline, keyOf, type Quotes, type Style, scalarText } from './write.ts';

export type { Change } from './change.ts';

/**
 * Text edits that make the changes, all of them at once, and leave every other byte alone: comments, quotes, line
 * breaks. What they give is read again before they are handed out, unless they are of the few forms that cannot go
 * wrong. Where that is not the document with exactly these changes, or a change does not fit (a key below a string, a
 * value that comes from an anchor), there are none.
 */
export function editsFor(document: Document, changes: readonly Change[]): readonly TextEdit[] {
  if (document.errors.length > 0 || document.tape.length === 0) return [];
  // A byte order mark is one or a character by what stands before it.
  const { file, span } = document;
  if (file.text.slice(Math.max(1, span.start - 1), span.end).includes('\ufeff')) return [];
  try {
    const plan = planOf(changes);
    const editor = new Editor(document, 'below');
    const edits = editor.edits(plan);
    if (editor.isSure && !editsOverlap(edits)) return edits;
    const wanted = applyPlan(document.value, plan);
    if (wanted === undefined) return [];
    if (says(document, edits, plan, wanted)) return edits;
    const others = new Editor(document, 'behind').edits(plan);
    return says(document, others, plan, wanted) ? others : [];
  } catch (error) {
    if (error === MISFIT) return [];
    throw error;
  }
}

/**
 * Where a new last entry goes: right below the one before it, or behind the blank lines that follow, which belong to
 * a block scalar that keeps them.
 */
type Placement = 'below' | 'behind';

interface Entry {
  /** Mapping key or list index. */
  readonly key: string | number;
  readonly node: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly start: number;
  readonly end: number;
  readonly value: Value;
}

/** What stands around a value. */
interface Around {
  readonly inFlow: boolean;
  /** How keys and strings are quoted in the brackets around it. */
  readonly quotes: FlowQuotes;
  /** Behind the `:` or `-` in front of the value; -1 for the root and in `[`. */
  readonly mark: number;
  /** Column that a block collection below must exceed; of its key or dash. */
  readonly column: number;
  readonly isItem: boolean;
}

type FlowQuotes = Pick<Style, 'keys' | 'strings'>;

const PLAIN: FlowQuotes = { keys: 'plain', strings: 'plain' };
const JSON_QUOTES: FlowQuotes = { keys: 'double', strings: 'double' };

class Editor {
  readonly #document: Document;
  readonly #text: string;
  readonly #placement: Placement;
  readonly #break: string;
  readonly #edits: TextEdit[] = [];
  #steps: Pick<Style, 'step' | 'listStep'> | undefined;
  #isSure: boolean;
  #depth = 0;

  constructor(document: Document, placement: Placement) {
    this.#document = document;
    this.#text = document.file.text;
    this.#placement = placement;
    const lineFeed = this.#text.indexOf('\n', document.span.start);
    this.#break = lineFeed > 0 && this.#text[lineFeed - 1] === '\r' ? '\r\n' : '\n';
    this.#isSure = document.isOrdinary;
  }

  /**
   * Whether every edit is of a form that needs no second reading. All are in a block of an ordinary document and not
   * deep down: lines put behind an entry that is no block scalar, or in the place of one; the line of a scalar taken
   * out; a scalar put in the place of a scalar of one line.
   */
  get isSure(): boolean {
    return this.#isSure;
  }

  edits(plan: Plan): readonly TextEdit[] {
    const { value, tape } = this.#document;
    const start = tape[2]!;
    const root: Entry = { key: '', node: 0, keyStart: -1, keyEnd: -1, start, end: tape[3]!, value };
    const column = this.#isBlock(root) ? this.#columnOf(start) - 1 : -1;
    this.#change(root, plan, { inFlow: false, quotes: PLAIN, mark: -1, column, isItem: false });
    return sortEdits(this.#edits);
  }

  #change(entry: Entry, plan: Plan, around: Around): void {
    this.#depth++;
    this.#changeBelow(entry, plan, around);
    this.#depth--;
  }

  #changeBelow(entry: Entry, plan: Plan, around: Around): void {
    if (plan.action === 'set') {
      this.#set(entry, plan.value, around);
      return;
    }
    if (plan.children.size === 0) return;
    const { value } = entry;
    if (!isMap(value) && !isList(value)) {
      const made = applyPlan(value, plan);
      if (made !== undefined && made !== value) this.#set(entry, made, around);
      return;
    }
    if (isInline(value) && !this.#isBlock(entry)) {
      const made = applyPlan(value, plan);
      if (made !== undefined && !isInline(made)) this.#set(entry, made, around);
      return;
    }
    if (this.#isBlock(entry)) this.#changeBlock(entry, plan, around);
    else this.#changeFlow(entry, plan, around);
  }

  // A block mapping or list.

  #changeBlock(container: Entry, plan: Plan, around: Around): void {
    if (around.inFlow) throw MISFIT;
    if (this.#document.isOrdinary && isMap(container.value) && onlySets(plan)) {
      this.#setInBlock(container, container.value, plan);
      return;
    }
    if (this.#document.isOrdinary && this.#changeItems(container, plan)) return;
    const entries = this.#entriesOf(container);
    const kept = entries.filter(({ key }) => plan.children.get(key)?.action !== 'remove');
    if (kept.length === 0) {
      this.#set(container, applyPlan(container.value, plan)!, around);
      return;
    }
    const isItem = isList(container.value);
    const dashes = isItem ? this.#dashesOf(container, entries) : [];
    for (const [position, entry] of entries.entries()) {
      const child = plan.children.get(entry.key);
      if (child === undefined) continue;
      const from = isItem ? dashes[position]! : entry.keyStart;
      if (child.action === 'remove') {
        this.#removeBlockEntry(from, entry, from === this.#firstOf(container, dashes));
        continue;
      }
      if (child.key !== undefined) this.#rename(entry, child.key);
      this.#changeInBlock(entry, child, from);
    }
    const last = kept.at(-1)!;
    const first = isItem ? dashes[0]! : entries[0]!.keyStart;
    this.#addToBlock(container.value, plan, first, last, last === entries.at(-1));
  }

  /** `from`: the dash of an item, the key of an entry. */
  #changeInBlock(entry: Entry, plan: Plan, from: number): void {
    const isItem = entry.keyStart === -1;
    const mark = isItem ? from + 1 : this.#colonOf(entry) + 1;
    this.#change(entry, plan, { inFlow: false, quotes: PLAIN, mark, column: this.#columnOf(from), isItem });
  }

  /** Lines behind the last entry that stays, indented as the first. Sure only where that is the last one of all. */
  #addToBlock(value: Value, plan: Plan, first: number, last: Pick<Entry, 'node' | 'end'>, isEnd: boolean): void {
    const added = additions(value, plan);
    if (added === undefined) return;
    const isSure = isEnd && this.#isIndented(first) && this.#endsPlainly(last);
    this.#addLines(last.end, blockLines(added, this.#columnOf(first), this.#style(PLAIN)), isSure);
  }

  /** A block mapping of which nothing is removed or renamed: the frequent case, without an entry for each of its keys. */
  #setInBlock({ node }: Entry, map: ValueMap, plan: Plan): void {
    const { tape } = this.#document;
    const text = this.#text;
    const next = tape[node * TAPE_STRIDE + 4]!;
    let last = node + 1;
    for (let child = node + 1; child < next; child = tape[child * TAPE_STRIDE + 4]!) {
      last = child;
      const keyStart = tape[child * TAPE_STRIDE]!;
      const keyEnd = tape[child * TAPE_STRIDE + 1]!;
      for (const [key, childPlan] of plan.children) {
        if (typeof key === 'number') throw MISFIT;
        if (!isKeyAt(text, keyStart, keyEnd, key)) continue;
        this.#changeInBlock(entryOf(tape, child, key, map[key]!), childPlan, keyStart);
      }
    }
    const end = tape[last * TAPE_STRIDE + 3]!;
    this.#addToBlock(map, plan, tape[(node + 1) * TAPE_STRIDE]!, { node: last, end }, true);
  }

  /** Changes items of a block list, which stays as it is; false where that is not all, or a dash is on another line. */
  #changeItems({ node, value }: Entry, plan: Plan): boolean {
    if (!isList(value) || !onlySets(plan) || !onlyExisting(value, plan)) return false;
    const items: { readonly item: Entry; readonly dash: number; readonly child: Plan }[] = [];
    for (const [index, child] of plan.children) {
      const item = childAt(this.#document, node, value, index)!;
      let dash = item.start - 1;
      while (this.#text[dash] === ' ') dash--;
      if (this.#text[dash] !== '-' || item.start === item.end) return false;
      items.push({ item, dash, child });
    }
    for (const { item, dash, child } of items) this.#changeInBlock(item, child, dash);
    return true;
  }

  /** Whether only blanks and dashes stand before a text on its line. `--- key: value` is for the second reading. */
  #isIndented(first: number): boolean {
    for (let at = this.#lineStart(first); at < first; at++) {
      if (this.#text[at] !== ' ' && (this.#text[at] !== '-' || this.#text[at + 1] !== ' ')) return false;
    }
    return this.#depth <= DEEP;
  }

  /** Whether an entry ends where it seems to: not in a block scalar, and but for a comment with its line. */
  #endsPlainly({ node, end }: Pick<Entry, 'node' | 'end'>): boolean {
    const { tape } = this.#document;
    // The text ends with the last node of the subtree.
    const lastNode = tape[node * TAPE_STRIDE + 4]! - 1;
    const opening = this.#text[tape[lastNode * TAPE_STRIDE + 2]!];
    if (opening === '|' || opening === '>') return false;
    let at = end;
    while (this.#text[at] === ' ') at++;
    const character = this.#text[at];
    return character === undefined || character === '\n' || character === '\r' || (character === '#' && at > end);
  }

  /** Where the block begins: its first dash or key. */
  #firstOf(container: Entry, dashes: readonly number[]): number {
    return dashes[0] ?? container.start;
  }

  #removeBlockEntry(from: number, entry: Entry, isFirst: boolean): void {
    const lineStart = this.#lineStart(from);
    const end = this.#nextLine(entry.end);
    if (this.#text.slice(lineStart, from).trim() === '') {
      if (end > this.#lineEnd(entry.end) || lineStart === 0) {
        const isLine = !isMap(entry.value) && !isList(entry.value) && this.#lineEnd(from) === this.#lineEnd(entry.end);
        this.#put(lineStart, end, '', isLine && this.#isIndented(from) && this.#endsPlainly(entry));
        return;
      }
      // The last line of a file that does not end in a line break: the break before it goes.
      this.#put(this.#lineEnd(lineStart - 1), end, '');
      return;
    }
    // The first entry behind a dash: the next text, a comment maybe, takes its place.
    if (!isFirst) throw MISFIT;
    let next = end;
    while (/[ \r\n]/.test(this.#text[next] ?? '')) next++;
    this.#put(from, next, '');
  }

  #addLines(behind: number, lines: readonly string[], isSure: boolean): void {
    if (this.#placement === 'below') {
      const at = this.#lineEnd(behind);
      this.#put(at, at, lines.map((line) => this.#break + line).join(''), isSure);
      return;
    }
    let at = this.#nextLine(behind);
    while (at < this.#text.length && this.#text.slice(at, this.#lineEnd(at)).trim() === '') at = this.#nextLine(at);
    const isOpenEnded = at === this.#text.length && this.#text[at - 1] !== '\n';
    const text = lines.join(this.#break);
    this.#put(at, at, isOpenEnded ? this.#break + text : text + this.#break);
  }

  /** The dashes of a block list, each before its item. */
  #dashesOf(container: Entry, items: readonly Entry[]): readonly number[] {
    const dashes: number[] = [];
    let at = container.start;
    for (const item of items) {
      at = this.#skipToText(at);
      if (this.#text[at] !== '-' || item.start < at + 1) throw MISFIT;
      dashes.push(at);
      at = this.#lineEnd(item.end);
    }
    return dashes;
  }

  // A mapping or list in brackets.

  #changeFlow(container: Entry, plan: Plan, around: Around): void {
    const { node, value } = container;
    // A list of thousands of objects, of which a few are changed, as `kubectl get -o json` gives it.
    if (isList(value) && onlySets(plan) && onlyExisting(value, plan) && typeof value[0] !== 'string') {
      for (const [index, child] of plan.children) {
        const item = childAt(this.#document, node, value, index)!;
        this.#change(item, child, {
          inFlow: true,
          quotes: this.#flowQuotes([], around.quotes),
          mark: -1,
          column: 0,
          isItem: true,
        });
      }
      return;
    }
    const entries = this.#entriesOf(container);
    const quotes = this.#flowQuotes(entries, around.quotes);
    const isRemoved = entries.map(({ key }) => plan.children.get(key)?.action === 'remove');
    const lastKept = isRemoved.lastIndexOf(false);
    const added = additions(container.value, plan);
    if (lastKept === -1) {
      this.#set(container, applyPlan(container.value, plan)!, { ...around, quotes });
      return;
    }
    for (const [position, entry] of entries.entries()) {
      const child = plan.children.get(entry.key);
      if (child === undefined || isRemoved[position]) continue;
      if (child.key !== undefined) this.#rename(entry, child.key);
      const mark = entry.keyStart === -1 ? -1 : this.#colonOf(entry) + 1;
      this.#change(entry, child, { inFlow: true, quotes, mark, column: 0, isItem: isList(container.value) });
    }
    this.#removeFlowEntries(entries, isRemoved, lastKept);
    if (added !== undefined) this.#addToFlow(container, entries, lastKept, added, quotes);
  }

  #removeFlowEntries(entries: readonly Entry[], isRemoved: readonly boolean[], lastKept: number): void {
    for (const [position, entry] of entries.entries()) {
      if (!isRemoved[position]) continue;
      const start = startOf(entry);
      const comma = this.#commaBehind(entry.end);
      const end = comma === -1 ? entry.end : comma + 1;
      const lineStart = this.#lineStart(start);
      const isOwnLine = this.#text.slice(lineStart, start).trim() === '';
      const lineEnd = this.#lineEnd(end);
      const rest = this.#text.slice(end, lineEnd).trim();
      if (isOwnLine && (rest === '' || rest.startsWith('#'))) {
        this.#put(lineStart, this.#nextLine(end), '');
      } else {
        const next = entries[position + 1];
        const until =
          position < lastKept && next !== undefined && comma !== -1 ? Math.min(startOf(next), lineEnd) : end;
        const from = position > lastKept ? this.#trimBack(start) : start;
        this.#put(from, until, '');
      }
    }
    if (lastKept === entries.length - 1) return;
    // What is last now keeps its comma only if the last one had one.
    if (this.#commaBehind(entries.at(-1)!.end) !== -1) return;
    const comma = this.#commaBehind(entries[lastKept]!.end);
    this.#put(comma, comma + 1, '');
  }

  #addToFlow(container: Entry, entries: readonly Entry[], lastKept: number, added: Value, quotes: FlowQuotes): void {
    const last = entries[lastKept]!;
    const hasLastComma = this.#commaBehind(entries.at(-1)!.end) !== -1;
    const texts = flowEntries(added, this.#style(quotes));
    const isSpread = this.#lineStart(startOf(last)) !== this.#lineStart(container.start);
    const separator = isSpread ? this.#break + ' '.repeat(this.#columnOf(startOf(last))) : ' ';
    if (hasLastComma && lastKept === entries.length - 1) {
      const comma = this.#commaBehind(last.end) + 1;
      const at = isSpread ? this.#endOfComment(comma) : comma;
      this.#put(at, at, texts.map((text) => `${separator}${text},`).join(''));
      return;
    }
    if (!isSpread || !hasLastComma) {
      const at = isSpread ? this.#endOfComment(last.end) : last.end;
      const lines = texts
        .map((text, index) => `${index === 0 && at !== last.end ? '' : ','}${separator}${text}`)
        .join('');
      if (at !== last.end) this.#put(last.end, last.end, ',');
      this.#put(at, at, lines);
      return;
    }
    const at = this.#endOfComment(this.#commaBehind(last.end) + 1);
    this.#put(at, at, texts.map((text) => `${separator}${text},`).join(''));
  }

  /** The end of the line if only a comment is left on it, else where we are. */
  #endOfComment(from: number): number {
    const end = this.#lineEnd(from);
    return /^[ \t]*#/.test(this.#text.slice(from, end)) ? end : from;
  }

  /** The comma behind an entry, -1 where its bracket closes without one. */
  #commaBehind(end: number): number {
    const at = this.#skipToText(end);
    return this.#text[at] === ',' ? at : -1;
  }

  /** By the first key and the first string in the brackets, else as around them. */
  #flowQuotes(entries: readonly Entry[], around: FlowQuotes): FlowQuotes {
    const key = entries.find(({ keyStart }) => keyStart !== -1);
    const string = entries.find(({ value }) => typeof value === 'string');
    const keys = key === undefined ? around.keys : quotesOf(this.#text, key.keyStart);
    if (string !== undefined) return { keys, strings: quotesOf(this.#text, string.start) };
    return { keys, strings: keys === 'double' ? 'double' : around.strings };
  }

  // Values and keys.

  #rename(entry: Entry, key: string): void {
    if (entry.keyStart === -1) throw MISFIT;
    this.#put(entry.keyStart, entry.keyEnd, keyOf(key, quotesOf(this.#text, entry.keyStart), true));
  }

  #set(entry: Entry, value: Value, around: Around): void {
    const isBlock = this.#isBlock(entry);
    const isRoot = around.mark === -1;
    // Brackets stay brackets, but `{}` and `[]` behind a key are no sign of a style.
    const isFlow = this.#isFlow(entry) && (!isInline(entry.value) || isRoot);
    const style = this.#style(isFlow && isRoot && isInline(entry.value) ? JSON_QUOTES : around.quotes);
    if (around.inFlow || isFlow || (!isBlock && isInline(value))) {
      this.#replace(entry, this.#inline(entry, value, style, around.inFlow || isFlow), around);
      return;
    }
    const { start, end } = entry;
    if (isRoot) {
      const column = this.#columnOf(start);
      const text = isInline(value) ? inlineText(value, style, false) : this.#block(value, column, style);
      this.#put(start, end, text);
      return;
    }
    if (around.isItem) {
      const isWritten = start !== end;
      const column = isWritten ? this.#columnOf(start) : around.column + 2;
      const text = isInline(value) ? inlineText(value, style, false) : this.#block(value, column, style);
      this.#put(isWritten ? start : around.mark, isWritten ? end : around.mark, isWritten ? text : ` ${text}`);
      return;
    }
    const column = around.column + (isList(value) ? style.listStep : style.step);
    const lines = isInline(value) ? [] : blockLines(value, column, style);
    const inline = isInline(value) ? ` ${inlineText(value, style, false)}` : '';
    const below = lines.map((line) => this.#break + line).join('');
    if (!isBlock) {
      // What is behind the old value on its line, a comment, stays there.
      const after = this.#lineEnd(end);
      const isSure = entry.keyEnd < start && this.#isIndented(entry.keyStart) && this.#endsPlainly(entry);
      this.#put(around.mark, end, inline, isSure && this.#lineEnd(around.mark) === after);
      this.#put(after, after, below, isSure);
      return;
    }
    const keyLineEnd = this.#lineEnd(around.mark);
    if (inline !== '') this.#put(around.mark, around.mark, inline);
    this.#put(
      keyLineEnd,
      this.#lineEnd(end),
      below,
      keyLineEnd < start && this.#isIndented(entry.keyStart) && this.#endsPlainly(entry),
    );
  }

  /** Puts a text of one line in the place of a value, which may be empty. */
  #replace({ keyStart, start, end }: Entry, text: string, { mark, inFlow }: Around): void {
    if (start !== end) {
      const isScalar = !'|>[{'.includes(this.#text[start]!) && !'[{'.includes(text[0]!);
      const isAlone = this.#isIndented(keyStart === -1 ? start : keyStart) && this.#text[end] !== '#';
      this.#put(start, end, text, isScalar && isAlone && mark !== -1 && !inFlow);
      return;
    }
    const at = mark === -1 ? start : mark;
    this.#put(at, at, ` ${text}`);
  }

  #inline({ start, end, node, value: old }: Entry, value: Value, style: Style, inFlow: boolean): string {
    if (isMap(value) || isList(value)) {
      const quotes = this.#isFlow({ start }) ? this.#flowQuotes(childrenOf(this.#document, node, old), style) : style;
      return inlineText(value, { ...style, ...quotes }, inFlow);
    }
    const first = this.#text[start];
    const isString = typeof old === 'string' && start !== end && first !== '|' && first !== '>';
    const quotes = isString ? quotesOf(this.#text, start) : inFlow ? style.strings : 'plain';
    return scalarText(value, quotes, inFlow);
  }

  #block(value: Value, column: number, style: Style): string {
    return blockLines(value, column, style).join(this.#break).trimStart();
  }

  #style(quotes: FlowQuotes): Style {
    this.#steps ??= stepsOf(this.#document);
    return { ...this.#steps, ...quotes };
  }

  // The text.

  #put(start: number, end: number, text: string, isSure = false): void {
    if (start > end || start < 0) throw MISFIT;
    if (start === end && text === '') return;
    this.#edits.push({ span: { start, end }, text });
    if (!isSure) this.#isSure = false;
  }

  /** Entries in the order of the text. What stands elsewhere, at an anchor, is not to be changed from here. */
  #entriesOf({ node, start, end, value }: Entry): readonly Entry[] {
    const entries = childrenOf(this.#document, node, value);
    let from = start;
    for (const entry of entries) {
      if (startOf(entry) < from || entry.start < entry.keyEnd || entry.end > end) throw MISFIT;
      from = entry.end;
    }
    return entries;
  }

  /** Written as a block: a collection that no bracket opens. */
  #isBlock(entry: Entry): boolean {
    return (isMap(entry.value) || isList(entry.value)) && !this.#isFlow(entry);
  }

  #isFlow({ start }: Pick<Entry, 'start'>): boolean {
    return this.#text[start] === '{' || this.#text[start] === '[';
  }

  #colonOf({ keyEnd }: Entry): number {
    let at = keyEnd;
    while (isSpace(this.#text.charCodeAt(at))) at++;
    if (this.#text[at] !== ':') throw MISFIT;
    return at;
  }

  /** Over blanks, line breaks and comments. */
  #skipToText(from: number): number {
    let at = from;
    for (;;) {
      const character = this.#text[at];
      if (character === '#') at = this.#lineEnd(at);
      else if (isSpace(this.#text.charCodeAt(at))) at++;
      else return at;
    }
  }

  /** Back over the blanks of a line. */
  #trimBack(from: number): number {
    let at = from;
    while (this.#text[at - 1] === ' ') at--;
    return at;
  }

  #lineStart(at: number): number {
    return lineStartIn(this.#text, at);
  }

  /** Before the line break. */
  #lineEnd(at: number): number {
    let end = this.#text.indexOf('\n', at);
    if (end === -1) return this.#text.length;
    if (this.#text[end - 1] === '\r' && end > at) end--;
    return end;
  }

  #nextLine(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end === -1 ? this.#text.length : end + 1;
  }

  #columnOf(at: number): number {
    return at - this.#lineStart(at);
  }
}

/** New entries of a mapping or new items of a list, undefined when there are none. */
function additions(value: Value, plan: Plan): Value | undefined {
  if (isList(value)) {
    const items: Value[] = [];
    for (const [index, child] of addedItems(value.length, plan.children)) {
      const item = applyPlan(undefined, child);
      if (item === undefined) continue;
      if (index !== value.length && !plan.children.has(index - 1)) throw MISFIT;
      items.push(item);
    }
    return items.length === 0 ? undefined : items;
  }
  if (!isMap(value)) return undefined;
  const map = newMap();
  for (const [key, child] of plan.children) {
    if (typeof key === 'number') throw MISFIT;
    if (Object.hasOwn(value, key)) continue;
    const made = applyPlan(undefined, child);
    if (made !== undefined) map[key] = made;
  }
  return Object.keys(map).length === 0 ? undefined : map;
}

function flowEntries(value: Value, style: Style): readonly string[] {
  if (isList(value)) return value.map((item) => inlineText(item, style, true));
  if (!isMap(value)) return [];
  return Object.keys(value).map((key) => `${keyOf(key, style.keys, true)}: ${inlineText(value[key]!, style, true)}`);
}

/** Whether the edited text says what it should, and only the document at hand has changed. */
function says(document: Document, edits: readonly TextEdit[], plan: Plan, wanted: Value): boolean {
  if (editsOverlap(edits)) return false;
  const { file, span } = document;
  const first = Math.min(span.start, ...edits.map((edit) => edit.span.start));
  const last = Math.max(span.end, ...edits.map((edit) => edit.span.end));
  if (partSays(document, edits, plan, wanted)) return true;
  // Blank lines behind the document are part of what the parser sees.
  let end = last;
  while (/[ \t\r\n]/.test(file.text[end] ?? '')) end++;
  const lineStart = lineStartIn(file.text, first);
  const edited = readPart(file, { lineStart, start: span.start, end }, edits);
  return edited === undefined ? wanted === null : edited !== BROKEN && isSame(edited, wanted);
}

/** A text that does not give one value. */
const BROKEN = Symbol('no value');

interface Part {
  /** Of the line on which it starts. */
  readonly lineStart: number;
  readonly start: number;
  readonly end: number;
}

/** What a part of the text says by itself after the edits; undefined for nothing. */
function readPart(
  file: SourceFile,
  { lineStart, start, end }: Part,
  edits: readonly TextEdit[],
): Value | undefined | typeof BROKEN {
  // Text before it on its line, such as a dash, counts as the indentation that it is.
  const text = file.text.slice(lineStart, start).replace(/./g, ' ') + file.text.slice(start, end);
  const shifted = edits.map((edit) => ({
    span: { start: edit.span.start - lineStart, end: edit.span.end - lineStart },
    text: edit.text,
  }));
  const [read, ...more] = parse(new SourceFile(file.path, applyEdits(text, shifted)));
  if (read === undefined) return undefined;
  return more.length === 0 && read.errors.length === 0 ? read.value : BROKEN;
}

/**
 * Whether the smallest mapping around the edits says what it should. What it says is then all that has changed, and the
 * document, which may be long, need not be read again for each of its findings: a block mapping ends where a line begins
 * left of it, a mapping in brackets at its bracket, whatever stands around them. Anchors are the one thing that reaches
 * further. False where it cannot be told from a part.
 */
function partSays(document: Document, edits: readonly TextEdit[], plan: Plan, wanted: Value): boolean {
  const { file, tape } = document;
  const { text } = file;
  const isFlow = text[tape[2]!] === '{';
  let node = 0;
  let value = document.value;
  let says = wanted;
  let at = plan;
  let part: Part | undefined;
  let before: Value = null;
  let after: Value = null;
  for (let depth = 0; depth < DEEP && at.action === 'keep' && at.key === undefined && at.children.size === 1; depth++) {
    const [[step, child]] = at.children as unknown as [[string | number, Plan]];
    const entry = entryAt(document, node, value, step);
    const next = isMap(says) || isList(says) ? (says as ValueMap)[step] : undefined;
    if (entry === undefined || next === undefined || child.key !== undefined || child.action !== 'keep') break;
    // In brackets that stand in a block, their place and their quotes are both of matter.
    if (!isFlow && (text[entry.start] === '{' || text[entry.start] === '[')) break;
    node = entry.node;
    value = entry.value;
    says = next;
    at = child;
    if (!isMap(value) || Object.keys(value).length === 0 || entry.start === entry.end) continue;
    const here = isFlow ? flowPart(text, entry) : blockPart(text, entry);
    if (here === undefined || edits.some(({ span }) => span.start < here.start || span.end > here.end)) continue;
    part = here;
    before = value;
    after = says;
  }
  if (part === undefined || text.slice(part.start, part.end).includes('&')) return false;
  if (edits.some((edit) => edit.text.includes('&'))) return false;
  const unchanged = readPart(file, part, []);
  const edited = readPart(file, part, edits);
  if (unchanged === undefined || unchanged === BROKEN || edited === undefined || edited === BROKEN) return false;
  return isSame(unchanged, before) && isSame(edited, after);
}

/** Deeper down the whole document is read, so that its limit of depth is kept. */
const DEEP = 50;

function entryAt(document: Document, node: number, value: Value, step: string | number): Entry | undefined {
  return isList(value)
    ? childAt(document, node, value, step)
    : childrenOf(document, node, value).find(({ key }) => key === step);
}

/** A mapping in brackets of a document in brackets, where lines and columns mean nothing. */
function flowPart(text: string, { start, end }: Entry): Part | undefined {
  return text[start] === '{' && text[end - 1] === '}' ? { lineStart: start, start, end } : undefined;
}

/** A block mapping that is indented, up to the next line that says something. */
function blockPart(text: string, { start, end }: Entry): Part | undefined {
  const lineStart = lineStartIn(text, start);
  if (text[start] === '{' || start === lineStart) return undefined;
  NEXT_TEXT.lastIndex = end;
  const lines = NEXT_TEXT.exec(text)?.[0].length ?? 0;
  return { lineStart, start, end: end + lines };
}

/** The rest of a line, and blank lines and comments below it. */
const NEXT_TEXT = /[^\n]*(?:\n[ \t\r]*(?:#[^\n]*)?(?=\n|$))*\n?/y;

function isSame(one: Value, other: Value): boolean {
  if (isList(one)) {
    return isList(other) && one.length === other.length && one.every((item, index) => isSame(item, other[index]!));
  }
  if (!isMap(one)) return Object.is(one, other);
  if (!isMap(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSame(one[key]!, other[key]!));
}

/** How far the document indents: by its first mapping in a mapping and its first list in a mapping. */
function stepsOf({ tape, file: { text } }: Document): Pick<Style, 'step' | 'listStep'> {
  let step: number | undefined;
  let listStep: number | undefined;
  const nodes = tape.length / TAPE_STRIDE;
  for (let node = 1; node < nodes && (step === undefined || listStep === undefined); node++) {
    const base = node * TAPE_STRIDE;
    const keyStart = tape[base]!;
    const start = tape[base + 2]!;
    // A collection that is not empty and stands below its key.
    if (keyStart === -1 || start < keyStart || tape[base + 4] === node + 1) continue;
    if (text[start] === '{' || text[start] === '[') continue;
    const distance = columnIn(text, start) - columnIn(text, keyStart);
    const isMapping = tape[base + TAPE_STRIDE] !== -1;
    if (isMapping && distance > 0) step ??= distance;
    if (!isMapping && distance >= 0) listStep ??= distance;
  }
  return { step: step ?? 2, listStep: listStep ?? step ?? 2 };
}

/** The entries of a mapping or the items of a list, as the tape has them. */
function childrenOf({ tape, file }: Document, node: number, value: Value): readonly Entry[] {
  if (!isMap(value) && !isList(value)) return [];
  const next = tape[node * TAPE_STRIDE + 4]!;
  const children: Entry[] = [];
  for (let child = node + 1; child < next; child = tape[child * TAPE_STRIDE + 4]!) {
    const base = child * TAPE_STRIDE;
    const keyStart = tape[base]!;
    const keyEnd = tape[base + 1]!;
    const key = keyStart === -1 ? children.length : keyText(file.text, keyStart, keyEnd);
    const own: Value | undefined = isList(value) ? value[children.length] : (value as ValueMap)[String(key)];
    if (own === undefined) throw MISFIT;
    children.push(entryOf(tape, child, key, own));
  }
  return children;
}

/** An item of a list, without an entry for each of the others. */
function childAt({ tape }: Document, node: number, list: readonly Value[], index: string | number): Entry | undefined {
  if (typeof index === 'string' || list[index] === undefined) return undefined;
  const next = tape[node * TAPE_STRIDE + 4]!;
  let child = node + 1;
  for (let at = 0; at < index && child < next; at++) child = tape[child * TAPE_STRIDE + 4]!;
  if (child >= next) throw MISFIT;
  return entryOf(tape, child, index, list[index]);
}

function onlyExisting(list: readonly Value[], { children }: Plan): boolean {
  for (const key of children.keys()) if (typeof key === 'string' || list[key] === undefined) return false;
  return true;
}

function entryOf(tape: Int32Array, node: number, key: string | number, value: Value): Entry {
  const base = node * TAPE_STRIDE;
  return {
    key,
    node,
    keyStart: tape[base]!,
    keyEnd: tape[base + 1]!,
    start: tape[base + 2]!,
    end: tape[base + 3]!,
    value,
  };
}

/** Whether a key of an ordinary document, which is on one line, says this. */
function isKeyAt(text: string, start: number, end: number, key: string): boolean {
  // A word longer than `false` says what it is written as.
  const first = text.charCodeAt(start) | 0x20;
  if (end - start > 5 && first >= 0x61 && first <= 0x7a)
    return end - start === key.length && text.startsWith(key, start);
  return keyText(text, start, end) === key;
}

function onlySets({ children }: Plan): boolean {
  for (const { action, key } of children.values()) if (action === 'remove' || key !== undefined) return false;
  return true;
}

function startOf({ keyStart, start }: Entry): number {
  return keyStart === -1 ? start : keyStart;
}

function quotesOf(text: string, at: number): Quotes {
  return text[at] === '"' ? 'double' : text[at] === "'" ? 'single' : 'plain';
}

function columnIn(text: string, at: number): number {
  return at - lineStartIn(text, at);
}

/** A byte order mark is no column. */
function lineStartIn(text: string, at: number): number {
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  return start === 0 && text.charCodeAt(0) === 0xfeff && at > 0 ? 1 : start;
}
