import type { SourceFile } from '../text/source-file.ts';
import type { Plan } from './plan.ts';
import { type Report, sourceOf } from './report.ts';

/** A report as JSON, to be shown again where nothing has changed. What follows from the plan is left out. */
export function encodeReport({ findings, skipped, problems, summary }: Report): string {
  return JSON.stringify({ findings, skipped, problems, summary });
}

export function decodeReport(text: string, plan: Plan, reopen: (path: string) => SourceFile): Report {
  // Written by `encodeReport` of this very build, and held to its checksum.
  const kept = JSON.parse(text) as Pick<Report, 'findings' | 'skipped' | 'problems' | 'summary'>;
  return { kubernetesVersion: plan.version, rules: plan.rules, source: sourceOf(reopen), ...kept };
}
