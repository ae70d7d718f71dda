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
  get(key: string): FileResult | undefined;
  put(key: string, result: FileResult): void;
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
  const file = join(folder, `${createHash('sha1').update(planKey).digest('hex').slice(0, 16)}.cache`);
  const old = readEntries(file);
  const used = new Map<string, Buffer>();
  let isNew = false;
  return {
    keyOf,
    get(key) {
      const line = old.get(key);
      if (line === undefined) return undefined;
      const text = line.subarray(HEAD_LENGTH);
      if (line.toString('latin1', KEY_LENGTH + 1, HEAD_LENGTH - 1) !== checksum(text)) return undefined;
      used.set(key, line);
      return decodeResult(text.toString('utf8'));
    },
    put(key, result) {
      const text = Buffer.from(encodeResult(result));
      used.set(key, Buffer.concat([Buffer.from(`${key} ${checksum(text)} `), text]));
      isNew = true;
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
      const next = `${file}.${process.pid}.tmp`;
      try {
        mkdirSync(folder, { recursive: true });
      } catch {
        return;
      }
      try {
        writeFileSync(next, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
        renameSync(next, file);
      } catch {
        // A full disk, a folder that cannot be written to: nothing is lost but time.
        rmSync(next, { force: true });
      }
    },
  };
}

function readEntries(file: string): ReadonlyMap<string, Buffer> {
  const entries = new Map<string, Buffer>();
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    // The first run, or a cache that someone removed.
    return entries;
  }
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    if (end - start > HEAD_LENGTH)
      entries.set(bytes.toString('latin1', start, start + KEY_LENGTH), bytes.subarray(start, end));
    start = end + 1;
  }
  return entries;
}

function keyOf(path: string, bytes: Uint8Array): string {
  return createHash('sha1').update(path).update('\0').update(bytes).digest('hex');
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
