import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { applyBaseline, type Baseline, type BaselineEntry, baselineOf } from '../engine/baseline.ts';
import type { Report } from '../engine/report.ts';
import type { Arguments } from './args.ts';
import { type Terminal, UsageError } from './command.ts';
import { writeTo } from './output.ts';

/** The report without what `--baseline` holds, after `--write-baseline` has written what it is to hold from now on. */
export function withBaseline(report: Report, args: Arguments, terminal: Terminal): Report {
  const target = args.value('write-baseline');
  if (target !== undefined) {
    const baseline = baselineOf(report);
    writeTo(target, encode(baseline), terminal);
    return applyBaseline(report, baseline).report;
  }
  const source = args.value('baseline');
  if (source === undefined) return report;
  const judged = applyBaseline(report, readBaseline(source, terminal.cwd));
  const { length } = judged.gone;
  if (length > 0) {
    terminal.err(
      `kubesec-lint: ${length} of the findings in ${source} ${length === 1 ? 'is' : 'are'} gone; --write-baseline renews it\n`,
    );
  }
  return judged.report;
}

/** A line a finding, so that a change of the file shows what changed. */
function encode({ findings }: Baseline): string[] {
  const lines = findings.map((entry) => JSON.stringify(entry)).join(',\n');
  return [`{"kubesecLintBaseline":1,"findings":[\n${lines}\n]}\n`];
}

function readBaseline(file: string, cwd: string): Baseline {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const baseline = parseBaseline(text);
  if (baseline === undefined) throw new UsageError(`${file} is no baseline; --write-baseline ${file} makes one`);
  return baseline;
}

function parseBaseline(text: string): Baseline | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told as what it is: no baseline.
    return undefined;
  }
  if (
    typeof value !== 'object' ||
    value === null ||
    !('kubesecLintBaseline' in value) ||
    value.kubesecLintBaseline !== 1
  )
    return undefined;
  if (!('findings' in value) || !Array.isArray(value.findings)) return undefined;
  const isEntry = (entry: unknown): entry is BaselineEntry =>
    typeof entry === 'object' && entry !== null && 'fingerprint' in entry && typeof entry.fingerprint === 'string';
  return value.findings.every(isEntry) ? { findings: value.findings } : undefined;
}
