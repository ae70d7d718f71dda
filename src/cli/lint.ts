import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { docsOf } from '../engine/docs.ts';
import { lint, type Source } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import { exitStatus, type Report } from '../engine/report.ts';
import { suppressionSettings } from '../engine/suppress.ts';
import type { Target } from '../input/discover.ts';
import { summarize } from '../reporters/text.ts';
import { editsFor } from '../yaml/edit.ts';
import { type Arguments, describeOptions, type OptionSpecs, parseArguments } from './args.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { type FormatRequest, formatNamed, requestedFormats } from './formats.ts';
import { openInput } from './open.ts';
import { Progress } from './progress.ts';
import { readSettings, SETTINGS_OPTIONS } from './settings.ts';
import { TOOL_VERSION } from './version.ts';

export const LINT_OPTIONS = {
  format: { short: 'f', value: 'FORMAT[=FILE]', text: 'text (default), oneline, json, sarif, github; repeatable' },
  output: { short: 'o', value: 'FILE', text: 'where the format before it goes' },
  ...SETTINGS_OPTIONS,
  'allow-empty': { text: 'a folder or pattern without any manifest is no error' },
  fix: { text: 'not there yet', later: true },
  hardening: { text: 'not there yet', later: true },
  'fix-dry-run': { text: 'not there yet', later: true },
  baseline: { value: 'FILE', text: 'not there yet', later: true },
  'write-baseline': { value: 'FILE', text: 'not there yet', later: true },
  'new-since': { value: 'GIT_REF', text: 'not there yet', later: true },
  render: { value: 'auto|never', text: 'not there yet', later: true },
  jobs: { value: 'N', text: 'not there yet', later: true },
  cache: { text: 'not there yet', later: true },
  'cache-dir': { value: 'DIR', text: 'not there yet', later: true },
  shard: { value: 'I/N', text: 'not there yet', later: true },
  quiet: { text: 'no progress and no summary on the terminal' },
  verbose: { text: 'say what was read' },
  'no-color': { text: 'no colours; NO_COLOR and FORCE_COLOR are honoured' },
  timing: { text: 'say on standard error how long it took' },
  help: { short: 'h', text: 'this page' },
} as const satisfies OptionSpecs;

export const command: Command = {
  get help() {
    return `kubesec-lint [PATH…]

Lints Kubernetes manifests. PATH is a file, a folder, a pattern or - for standard input; default .

${describeOptions(LINT_OPTIONS)}
Exit status: 0 nothing at or above --fail-on · 1 findings · 2 wrong use or unreadable input · 3 a defect of kubesec-lint
`;
  },
  run(argv, terminal) {
    const args = parseArguments(argv, LINT_OPTIONS);
    if (args.has('help')) {
      terminal.out(this.help);
      return 0;
    }
    const started = performance.now();
    const requests = requestedFormats(args);
    const settings = readSettings(args, terminal);
    const plan = compile(settings.rules, settings.config);
    const input = openInput(args, settings, terminal);
    const progress = new Progress(terminal, args.has('quiet'), input.targets);
    const report = lint({
      plan,
      sources: watched(input.sources, progress),
      reopen: input.reopen,
      // JSON and SARIF carry text edits; the others name the fix.
      ...(requests.some(({ name }) => name === 'json' || name === 'sarif') ? { editsFor } : {}),
      suppressions: suppressionSettings(plan, settings.rules, today(terminal)),
    });
    progress.clear();
    for (const request of requests) write(request, report, args, terminal);
    const summaryShown = requests.some(({ name, file }) => name === 'text' && file === undefined);
    if (!summaryShown && terminal.stderrIsTTY && !args.has('quiet')) terminal.err(`${summarize(report)}\n`);
    if (args.has('timing')) terminal.err(`${Math.round(performance.now() - started)} ms\n`);

    const skipped = new Set(report.skipped.map(({ file }) => file));
    const empty = args.has('allow-empty') ? [] : input.targets.filter((target) => isEmpty(target, skipped));
    for (const target of empty) terminal.err(`kubesec-lint: ${describeEmpty(target)}\n`);
    const status = exitStatus(report, settings.config.failOn);
    return status === 3 || empty.length === 0 ? status : 2;
  },
};

function* watched(sources: Iterable<Source>, progress: Progress): Iterable<Source> {
  for (const source of sources) {
    progress.step();
    yield source;
  }
}

function write({ name, file }: FormatRequest, report: Report, args: Arguments, terminal: Terminal): void {
  const text = formatNamed(name)(withOneSourceKept(report), {
    toolVersion: TOOL_VERSION,
    color: file === undefined && wantsColor(args, terminal),
    width: file === undefined && terminal.stdoutIsTTY ? terminal.columns : 100,
    docsOf,
  });
  if (file === undefined) {
    terminal.out(text);
    return;
  }
  const path = resolve(terminal.cwd, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

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

/** Reproducible runs may fix the day on which suppressions are judged. */
function today({ env }: Terminal): string {
  const epoch = Number(env['SOURCE_DATE_EPOCH']);
  const date = env['SOURCE_DATE_EPOCH'] !== undefined && Number.isFinite(epoch) ? new Date(epoch * 1000) : new Date();
  return date.toISOString().slice(0, 10);
}

/** A folder or a pattern that was meant to hold manifests, and does not. */
function isEmpty({ kind, found }: Target, skipped: ReadonlySet<string>): boolean {
  if (kind !== 'folder' && kind !== 'pattern') return false;
  return found.every((each) => each.kind === 'ignored' || (each.kind === 'file' && skipped.has(each.shown)));
}

function describeEmpty({ kind, argument, found }: Target): string {
  const files = found.filter((each) => each.kind === 'file').length;
  const where = kind === 'pattern' ? `pattern "${argument}"` : `folder "${argument}"`;
  if (files === 0) {
    return kind === 'pattern'
      ? `${where} matches no file`
      : `${where} holds no .yaml, .yml or .json file that git and the ignore patterns let through; --allow-empty takes that`;
  }
  return `${where} holds no Kubernetes manifest: ${files} file${files === 1 ? '' : 's'} looked at, none with apiVersion and kind; --allow-empty takes that`;
}
