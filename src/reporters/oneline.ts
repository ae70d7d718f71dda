import { plain } from './plain.ts';
import type { Format } from './reporter.ts';

/** `file:line:column: severity: message [rule]`, as compilers print it and editors read it. */
export const formatOneline: Format = ({ findings, problems }) => {
  const lines = findings
    .filter(({ suppressed }) => suppressed === undefined)
    .map(({ file, range: { start }, severity, message, ruleId }) => {
      return `${plain(file)}:${start.line}:${start.column}: ${severity}: ${plain(message)} [${ruleId}]\n`;
    });
  for (const problem of problems) {
    lines.push(
      problem.kind === 'unreadable'
        ? `${plain(problem.file)}: unreadable: ${plain(problem.reason)}\n`
        : `${plain(problem.file)}: defect: rule ${problem.ruleId} failed: ${plain(problem.message)}\n`,
    );
  }
  return lines.join('');
};
