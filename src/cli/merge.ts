import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reduce, storeFor } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import { exitStatus } from '../engine/report.ts';
import { decodeShard, joinShards, type Shard } from '../engine/shard.ts';
import { suppressionSettings } from '../engine/suppress.ts';
import { reopenShown } from '../input/read.ts';
import { editsFor } from '../yaml/edit.ts';
import { describeOptions, type OptionSpecs, parseArguments } from './args.ts';
import { type Command, UsageError } from './command.ts';
import { requestedFormats } from './formats.ts';
import { resultKey } from './mapping.ts';
import { OUTPUT_OPTIONS, today, writeReports } from './output.ts';
import { readSettings, SETTINGS_OPTIONS } from './settings.ts';

const MERGE_OPTIONS = {
  ...OUTPUT_OPTIONS,
  ...SETTINGS_OPTIONS,
  help: { short: 'h', text: 'this page' },
} as const satisfies OptionSpecs;

export const command: Command = {
  get help() {
    return `kubesec-lint merge REPORT…

Joins what kubesec-lint --shard I/N wrote for every part into the report of a single run, rules that look at the whole
input included. Run it in the same folder, over the same files and with the same settings as the shards.

${describeOptions(MERGE_OPTIONS)}`;
  },
  run(argv, terminal) {
    const args = parseArguments(argv, MERGE_OPTIONS);
    const requests = requestedFormats(args);
    const settings = readSettings(args, terminal);
    const plan = compile(settings.rules, settings.config);
    if (args.positionals.length === 0) throw new UsageError('merge needs the reports of the shards');
    const shards = args.positionals.map((path) => readShard(path, terminal.cwd));
    const key = resultKey(plan, editsFor);
    const strange = shards.find(({ planKey }) => planKey !== key);
    if (strange !== undefined) {
      throw new UsageError(`part ${strange.part} was made by another version or with other settings than these`);
    }
    const reopen = reopenShown(terminal.cwd);
    const suppressions = suppressionSettings(plan, settings.rules, () => today(terminal));
    const report = reduce(joined(shards), { plan, reopen, editsFor, suppressions }, storeFor({ reopen }));
    writeReports(requests, report, args, terminal);
    return exitStatus(report, settings.config.failOn);
  },
};

function readShard(path: string, cwd: string): Shard {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return decodeShard(text);
  } catch (error) {
    throw new UsageError(
      `${path} ${error instanceof SyntaxError ? 'is cut off or damaged' : (error as Error).message}`,
    );
  }
}

function joined(shards: readonly Shard[]) {
  try {
    return joinShards(shards);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
