import { TAPE_STRIDE } from './document.ts';
import { newMap, type Value } from './value.ts';

/** What a document is made of, as plain data: the caller makes the Document. */
export interface UnitFile {
  readonly value: Value;
  readonly tape: Int32Array;
  /** Start and end of each comment in turn. */
  readonly comments: Int32Array;
}

/**
 * Reads a systemd unit, or a file of variables that a unit names as its EnvironmentFile, into the form of a document:
 * sections with the list of values of each key, or variables with their values. Values are the text as it is written,
 * quotes, continued lines and comments between these included, so that an offset into a value is one into the file.
 * A key stands where it was given last.
 */
export function readUnitFile(text: string): UnitFile {
  const comments: number[] = [];
  const assignments = assignmentsOf(text, comments);
  const isUnit = assignments.some(({ section }) => section !== undefined);
  const tree = isUnit ? unitTree(assignments) : variableTree(assignments);
  return { value: tree.value, tape: Int32Array.from(tree.tape), comments: Int32Array.from(comments) };
}

interface Place {
  readonly start: number;
  readonly end: number;
}

interface Section extends Place {
  readonly name: string;
}

interface Assignment {
  readonly section: Section | undefined;
  readonly key: Place & { readonly text: string };
  readonly value: Place & { readonly text: string };
}

interface Tree {
  readonly value: Value;
  readonly tape: readonly number[];
}

function assignmentsOf(text: string, comments: number[]): readonly Assignment[] {
  const assignments: Assignment[] = [];
  let section: Section | undefined;
  for (let at = 0; at < text.length; ) {
    let lineEnd = endOfLine(text, at);
    const start = skipBlanks(text, at, lineEnd);
    const first = text[start];
    if (start === lineEnd) {
      at = lineEnd + 1;
    } else if (first === '#' || first === ';') {
      comments.push(start, lineEnd);
      at = lineEnd + 1;
    } else if (first === '[') {
      const close = text.indexOf(']', start);
      if (close !== -1 && close < lineEnd)
        section = { name: text.slice(start + 1, close), start: start + 1, end: close };
      at = lineEnd + 1;
    } else {
      const isSection = section !== undefined;
      lineEnd = isSection ? endOfContinued(text, start, lineEnd) : endOfVariable(text, start, lineEnd);
      const equals = text.indexOf('=', start);
      if (equals !== -1 && equals < lineEnd) {
        const key = trimmed(text, start, equals);
        assignments.push({ section, key, value: trimmed(text, equals + 1, lineEnd) });
      }
      at = lineEnd + 1;
    }
  }
  return assignments;
}

/** A line that ends in a backslash goes on in the next; comments between are left out. */
function endOfContinued(text: string, start: number, firstEnd: number): number {
  let from = start;
  let end = firstEnd;
  while (end < text.length && isContinued(text, from, end)) {
    do {
      from = end + 1;
      end = endOfLine(text, from);
    } while (end < text.length && '#;'.includes(text[skipBlanks(text, from, end)] ?? ' '));
  }
  return end;
}

/** The value of a variable goes on over line breaks within quotes and behind a backslash. */
function endOfVariable(text: string, start: number, lineEnd: number): number {
  const equals = text.indexOf('=', start);
  if (equals === -1 || equals >= lineEnd) return lineEnd;
  let at = skipBlanks(text, equals + 1, lineEnd);
  while (at < text.length && (text[at] === '"' || text[at] === "'")) {
    const quote = text[at];
    at++;
    while (at < text.length && text[at] !== quote) at += quote === '"' && text[at] === '\\' ? 2 : 1;
    at = skipBlanks(text, at + 1, endOfLine(text, Math.min(at + 1, text.length)));
  }
  while (at < text.length && text[at] !== '\n') {
    if (text[at] === '\\') at += text[at + 1] === '\r' && text[at + 2] === '\n' ? 3 : 2;
    else at++;
  }
  return Math.min(at, text.length);
}

function isContinued(text: string, from: number, lineEnd: number): boolean {
  const end = text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
  let backslashes = 0;
  while (end - 1 - backslashes >= from && text[end - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && (text[at] === ' ' || text[at] === '\t' || text[at] === '\r')) at++;
  return at;
}

function trimmed(text: string, from: number, to: number): Assignment['key'] {
  const start = skipBlanks(text, from, to);
  let end = to;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t' || text[end - 1] === '\r')) end--;
  return { start, end, text: text.slice(start, end) };
}

const NO_KEY = -1;

function unitTree(assignments: readonly Assignment[]): Tree {
  const sections = new Map<string, { place: Place; readonly keys: Map<string, Assignment[]> }>();
  let file: Place = { start: 0, end: 0 };
  for (const assignment of assignments) {
    if (assignment.section === undefined) continue;
    file = { start: file.end === 0 ? assignment.section.start : file.start, end: assignment.value.end };
    const { name } = assignment.section;
    let section = sections.get(name);
    if (section === undefined) {
      section = { place: assignment.section, keys: new Map() };
      sections.set(name, section);
    }
    const given = section.keys.get(assignment.key.text);
    if (given === undefined) section.keys.set(assignment.key.text, [assignment]);
    else given.push(assignment);
  }
  const tape: number[] = [];
  const value = newMap();
  const root = open(tape, NO_KEY, NO_KEY, file);
  for (const [name, { place, keys }] of sections) {
    const last = [...keys.values()].at(-1)!.at(-1)!;
    const section = open(tape, place.start, place.end, { start: place.end + 1, end: last.value.end });
    const entries = newMap();
    for (const [key, given] of keys) {
      const latest = given.at(-1)!;
      const list = open(tape, latest.key.start, latest.key.end, {
        start: given[0]!.value.start,
        end: latest.value.end,
      });
      for (const { value: item } of given) close(tape, open(tape, NO_KEY, NO_KEY, item));
      close(tape, list);
      entries[key] = given.map(({ value: item }) => item.text);
    }
    close(tape, section);
    value[name] = entries;
  }
  close(tape, root);
  return { value, tape };
}

function variableTree(assignments: readonly Assignment[]): Tree {
  const latest = new Map(assignments.map((assignment) => [assignment.key.text, assignment]));
  const tape: number[] = [];
  const value = newMap();
  const root = open(tape, NO_KEY, NO_KEY, {
    start: assignments[0]?.key.start ?? 0,
    end: assignments.at(-1)?.value.end ?? 0,
  });
  for (const [name, assignment] of latest) {
    close(tape, open(tape, assignment.key.start, assignment.key.end, assignment.value));
    value[name] = assignment.value.text;
  }
  close(tape, root);
  return { value, tape };
}

/** Appends a node to the tape and gives its number. */
function open(tape: number[], keyStart: number, keyEnd: number, value: Place): number {
  tape.push(keyStart, keyEnd, value.start, value.end, 0);
  return tape.length / TAPE_STRIDE - 1;
}

function close(tape: number[], node: number): void {
  tape[node * TAPE_STRIDE + 4] = tape.length / TAPE_STRIDE;
}
