import { isSpace } from './characters.ts';
import type { AnyNode } from './node.ts';

/**
 * Where each character of a string value stands in the text: a function from offsets into the decoded string to offsets
 * into the file. Undefined where the value was not written as a scalar of its own (an alias, a number), and where text
 * and value do not line up; a caller then points at the whole scalar.
 */
export function scalarOffsets(node: AnyNode): ((offset: number) => number) | undefined {
  const value = node.string;
  if (value === undefined || node.tapeIndex() === -1) return undefined;
  const { text } = node.document.file;
  const { start, end } = node.span;
  if (text.startsWith(value, start) && start + value.length === end) return (offset) => start + clamp(offset, value);
  let offsets: Int32Array | undefined;
  let failed = false;
  return (offset) => {
    if (offsets === undefined && !failed) {
      offsets = align(text, start, end, value);
      failed = offsets === undefined;
    }
    return offsets === undefined ? start : offsets[clamp(offset, value)]!;
  };
}

function clamp(offset: number, value: string): number {
  return Math.max(0, Math.min(offset, value.length));
}

function align(text: string, start: number, end: number, value: string): Int32Array | undefined {
  switch (text[start]) {
    case '|':
      return alignLines(text, start, end, value);
    case '"':
      return alignFolded(text, start + 1, end - 1, value, escapeWidth, true);
    case "'":
      return alignFolded(text, start + 1, end - 1, value, doubledQuote, true);
    case '>':
      return alignFolded(text, afterLine(text, start), end, value, none, false);
    default:
      return alignFolded(text, start, end, value, none, true);
  }
}

/** In a literal block each line of the value is a line of the text, less its indentation. */
function alignLines(text: string, start: number, end: number, value: string): Int32Array | undefined {
  const offsets = new Int32Array(value.length + 1);
  let line = afterLine(text, start);
  let at = 0;
  for (;;) {
    let lineEnd = text.indexOf('\n', line);
    if (lineEnd === -1) lineEnd = text.length;
    const stop = lineEnd > line && text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
    let valueEnd = value.indexOf('\n', at);
    if (valueEnd === -1) valueEnd = value.length;
    const length = valueEnd - at;
    const from = stop - length;
    if (from < line || (length > 0 && !text.startsWith(value.slice(at, valueEnd), from))) return undefined;
    for (let step = 0; step <= length; step++) offsets[at + step] = from + step;
    if (valueEnd === value.length) return offsets;
    at = valueEnd + 1;
    // Line breaks kept at the end (`|+`) lie behind the end of the scalar's span.
    if (lineEnd >= end) {
      if (value.slice(at).trim() !== '') return undefined;
      return offsets.fill(stop, at);
    }
    line = lineEnd + 1;
  }
}

/** How many characters of the text make the one at `at`: 0 where it stands for itself, -1 where it hides a line break. */
type Special = (text: string, at: number) => number;

const none: Special = () => 0;

const doubledQuote: Special = (text, at) => (text[at] === "'" ? 2 : 0);

const escapeWidth: Special = (text, at) => {
  if (text[at] !== '\\') return 0;
  switch (text[at + 1]) {
    case 'x':
      return 4;
    case 'u':
      return 6;
    case 'U':
      return 10;
    case '\n':
    case '\r':
      return -1;
    default:
      return 2;
  }
};

/**
 * Folding turns line breaks with the blanks around them into other blanks; everything else is in both. In a flow scalar
 * one break is a blank and of several the first is dropped; in a folded block lines that are indented further keep theirs.
 */
function alignFolded(
  text: string,
  start: number,
  end: number,
  value: string,
  special: Special,
  flow: boolean,
): Int32Array | undefined {
  const offsets = new Int32Array(value.length + 1);
  let source = start;
  let at = 0;
  while (at < value.length) {
    if (source >= end) {
      // What chomping keeps at the end.
      if (value.slice(at).trim() !== '') return undefined;
      offsets.fill(end, at);
      return offsets;
    }
    const width = special(text, source);
    if (width > 0) {
      // A character beyond the basic plane is two in the value.
      const units = width === 10 && value.codePointAt(at)! > 0xffff ? 2 : 1;
      for (let unit = 0; unit < units; unit++) offsets[at + unit] = source;
      at += units;
      source += width;
      continue;
    }
    if (
      width === 0 &&
      value[at] === text[source] &&
      !isBreak(text.charCodeAt(source)) &&
      !breaksSoon(text, source, end)
    ) {
      offsets[at++] = source++;
      continue;
    }
    if (width === -1) source++;
    if (!isSpace(text.charCodeAt(source))) return undefined;
    const from = source;
    let breaks = 0;
    for (; source < end && isSpace(text.charCodeAt(source)); source++) if (text[source] === '\n') breaks++;
    const made = !flow ? value.length : width === -1 || breaks > 1 ? breaks - 1 : 1;
    for (let step = 0; step < made && at < value.length && isSpace(value.charCodeAt(at)); step++) {
      offsets[at++] = Math.min(from + step, source);
    }
  }
  offsets[at] = Math.min(source, end);
  return offsets;
}

/** A run of blanks that ends in a line break vanishes with it. */
function breaksSoon(text: string, at: number, end: number): boolean {
  if (!isSpace(text.charCodeAt(at))) return false;
  while (at < end && isSpace(text.charCodeAt(at))) {
    if (isBreak(text.charCodeAt(at))) return true;
    at++;
  }
  return false;
}

function afterLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}
