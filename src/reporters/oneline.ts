import { plain } from './plain.ts';
import type { Format } from './reporter.ts';

/** `file:line:column: severity: message [rule]`, as compilers print it and editors read it. */
export const formatOneline: Format = function* ({ findings, problems }) {
  for (const { suppressed, file, range, severity, message, ruleId } of findings) {
    if (suppressed !== undefined) continue;
    const { start } = range;
    yield `${plain(file)}:${start.line}:${start.column}: ${severity}: ${plain(message)} [${ruleId}]\n`;
  }
  for (const problem of problems) {
    yield problem.kind === 'unreadable'
      ? `${plain(problem.file)}: unreadable: ${plain(problem.reason)}\n`
      : `${plain(problem.file)}: defect: rule ${problem.ruleId} failed: ${plain(problem.message)}\n`;
  }
};
