import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeResult, encodeResult } from '../engine/file-result-text.ts';
import type { FileResult } from '../engine/run-file.ts';

/** What files gave in earlier runs, by their content. */
export interface ResultCache {
  /** What a file goes by: its name and its content. */
  keyOf(path: string, bytes: Uint8Array): string;
  /** The result of a file that was linted before under the same plan. */
  get(key: string): (() => FileResult) | undefined;
  put(key: string, result: FileResult): void;
  /** The report of the last run, where all that it depends on, in this order, was the same. */
  report(parts: readonly string[]): string | undefined;
  keepReport(parts: readonly string[], text: string): void;
  /** Writes what is new. A cache that cannot be written is no reason to fail: the next run is slower. */
  save(): void;
}

/** Beyond this many bytes the oldest entries go. */
const LIMIT = 256 * 1024 * 1024;
const NEWLINE = 10;
const KEY_LENGTH = 40;
const CHECKSUM_LENGTH = 8;
const HEAD_LENGTH = KEY_LENGTH + 1 + CHECKSUM_LENGTH + 1;

/**
 * One file a plan, a line an entry: SHA-1 of name and content, CRC-32 of the result, the result. Written whole beside
 * the old one and put in its place by a rename, so that concurrent runs and a kill at any moment leave a cache that is
 * either old or new. A line that does not agree with its checksum is a miss.
 */
export function openResultCache(folder: string, planKey: string): ResultCache {
  const name = join(folder, createHash('sha1').update(planKey).digest('hex').slice(0, 16));
  const file = `${name}.cache`;
  const reportFile = `${name}.report`;
  const old = readEntries(file);
  const used = new Map<string, Buffer>();
  let isNew = false;
  return {
    keyOf,
    get(key) {
      const line = old.get(key);
      if (line === undefined || !isWhole(line)) return undefined;
      used.set(key, line);
      return () => decodeResult(line.toString('utf8', HEAD_LENGTH));
    },
    put(key, result) {
      used.set(key, lineOf(key, encodeResult(result)));
      isNew = true;
    },
    report(parts) {
      const line = readOr(reportFile)?.subarray(0, -1);
      if (line === undefined || line.toString('latin1', 0, KEY_LENGTH) !== keyOfParts(parts)) return undefined;
      return isWhole(line) ? line.toString('utf8', HEAD_LENGTH) : undefined;
    },
    keepReport(parts, text) {
      if (text.length < LIMIT) replace(reportFile, [lineOf(keyOfParts(parts), text)]);
    },
    save() {
      if (!isNew) return;
      const lines = [...used.values()];
      let size = lines.reduce((sum, line) => sum + line.length + 1, 0);
      for (const [key, line] of [...old].reverse()) {
        if (used.has(key)) continue;
        size += line.length + 1;
        if (size > LIMIT) break;
        lines.push(line);
      }
      replace(file, lines);
    },
  };

  function replace(path: string, lines: readonly Buffer[]): void {
    const next = `${path}.${process.pid}.tmp`;
    try {
      mkdirSync(folder, { recursive: true });
    } catch {
      return;
    }
    try {
      writeFileSync(next, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
      renameSync(next, path);
    } catch {
      // A full disk, a folder that cannot be written to: nothing is lost but time.
      rmSync(next, { force: true });
    }
  }
}

function lineOf(key: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${key} ${checksum(bytes)} `), bytes]);
}

/** Without a line break behind it. */
function isWhole(line: Buffer): boolean {
  return line.toString('latin1', KEY_LENGTH + 1, HEAD_LENGTH - 1) === checksum(line.subarray(HEAD_LENGTH));
}

function readEntries(file: string): ReadonlyMap<string, Buffer> {
  const entries = new Map<string, Buffer>();
  const bytes = readOr(file) ?? Buffer.alloc(0);
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    if (end - start > HEAD_LENGTH)
      entries.set(bytes.toString('latin1', start, start + KEY_LENGTH), bytes.subarray(start, end));
    start = end + 1;
  }
  return entries;
}

function readOr(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    // The first run, or a cache that someone removed.
    return undefined;
  }
}

function keyOfParts(parts: readonly string[]): string {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(`${part.length} ${part}`);
  return hash.digest('hex');
}

function keyOf(path: string, bytes: Uint8Array): string {
  return createHash('sha1').update(path).update('\0').update(bytes).digest('hex');
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
