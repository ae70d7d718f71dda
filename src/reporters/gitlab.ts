import type { Severity } from '../engine/finding.ts';
import { plain, plainJson } from './plain.ts';
import type { Format } from './reporter.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  critical: 'blocker',
  high: 'critical',
  medium: 'major',
  low: 'minor',
  info: 'info',
};

/** The Code Quality report of GitLab, shown in merge requests. */
export const formatGitlab: Format = ({ findings }) => {
  const seen = new Map<string, number>();
  const issues = findings
    .filter(({ suppressed }) => suppressed === undefined)
    .map(({ ruleId, severity, message, file, range: { start, end }, fingerprint }) => {
      // GitLab shows one issue a fingerprint.
      const count = seen.get(fingerprint) ?? 0;
      seen.set(fingerprint, count + 1);
      return {
        description: plain(message),
        check_name: ruleId,
        fingerprint: count === 0 ? fingerprint : `${fingerprint}-${count}`,
        severity: LEVELS[severity],
        location: { path: file, lines: { begin: start.line, end: end.line } },
      };
    });
  return plainJson(`${JSON.stringify(issues, null, 2)}\n`);
};
