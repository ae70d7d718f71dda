import { fstatSync, readSync, writeSync } from 'node:fs';
import type { Terminal } from './command.ts';

/** The process as a terminal. A reader that closed its end ends the program without a word, as it does for `head`. */
export function processTerminal(): Terminal {
  return {
    cwd: process.cwd(),
    env: process.env,
    get stdoutIsTTY() {
      return isTerminal(1);
    },
    get stderrIsTTY() {
      return isTerminal(2);
    },
    get columns() {
      return process.stdout.columns ?? 100;
    },
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    readStdin: () => readAll(0),
  };
}

/** The reader of our output is gone: nothing is left to do. */
export class PipeClosed extends Error {
  override readonly name = 'PipeClosed';
}

/** `/dev/null` under Linux: major 1, minor 3. Elsewhere node:tty says what it is. */
const NULL_DEVICE = process.platform === 'linux' ? 0x103 : -1;

/** node:tty costs milliseconds to load, and most runs write to a file or a pipe. */
function isTerminal(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isCharacterDevice() || stats.rdev === NULL_DEVICE) return false;
    return process.getBuiltinModule('node:tty').isatty(descriptor);
  } catch {
    // Closed before we started.
    return false;
  }
}

/** A pipe takes what it has room for and then says EAGAIN: the rest has to be offered again. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EPIPE') throw new PipeClosed();
      if (code !== 'EAGAIN') throw error;
      pause(2);
    }
  }
}

function readAll(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  const chunk = Buffer.allocUnsafe(1 << 16);
  for (;;) {
    try {
      const count = readSync(descriptor, chunk, 0, chunk.length, null);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(Buffer.from(chunk.subarray(0, count)));
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EOF') return Buffer.concat(chunks);
      if (code !== 'EAGAIN') throw error;
      pause(2);
    }
  }
}

/** Sleeps without a turn of the event loop. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
