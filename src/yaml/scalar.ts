import type { Value } from './value.ts';

/**
 * The value of a plain scalar (line folding already done) as sigs.k8s.io/yaml reads it: YAML 1.1 booleans, `0644` and
 * `0o644` octal, `1_000`; timestamps and sexagesimal numbers stay strings. `.inf` and `.nan` resolve to the numbers
 * that they name: JSON cannot carry them, so a reader reports them as errors (see `isJsonNumber`).
 */
export function resolvePlain(text: string): Value {
  if (text.length === 0) return null;
  const first = text.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39) return resolveNumber(text);
  switch (first) {
    case 0x2b: // +
    case 0x2d: // -
      return resolveNumber(text);
    case 0x2e: // .
      return resolvePointNumber(text);
    case 0x7e: // ~
      return text.length === 1 ? null : text;
    case 0x6e: // n
    case 0x4e: // N
      if (text.length === 4 && (text === 'null' || text === 'Null' || text === 'NULL')) return null;
      return resolveBoolean(text);
    case 0x66: // f
    case 0x46: // F
    case 0x6f: // o
    case 0x4f: // O
    case 0x74: // t
    case 0x54: // T
    case 0x79: // y
    case 0x59: // Y
      return resolveBoolean(text);
    default:
      return text;
  }
}

/** The API server's reading goes through JSON, which knows neither infinity nor NaN. */
export function isJsonNumber(value: Value): boolean {
  return typeof value !== 'number' || Number.isFinite(value);
}

/**
 * The key that the API server sees for the key written at `start`..`end`: quotes decoded, `y` as `true`, `0644` as
 * `420`. Written for ordinary keys, which are a slice of the text.
 */
export function keyText(text: string, start: number, end: number): string {
  const first = text.charCodeAt(start);
  if ((first | 0x20) >= 0x61 && (first | 0x20) <= 0x7a && end - start > 5) {
    // A word longer than `false` is no boolean and no null; what is left to rule out is a line break.
    const key = text.slice(start, end);
    return foldPlain(key);
  }
  return keyTextInFull(text.slice(start, end));
}

/**
 * The key that a plain scalar is (line folding already done); undefined where the API server takes none: null, and
 * integers beyond int64.
 */
export function plainKey(text: string): string | undefined {
  const value = resolvePlain(text);
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (isInteger(text)) return String(value);
      return value === 0 && text.startsWith('-') ? '-0' : formatFloat32(value);
    case 'bigint':
      return value <= INT64_MAX ? String(value) : undefined;
    default:
      return undefined;
  }
}

/** Whether Go reads the text as an integer: `899`, but not `0899` and `8.99e2`, which are floats. */
export function isInteger(text: string): boolean {
  const digits = text.replaceAll('_', '');
  return (parseInteger(digits) ?? parseSignedBinary(digits)) !== undefined;
}

/** Joins the lines of a plain scalar: a single break is a blank, of several all but the first stay. */
export function foldPlain(source: string): string {
  return BREAKS.test(source) ? foldLines(source) : source;
}

/** The text between the quotes of a single-quoted scalar, decoded. */
export function decodeSingleQuoted(inner: string): string {
  const text = inner.indexOf("''") === -1 ? inner : inner.replaceAll("''", "'");
  return BREAKS.test(text) ? foldLines(text) : text;
}

/**
 * The text between the quotes of a double-quoted scalar, decoded; undefined for an escape that the API server does not
 * know. A backslash at the end of a line joins it to the next.
 */
export function decodeDoubleQuoted(inner: string): string | undefined {
  if (inner.indexOf('\\') === -1) return BREAKS.test(inner) ? foldLines(inner) : inner;
  let decoded = '';
  let at = 0;
  // Blanks written as they are may vanish at a line break, escaped ones may not: the end of what is fixed.
  let fixed = 0;
  while (at < inner.length) {
    const code = inner.charCodeAt(at);
    if (isBreak(code)) {
      let kept = decoded.length;
      while (kept > fixed && isBlank(decoded.charCodeAt(kept - 1))) kept--;
      decoded = decoded.slice(0, kept);
      const { first, rest, next } = skipBreaks(inner, at);
      decoded += joined(first, rest);
      fixed = decoded.length;
      at = next;
      continue;
    }
    if (code !== 0x5c) {
      decoded += inner[at];
      at++;
      continue;
    }
    const mark = inner[at + 1];
    if (mark === undefined) return undefined;
    if (isBreak(mark.charCodeAt(0))) {
      const { rest, next } = skipBreaks(inner, at + 1);
      decoded += rest;
      at = next;
      fixed = decoded.length;
      continue;
    }
    const plain = ESCAPES.get(mark);
    if (plain !== undefined) {
      decoded += plain;
      at += 2;
      fixed = decoded.length;
      continue;
    }
    const width = mark === 'x' ? 2 : mark === 'u' ? 4 : mark === 'U' ? 8 : 0;
    const digits = inner.slice(at + 2, at + 2 + width);
    if (width === 0 || digits.length < width || !/^[0-9A-Fa-f]+$/.test(digits)) return undefined;
    const point = Number.parseInt(digits, 16);
    if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return undefined;
    decoded += String.fromCodePoint(point);
    at += 2 + width;
    fixed = decoded.length;
  }
  return decoded;
}

/** What a letter behind a backslash stands for in a double-quoted scalar; `\\/` is not among them. */
export const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\x85'],
  ['_', '\xa0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);

const BREAKS = /[\n\r\x85\u2028\u2029]/;

const INT64_MAX = 0x7fff_ffff_ffff_ffffn;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

function resolveBoolean(text: string): Value {
  switch (text) {
    case 'true':
    case 'True':
    case 'TRUE':
    case 'y':
    case 'Y':
    case 'yes':
    case 'Yes':
    case 'YES':
    case 'on':
    case 'On':
    case 'ON':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
    case 'n':
    case 'N':
    case 'no':
    case 'No':
    case 'NO':
    case 'off':
    case 'Off':
    case 'OFF':
      return false;
    default:
      return text;
  }
}

/** A text that opens with a digit or a sign: an integer of any base, else a float, else a string. */
function resolveNumber(text: string): Value {
  if (text.length <= 15 && isDecimal(text)) return Number(text);
  switch (text) {
    case '+.inf':
    case '+.Inf':
    case '+.INF':
      return Number.POSITIVE_INFINITY;
    case '-.inf':
    case '-.Inf':
    case '-.INF':
      return Number.NEGATIVE_INFINITY;
  }
  // Go drops every underscore, wherever it stands.
  const digits = text.indexOf('_') === -1 ? text : text.replaceAll('_', '');
  const integer = parseInteger(digits) ?? parseSignedBinary(digits);
  if (integer !== undefined) return integer;
  return /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits) ? (finite(digits) ?? text) : text;
}

/** Go tries `0b` once more without its prefix, so that a sign may follow it: `0b-1`. */
function parseSignedBinary(text: string): Value | undefined {
  const match = /^0b([-+])([01]+)$/.exec(text);
  return match === null || match[2]!.length > 80
    ? undefined
    : boundedInteger(match[1] === '-', BigInt(`0b${match[2]}`), false);
}

function resolvePointNumber(text: string): Value {
  switch (text) {
    case '.inf':
    case '.Inf':
    case '.INF':
      return Number.POSITIVE_INFINITY;
    case '.nan':
    case '.NaN':
    case '.NAN':
      return Number.NaN;
  }
  // Go lets an underscore stand between digits here, and only there.
  if (!/^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/.test(text)) return text;
  return finite(text.replaceAll('_', '')) ?? text;
}

/** A decimal integer without a leading zero, so that neither octal nor rounding is a question. */
function isDecimal(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 0x30) return text.length === 1;
  if (first < 0x31 || first > 0x39) return false;
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function parseInteger(text: string): Value | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]([0-7]+)|0([0-7]+)|([1-9][0-9]*|0))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, binary, octal, oldOctal, decimal] = match;
  const magnitude =
    hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : (decimal ?? `0o${octal ?? oldOctal}`);
  if (magnitude.length > 80) return undefined;
  return boundedInteger(sign === '-', BigInt(magnitude), sign === '');
}

/** What fits int64, or without a sign uint64. */
function boundedInteger(negative: boolean, magnitude: bigint, unsigned: boolean): Value | undefined {
  const bound = negative ? INT64_MAX + 1n : unsigned ? UINT64_MAX : INT64_MAX;
  if (magnitude > bound) return undefined;
  const value = negative ? -magnitude : magnitude;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Go's ParseFloat refuses what overflows. Negative zero reaches the API server as the integer 0. */
function finite(text: string): number | undefined {
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  return number === 0 ? 0 : number;
}

/** Go writes a float key with strconv.FormatFloat(key, 'g', -1, 32). */
function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (single === Number.POSITIVE_INFINITY) return '.inf';
  if (single === Number.NEGATIVE_INFINITY) return '-.inf';
  if (Number.isNaN(single)) return '.nan';
  let shortest = single.toExponential();
  for (let digits = 0; digits < 9; digits++) {
    const candidate = single.toExponential(digits);
    if (Math.fround(Number(candidate)) !== single) continue;
    shortest = candidate;
    break;
  }
  const [mantissa = '', exponent = ''] = shortest.split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return fixedDigits(single, mantissa, power);
  const sign = power < 0 ? '-' : '+';
  return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

function fixedDigits(value: number, mantissa: string, power: number): string {
  const digits = mantissa.replace('-', '').replace('.', '');
  const sign = value < 0 ? '-' : '';
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  if (digits.length <= power + 1) return sign + digits + '0'.repeat(power + 1 - digits.length);
  return `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}

function keyTextInFull(source: string): string {
  const first = source.charCodeAt(0);
  if (first === 0x22) return decodeDoubleQuoted(source.slice(1, -1)) ?? decodeJson(source);
  if (first === 0x27) return decodeSingleQuoted(source.slice(1, -1));
  if (first === 0x21) return taggedKeyText(source);
  return plainKey(foldPlain(source)) ?? source;
}

/** JSON has escapes that YAML 1.1 has not: `\\/` and pairs of surrogates. */
function decodeJson(source: string): string {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'string' ? value : source;
  } catch {
    // Neither YAML nor JSON: no reader took it for a key.
    return source;
  }
}

/** A key written with its tag, whose span includes the tag: only `!!int` and the like leave it what it looks like. */
function taggedKeyText(source: string): string {
  const match = /^(\S+)\s+(?:&\S+\s+)?([\s\S]*)$/.exec(source);
  if (match === null) return '';
  const [, tag = '', rest = ''] = match;
  if (/^!!(?:int|float|bool|null|timestamp)$/.test(tag) || /^["']/.test(rest)) return keyTextInFull(rest);
  return foldPlain(rest);
}

function foldLines(source: string): string {
  let folded = '';
  let at = 0;
  while (at < source.length) {
    const end = lineEnd(source, at);
    if (end === source.length) return folded + source.slice(at);
    let kept = end;
    while (kept > at && isBlank(source.charCodeAt(kept - 1))) kept--;
    folded += source.slice(at, kept);
    const { first, rest, next } = skipBreaks(source, end);
    folded += joined(first, rest);
    at = next;
  }
  return folded;
}

function lineEnd(source: string, from: number): number {
  let at = from;
  while (at < source.length && !isBreak(source.charCodeAt(at))) at++;
  return at;
}

/** Line breaks from `at` on, over blank lines, and the offset of the next text. */
function skipBreaks(
  source: string,
  from: number,
): { readonly first: string; readonly rest: string; readonly next: number } {
  let first = '';
  let rest = '';
  for (let at = from; ; at++) {
    const code = source.charCodeAt(at);
    if (isBlank(code)) continue;
    if (!isBreak(code)) return { first, rest, next: at };
    if (code === 0x0d && source.charCodeAt(at + 1) === 0x0a) at++;
    const value = code === 0x2028 || code === 0x2029 ? source[at]! : '\n';
    if (first === '') first = value;
    else rest += value;
  }
}

/** One break is a blank, of several the first goes; those of Unicode stay. */
function joined(first: string, rest: string): string {
  if (first !== '\n') return first + rest;
  return rest === '' ? ' ' : rest;
}

function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
