import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Source } from '../engine/lint.ts';
import type { FileResult } from '../engine/run-file.ts';
import { SourceFile } from '../text/source-file.ts';
import { type Found, systemReason } from './discover.ts';

export interface Reading {
  readonly sources: Iterable<Source>;
  /** Reads some of what was found, one for one. */
  sourcesOf(found: Iterable<Found>): Iterable<Source>;
  /** Reads a text again that was let go. Throws where it is gone. */
  readonly reopen: (shown: string) => SourceFile;
}

export interface ReadOptions {
  readonly readStdin: () => Buffer;
  /** The name that findings on stdin carry. */
  readonly stdinName: string;
  /** Results of earlier runs, by which a file need not even be decoded. */
  readonly known?: KnownResults;
}

export interface KnownResults {
  keyOf(shown: string, bytes: Uint8Array): string;
  /** The result is decoded when it is asked for. */
  get(key: string): (() => FileResult) | undefined;
}

/** Reads what was found, one file after the other, when the consumer asks for it. */
export function read(found: readonly Found[], { readStdin, stdinName, known }: ReadOptions): Reading {
  const paths = new Map<string, string>();
  // Standard input can be read once only.
  let stdin: SourceFile | undefined;
  for (const each of found) if (each.kind === 'file') paths.set(each.shown, each.path);

  function* sourcesOf(some: Iterable<Found>): Iterable<Source> {
    for (const each of some) {
      if (each.kind === 'ignored') {
        yield { kind: 'skipped', skipped: { file: each.shown, reason: 'left out by the ignore patterns' } };
      } else if (each.kind === 'failed') {
        yield { kind: 'problem', problem: { kind: 'unreadable', file: each.shown, reason: each.reason } };
      } else if (each.kind === 'stdin') {
        const source = decode(readStdin(), stdinName, false);
        if (source.kind === 'text') stdin = source.file;
        yield source;
      } else {
        yield readOne(each.path, each.shown, each.isChartTemplate, known);
      }
    }
  }

  return {
    sources: { [Symbol.iterator]: () => sourcesOf(found)[Symbol.iterator]() },
    sourcesOf,
    reopen(shown) {
      const path = paths.get(shown);
      if (path === undefined) {
        if (stdin !== undefined && shown === stdinName) return stdin;
        throw new Error(`"${shown}" was not part of the input`);
      }
      const source = readOne(path, shown, false, undefined);
      if (source.kind === 'text') return source.file;
      throw new Error(`"${shown}" cannot be read again`);
    },
  };
}

/** Reads files by the name they were shown under, relative to a folder. Throws where one is gone. */
export function reopenShown(cwd: string): (shown: string) => SourceFile {
  return (shown) => {
    const source = readOne(resolve(cwd, shown), shown, false, undefined);
    if (source.kind === 'text') return source.file;
    throw new Error(`"${shown}" cannot be read again`);
  };
}

function readOne(path: string, shown: string, isChartTemplate: boolean, known: KnownResults | undefined): Source {
  let bytes: Buffer;
  try {
    bytes = readBytes(path);
  } catch (error) {
    return { kind: 'problem', problem: { kind: 'unreadable', file: shown, reason: systemReason(error) } };
  }
  if (known === undefined) return decode(bytes, shown, isChartTemplate);
  const key = known.keyOf(shown, bytes);
  const result = known.get(key);
  if (result !== undefined) return { kind: 'known', key, result };
  const source = decode(bytes, shown, isChartTemplate);
  return source.kind === 'text' ? { ...source, key } : source;
}

/** What one file held makes room for the next: what is read is decoded before that. Scratch, and nobody's state. */
let scratch = Buffer.alloc(0);
const KEPT_SCRATCH = 1024 * 1024;

/** Valid until the next call. */
function readBytes(path: string): Buffer {
  if (scratch.length === 0) scratch = Buffer.allocUnsafeSlow(64 * 1024);
  const descriptor = openSync(path, 'r');
  try {
    let buffer = scratch;
    let length = 0;
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (count === 0) return buffer.subarray(0, length);
      length += count;
      if (length < buffer.length) continue;
      const larger = Buffer.allocUnsafeSlow(length * 2);
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
      if (larger.length <= KEPT_SCRATCH) scratch = larger;
    }
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Buffer, shown: string, isChartTemplate: boolean): Source {
  const skip = (reason: string): Source => ({ kind: 'skipped', skipped: { file: shown, reason } });
  const fail = (reason: string): Source => ({ kind: 'problem', problem: { kind: 'unreadable', file: shown, reason } });
  if (isUtf16(bytes)) return fail('it is UTF-16; kubectl reads UTF-8');
  if (bytes.length > 3 && bytes.subarray(0, 4096).includes(0)) return skip('binary');
  let text: string;
  try {
    text = bytes.toString('utf8');
  } catch (error) {
    // Longer than a string can be.
    return fail(systemReason(error));
  }
  // A replacement character was either in the file or stands for bytes that are not UTF-8.
  if (text.includes('\ufffd') && !isUtf8(bytes)) {
    if (!text.includes('apiVersion') || !text.includes('kind')) return skip('binary');
    const line = text.slice(0, firstBadByte(bytes)).split('\n').length;
    return fail(`line ${line} is not UTF-8`);
  }
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  if (isChartTemplate && text.includes('{{')) return skip('Helm template');
  const origin = { kind: 'file' } as const;
  return { kind: 'text', file: new SourceFile(shown, text, origin) };
}

function isUtf16(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
}

/** In UTF-16 units, which are what the text counts: the decoder puts the same sign for each bad byte sequence. */
function firstBadByte(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isUtf8(bytes.subarray(0, cut(bytes, middle)))) low = middle;
    else high = middle - 1;
  }
  return bytes.subarray(0, cut(bytes, low)).toString('utf8').length;
}

/** The start of the character that a byte offset may stand in the middle of. */
function cut(bytes: Buffer, offset: number): number {
  let at = offset;
  while (at > 0 && at < bytes.length && offset - at < 3 && (bytes[at]! & 0xc0) === 0x80) at--;
  return at;
}
