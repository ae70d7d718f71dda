import { reduce, type Source, storeFor } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import { exitStatus, type Report } from '../engine/report.ts';
import { decodeReport, encodeReport } from '../engine/report-text.ts';
import type { EditsFor } from '../engine/reporter.ts';
import { encodeShard, type Shard } from '../engine/shard.ts';
import { suppressionSettings } from '../engine/suppress.ts';
import type { Target } from '../input/discover.ts';
import { plain } from '../reporters/plain.ts';
import { editsFor } from '../yaml/edit.ts';
import { type Arguments, describeOptions, type OptionSpecs, parseArguments } from './args.ts';
import { withBaseline } from './baseline.lazy.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { runFixes } from './fix.lazy.ts';
import { type FormatRequest, requestedFormats } from './formats.ts';
import { mapInThreads } from './jobs.lazy.ts';
import {
  MAPPING_OPTIONS,
  mapInput,
  orderIn,
  type Part,
  reportParts,
  requestedCache,
  requestedShard,
  requestedThreads,
  resultKey,
} from './mapping.ts';
import { openInput } from './open.ts';
import { OUTPUT_OPTIONS, today, writeOut, writeReports, writeTo } from './output.ts';
import { Progress } from './progress.ts';
import { readSettings, SETTINGS_OPTIONS, type Settings } from './settings.ts';
import { startTiming } from './timing.lazy.ts';

export const LINT_OPTIONS = {
  ...OUTPUT_OPTIONS,
  ...SETTINGS_OPTIONS,
  'allow-empty': { text: 'a folder or pattern without any manifest is no error' },
  fix: { text: 'write fixes that keep what the manifests do into the files' },
  hardening: { text: 'with --fix or --fix-dry-run, also those that a program could notice' },
  'fix-dry-run': { text: 'print what --fix would change as a unified diff' },
  baseline: { value: 'FILE', text: 'report only what this baseline does not hold' },
  'write-baseline': { value: 'FILE', text: 'write what is found to a baseline, to be reported no more' },
  'new-since': { value: 'GIT_REF', text: 'not there yet', later: true },
  render: { value: 'auto|never', text: 'not there yet', later: true },
  ...MAPPING_OPTIONS,
  verbose: { text: 'name the files that were skipped, and why' },
  timing: { text: 'say on standard error where the time went, and what was loaded' },
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
    const timing = args.has('timing') ? startTiming() : undefined;
    const lap = timing?.lap;
    const requests = requestedFormats(args);
    const settings = readSettings(args, terminal);
    const plan = compile(settings.rules, settings.config);
    const shard = requestedShard(args);
    const wanted = wantedEdits(requests, shard);
    const cache = requestedCache(args, plan, wanted, terminal);
    lap?.('start');
    const input = openInput(args, settings, terminal, { ...(cache === undefined ? {} : { known: cache }), ...shard });
    lap?.('discover');
    const suppressions = suppressionSettings(plan, settings.rules, () => today(terminal));
    if (args.has('fix') || args.has('fix-dry-run')) {
      const report = runFixes({ plan, input, suppressions }, args, terminal);
      return report === undefined
        ? 0
        : conclude({ report, targets: input.targets, requests, settings }, args, terminal);
    }
    const progress = new Progress(terminal, args.has('quiet'), input.targets);
    const store = storeFor(input);
    const threads = requestedThreads(args, plan, input.found, cache);
    const mapSome = (sources: Iterable<Source>, orderOf: (nth: number) => number) =>
      mapInput(watched(sources, progress), { plan, editsFor: wanted, lap }, store, orderOf, cache);
    const mapped =
      threads === 1
        ? mapSome(input.sources, orderIn(shard))
        : mapInThreads({ argv, found: input.found, withEdits: wanted !== undefined }, threads, (own) =>
            mapSome(input.sourcesOf(own.found), own.orderOf),
          );
    if (threads > 1) lap?.('threads');
    if (shard !== undefined) {
      progress.clear();
      writeShard({ ...shard, planKey: resultKey(plan, wanted), mapped }, args, terminal);
      return 0;
    }
    const parts = cache === undefined ? undefined : reportParts(mapped, plan, today(terminal));
    const kept = parts === undefined ? undefined : cache?.report(parts);
    const report =
      kept === undefined
        ? reduce(
            mapped,
            {
              plan,
              reopen: input.reopen,
              ...(wanted === undefined ? {} : { editsFor: wanted }),
              suppressions,
              lap,
            },
            store,
          )
        : decodeReport(kept, plan, input.reopen);
    if (parts !== undefined && kept === undefined) cache?.keepReport(parts, encodeReport(report));
    progress.clear();
    const status = conclude({ report, targets: input.targets, requests, settings }, args, terminal);
    lap?.('write');
    if (timing !== undefined) terminal.err(timing.report(store.parsedAgain));
    return status;
  },
};

interface Conclusion {
  readonly report: Report;
  readonly targets: readonly Target[];
  readonly requests: readonly FormatRequest[];
  readonly settings: Settings;
}

/** Writes what was asked for and says how it ended. */
function conclude(
  { report: found, targets, requests, settings }: Conclusion,
  args: Arguments,
  terminal: Terminal,
): number {
  const wantsBaseline = args.has('baseline') || args.has('write-baseline');
  const report = wantsBaseline ? withBaseline(found, args, terminal) : found;
  writeReports(requests, report, args, terminal);
  if (args.has('verbose'))
    for (const { file, reason } of report.skipped) terminal.err(`skipped ${plain(file)}: ${plain(reason)}\n`);
  const skipped = new Set(report.skipped.map(({ file }) => file));
  const empty = args.has('allow-empty') ? [] : targets.filter((target) => isEmpty(target, skipped));
  for (const target of empty) terminal.err(`kubesec-lint: ${describeEmpty(target)}\n`);
  const status = exitStatus(report, settings.config.failOn);
  return status === 3 || empty.length === 0 ? status : 2;
}

/** JSON and SARIF carry text edits, and a shard may become either; the other formats name the fix. */
function wantedEdits(requests: readonly FormatRequest[], shard: Part | undefined): EditsFor | undefined {
  return shard !== undefined || requests.some(({ name }) => name === 'json' || name === 'sarif') ? editsFor : undefined;
}

function writeShard(shard: Shard, args: Arguments, terminal: Terminal): void {
  if (args.has('format')) throw new UsageError('a shard has no format of its own; give --format to kubesec-lint merge');
  const file = args.value('output');
  if (file === undefined) writeOut(encodeShard(shard), terminal);
  else writeTo(file, encodeShard(shard), terminal);
}

function* watched(sources: Iterable<Source>, progress: Progress): Iterable<Source> {
  for (const source of sources) {
    progress.step();
    yield source;
  }
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
