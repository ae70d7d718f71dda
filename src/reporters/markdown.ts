import { SEVERITIES } from '../engine/finding.ts';
import { countBySeverity } from '../engine/report.ts';
import { plain } from './plain.ts';
import type { Format } from './reporter.ts';
import { summarize } from './text.ts';

/** A table for comments on pull requests and for job summaries. */
export const formatMarkdown: Format = (report) => {
  const findings = report.findings.filter(({ suppressed }) => suppressed === undefined);
  const counts = countBySeverity(findings);
  const head = SEVERITIES.filter((severity) => counts[severity] > 0).map(
    (severity) => `**${counts[severity]} ${severity}**`,
  );
  const rows = findings.map(({ file, range: { start }, severity, message, ruleId }) => {
    return `| ${severity} | ${cell(`${file}:${start.line}`)} | ${cell(message)} | ${cell(ruleId)} |`;
  });
  const table = rows.length === 0 ? [] : ['| | place | finding | rule |', '|---|---|---|---|', ...rows, ''];
  const problems = report.problems.map((problem) =>
    problem.kind === 'unreadable'
      ? `- ${cell(problem.file)} cannot be read: ${cell(problem.reason)}`
      : `- rule ${cell(problem.ruleId)} failed: ${cell(problem.message)}`,
  );
  const title = `## kubesec-lint: ${head.length === 0 ? 'no findings' : head.join(', ')}`;
  return `${[title, '', ...table, ...(problems.length === 0 ? [] : [...problems, '']), summarize(report)].join('\n')}\n`;
};

/** Nothing of a manifest is markup, a link or a mention. */
function cell(text: string): string {
  return plain(text).replaceAll(/[\\`*_{}[\]<>()#+!|~@&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
