import type { Finding, Severity } from '../engine/finding.ts';
import type { Format } from './reporter.ts';
import { xml } from './xml.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'info',
  info: 'info',
};

/** The XML of Checkstyle, which review bots read. */
export const formatCheckstyle: Format = ({ findings, problems }) => {
  const files = new Map<string, string[]>();
  const add = (file: string, error: string): void => {
    const own = files.get(file);
    if (own === undefined) files.set(file, [error]);
    else own.push(error);
  };
  for (const finding of findings) if (finding.suppressed === undefined) add(finding.file, errorOf(finding));
  for (const problem of problems) {
    const text = problem.kind === 'unreadable' ? problem.reason : `rule ${problem.ruleId} failed: ${problem.message}`;
    add(problem.file, `    <error line="1" severity="error" message="${xml(text)}" source="kubesec-lint"/>\n`);
  }
  const body = [...files].map(([file, errors]) => `  <file name="${xml(file)}">\n${errors.join('')}  </file>\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="4.3">\n${body.join('')}</checkstyle>\n`;
};

function errorOf({ ruleId, severity, message, range: { start } }: Finding): string {
  return `    <error line="${start.line}" column="${start.column}" severity="${LEVELS[severity]}" message="${xml(message)}" source="kubesec-lint.${ruleId}"/>\n`;
}
