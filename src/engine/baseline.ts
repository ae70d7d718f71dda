import type { Finding } from './finding.ts';
import type { Report } from './report.ts';

/** Findings that were there when the baseline was written. Equal ones stand as often as there were. */
export interface Baseline {
  readonly findings: readonly BaselineEntry[];
}

export interface BaselineEntry {
  readonly fingerprint: string;
  /** For the reader of the file; what counts is the fingerprint. */
  readonly ruleId: string;
  readonly file: string;
}

export function baselineOf({ findings }: Report): Baseline {
  return {
    findings: findings
      .filter(({ suppressed }) => suppressed === undefined)
      .map(({ fingerprint, ruleId, file }) => ({ fingerprint, ruleId, file })),
  };
}

/** Marks what the baseline holds as suppressed; `gone` are its findings that are no more. */
export function applyBaseline(
  report: Report,
  baseline: Baseline,
): { readonly report: Report; readonly gone: readonly BaselineEntry[] } {
  const held = new Map<string, BaselineEntry[]>();
  for (const entry of baseline.findings) {
    const own = held.get(entry.fingerprint);
    if (own === undefined) held.set(entry.fingerprint, [entry]);
    else own.push(entry);
  }
  const findings = report.findings.map((finding): Finding => {
    if (finding.suppressed !== undefined || held.get(finding.fingerprint)?.pop() === undefined) return finding;
    return { ...finding, suppressed: { by: 'baseline', reason: undefined } };
  });
  return { report: { ...report, findings }, gone: [...held.values()].flat() };
}
