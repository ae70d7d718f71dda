import type { Severity } from '../engine/finding.ts';
import { plain } from './plain.ts';
import type { Format } from './reporter.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'notice',
  info: 'notice',
};

/** Workflow commands that GitHub Actions turns into annotations of a pull request. */
export const formatGithub: Format = function* ({ findings, problems }) {
  for (const { suppressed, file, range, severity, message, ruleId } of findings) {
    if (suppressed !== undefined) continue;
    const { start, end } = range;
    // GitHub knows columns on one line only.
    const columns = start.line === end.line ? `,col=${start.column},endColumn=${end.column}` : '';
    const properties = `file=${property(file)},line=${start.line},endLine=${end.line}${columns},title=${property(`${ruleId} (${severity})`)}`;
    yield `::${LEVELS[severity]} ${properties}::${data(message)}\n`;
  }
  for (const problem of problems) {
    const text = problem.kind === 'unreadable' ? problem.reason : `rule ${problem.ruleId} failed: ${problem.message}`;
    yield `::error file=${property(problem.file)}::${data(text)}\n`;
  }
};

/** Percent signs first: they are what the other two become. */
function data(text: string): string {
  return plain(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
