import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { docsOf, firstStepOf } from '../engine/docs.ts';
import type { Report } from '../engine/report.ts';
import { summarize } from '../reporters/text.ts';
import type { Arguments, OptionSpecs } from './args.ts';
import { type Terminal, UsageError } from './command.ts';
import { FORMATS, type FormatRequest, formatNamed } from './formats.ts';
import { TOOL_VERSION } from './version.ts';

export const OUTPUT_OPTIONS = {
  format: { short: 'f', value: 'FORMAT[=FILE]', text: `${FORMATS.join(', ')}; repeatable` },
  output: { short: 'o', value: 'FILE', text: 'where the format before it goes' },
  quiet: { text: 'no progress and no summary on the terminal' },
  'no-color': { text: 'no colours; NO_COLOR and FORCE_COLOR are honoured' },
} as const satisfies OptionSpecs;

/** Writes every report that was asked for, and the summary to a terminal that shows none. */
export function writeReports(
  requests: readonly FormatRequest[],
  report: Report,
  args: Arguments,
  terminal: Terminal,
): void {
  for (const request of requests) write(request, report, args, terminal);
  const summaryShown = requests.some(({ name, file }) => name === 'text' && file === undefined);
  if (!summaryShown && terminal.stderrIsTTY && !args.has('quiet')) terminal.err(`${summarize(report)}\n`);
}

/** Reproducible runs may fix the day on which suppressions are judged. */
export function today({ env }: Terminal): string {
  const epoch = Number(env['SOURCE_DATE_EPOCH']);
  const date = env['SOURCE_DATE_EPOCH'] !== undefined && Number.isFinite(epoch) ? new Date(epoch * 1000) : new Date();
  return date.toISOString().slice(0, 10);
}

/** Writes to a file that the user named, below folders that are made where they are missing. */
export function writeTo(file: string, pieces: Iterable<string>, { cwd }: Terminal): void {
  const path = resolve(cwd, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, 'w');
    try {
      for (const chunk of gathered(pieces)) writeFileSync(descriptor, chunk);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    // What is wrong with the pieces is not wrong with the file.
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Writes to standard output. */
export function writeOut(pieces: Iterable<string>, terminal: Terminal): void {
  for (const chunk of gathered(pieces)) terminal.out(chunk);
}

function write({ name, file }: FormatRequest, report: Report, args: Arguments, terminal: Terminal): void {
  const pieces = formatNamed(name)(withOneSourceKept(report), {
    toolVersion: TOOL_VERSION,
    color: file === undefined && wantsColor(args, terminal),
    width: file === undefined && terminal.stdoutIsTTY ? terminal.columns : 100,
    docsOf,
    firstStepOf,
  });
  if (file === undefined) writeOut(pieces, terminal);
  else writeTo(file, pieces, terminal);
}

/** A call of the system for every finding would cost more than the finding. */
function* gathered(pieces: Iterable<string>): Iterable<string> {
  let chunk: string[] = [];
  let size = 0;
  for (const piece of pieces) {
    chunk.push(piece);
    size += piece.length;
    if (size < CHUNK) continue;
    yield chunk.join('');
    chunk = [];
    size = 0;
  }
  if (size > 0) yield chunk.join('');
}

const CHUNK = 1 << 16;

/** Reporters ask for the text of one file many times in a row. */
function withOneSourceKept(report: Report): Report {
  let last: { readonly file: string; readonly source: ReturnType<Report['source']> } | undefined;
  return {
    ...report,
    source(file) {
      if (last?.file !== file) last = { file, source: report.source(file) };
      return last.source;
    },
  };
}

function wantsColor(args: Arguments, { env, stdoutIsTTY }: Terminal): boolean {
  if (args.has('no-color') || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stdoutIsTTY && env['TERM'] !== 'dumb';
}
