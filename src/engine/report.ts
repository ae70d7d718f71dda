import type { KubeVersion } from '../k8s/version.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Finding, Problem, Severity, SkippedFile } from './finding.ts';
import { SEVERITIES } from './finding.ts';
import type { AnyRule } from './rule.ts';

/** The answer of one run. It depends on the input and the settings alone: no times, no machine. */
export interface Report {
  readonly kubernetesVersion: KubeVersion;
  /** Ordered by file, offset, rule id; suppressed ones are among them. */
  readonly findings: readonly Finding[];
  /** Files that were looked at and are no manifests. */
  readonly skipped: readonly SkippedFile[];
  readonly problems: readonly Problem[];
  /** The rules that were run; every finding's rule is among them. */
  readonly rules: readonly AnyRule[];
  readonly summary: ReportSummary;
  /** The text behind a finding, for code frames and snippets. Read again when it was let go; undefined when it is gone. */
  source(file: string): SourceFile | undefined;
}

export interface ReportSummary {
  /** Files that hold at least one document of ours; skipped ones are counted apart. */
  readonly files: number;
  readonly documents: number;
  readonly resources: number;
  readonly skippedFiles: number;
  /** GroupKinds without a schema: their objects were not held to any. Left out where the schema rules did not run. */
  readonly unknownKinds?: readonly string[];
}

/** A file that is gone since it was linted has no text: the report then shows no lines of it. */
export function sourceOf(reopen: (path: string) => SourceFile): Report['source'] {
  return (file) => {
    try {
      return reopen(file);
    } catch {
      return undefined;
    }
  };
}

/** Findings that count, by severity: suppressed ones do not. */
export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const finding of findings) if (finding.suppressed === undefined) counts[finding.severity]++;
  return counts;
}

/** Whether `severity` is as grave as `threshold` or graver. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

/** The exit status that a report means: see `docs/ci.md`. */
export function exitStatus(report: Report, failOn: Severity | 'never'): 0 | 1 | 2 | 3 {
  if (report.problems.some((problem) => problem.kind === 'rule-crash')) return 3;
  if (report.problems.length > 0) return 2;
  if (failOn === 'never') return 0;
  const failing = report.findings.some(
    ({ suppressed, severity }) => suppressed === undefined && atLeast(severity, failOn),
  );
  return failing ? 1 : 0;
}
