import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Terminal, UsageError } from './command.ts';

/** The lines of the file that `--requests` names, or of standard input for `-`; the last one may be empty. */
export function requestLines(file: string, terminal: Terminal): Iterable<string> {
  return file === '-' ? terminal.readStdin().toString('utf8').split('\n') : linesOf(file, terminal.cwd);
}

/** Every request with the number of its line; blank lines are none. */
export function* jsonRequests(
  file: string,
  terminal: Terminal,
): Iterable<{ readonly line: number; readonly request: unknown }> {
  let line = 0;
  for (const text of requestLines(file, terminal)) {
    line++;
    if (text.trim() !== '') yield { line, request: parse(text, line) };
  }
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`line ${line} of the requests is no JSON`);
  }
}

/** Line by line: a file of requests may be longer than a string can be. */
function* linesOf(file: string, cwd: string): Iterable<string> {
  const descriptor = attempt(file, () => openSync(resolve(cwd, file), 'r'));
  try {
    const chunk = Buffer.allocUnsafe(1 << 20);
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const count = attempt(file, () => readSync(descriptor, chunk, 0, chunk.length, null));
      rest += decoder.decode(chunk.subarray(0, count), { stream: count > 0 });
      const lines = rest.split('\n');
      if (count === 0) {
        yield* lines;
        return;
      }
      rest = lines.pop()!;
      yield* lines;
    }
  } finally {
    closeSync(descriptor);
  }
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
