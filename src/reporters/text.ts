import { type Finding, SEVERITIES } from '../engine/finding.ts';
import { countBySeverity, type Report } from '../engine/report.ts';
import type { ResourceId } from '../k8s/resource.ts';
import type { SourceFile } from '../text/source-file.ts';
import { codeFrame } from './code-frame.ts';
import { type Paint, paint } from './color.ts';
import { plain } from './plain.ts';
import type { Format, ReportOptions } from './reporter.ts';

/** For people: findings by file with the line they are about, what to write instead, and a last line that sums up. */
export const formatText: Format = function* (report, options) {
  const colors = paint(options.color);
  const advised = new Set<string>();
  let file: string | undefined;
  let object: string | undefined;
  let source: SourceFile | undefined;
  for (const finding of report.findings) {
    if (finding.suppressed !== undefined) continue;
    const lines: string[] = [];
    if (finding.file !== file) {
      file = finding.file;
      source = report.source(file);
      object = undefined;
      lines.push(colors.file(plain(file)), '');
    }
    const described = describeObject(finding.resource);
    if (described !== object) {
      object = described;
      if (described !== '') lines.push(`  ${colors.strong(plain(described))}`);
    }
    pushFinding(lines, finding, source, options, colors);
    const advice = adviceFor(finding, report, options, advised);
    if (advice !== undefined) lines.push(`    ${colors.good('→')} ${advice}`);
    yield `${lines.join('\n')}\n\n`;
  }
  for (const problem of report.problems) yield `${describeProblem(problem, colors).join('\n')}\n`;
  yield `${summarize(report, colors)}\n`;
};

/** `3 files, 9 resources: 1 critical, 2 medium; 1 suppressed; 2 files skipped: 2 Helm templates`. */
export function summarize(report: Report, colors: Paint = paint(false)): string {
  const { findings, summary, skipped } = report;
  const counts = countBySeverity(findings);
  const found = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) =>
    colors.severity(severity, `${counts[severity]} ${severity}`),
  );
  const suppressed = findings.filter((finding) => finding.suppressed !== undefined).length;
  const looked = `${count(summary.files, 'file')}, ${count(summary.resources, 'resource')}`;
  const parts = [
    `${looked}: ${found.length === 0 ? colors.good('no findings') : found.join(', ')}`,
    ...(suppressed === 0 ? [] : [`${suppressed} suppressed`]),
    ...(skipped.length === 0 ? [] : [`${count(skipped.length, 'file')} skipped: ${skippedByReason(report)}`]),
    ...(summary.unknownKinds === undefined ? [] : [`no schema for ${listKinds(summary.unknownKinds)}`]),
  ];
  return parts.join('; ');
}

function listKinds(kinds: readonly string[]): string {
  const shown = kinds.slice(0, 5).map(plain).join(', ');
  return kinds.length > 5 ? `${shown} and ${kinds.length - 5} more kinds` : shown;
}

function skippedByReason({ skipped }: Report): string {
  const reasons = new Map<string, number>();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return [...reasons]
    .map(([reason, times]) => `${times} ${times > 1 && reason === 'Helm template' ? 'Helm templates' : plain(reason)}`)
    .join(', ');
}

function pushFinding(
  lines: string[],
  finding: Finding,
  source: SourceFile | undefined,
  options: ReportOptions,
  colors: Paint,
): void {
  const { range, severity, message, ruleId } = finding;
  const place = `${range.start.line}:${range.start.column}`;
  lines.push(
    `  ${colors.faint(place)}  ${colors.severity(severity, severity)}  ${plain(message)}  ${colors.faint(ruleId)}`,
  );
  const frame = source === undefined ? undefined : codeFrame(source, finding, options.width - 12);
  if (frame !== undefined) {
    const number = String(frame.lineNumber);
    const gutter = ' '.repeat(number.length);
    lines.push(`    ${colors.faint(`${number} │`)} ${frame.line}`);
    lines.push(`    ${colors.faint(`${gutter} │`)} ${colors.severity(severity, frame.marks)}`);
  }
  for (const related of finding.related) {
    const at = `${plain(related.file)}:${related.range.start.line}:${related.range.start.column}`;
    lines.push(`    ${colors.faint(`↳ ${at}`)} ${plain(related.message)}`);
  }
}

/** The same advice is given once: at the first finding of its rule. */
function adviceFor(finding: Finding, report: Report, options: ReportOptions, advised: Set<string>): string | undefined {
  const { ruleId, fix } = finding;
  if (advised.has(ruleId)) return undefined;
  advised.add(ruleId);
  if (fix !== undefined) return plain(fix.title);
  const rule = report.rules.find(({ id }) => id === ruleId);
  return rule === undefined ? undefined : plain(options.firstStepOf(rule).replaceAll('`', ''));
}

/** `Deployment web/api`. */
function describeObject(resource: ResourceId | undefined): string {
  if (resource === undefined) return '';
  const { kind, namespace, name } = resource;
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`.trim();
}

function describeProblem(problem: Report['problems'][number], colors: Paint): readonly string[] {
  const file = plain(problem.file);
  if (problem.kind === 'unreadable') {
    return [`${colors.file(file)}`, '', `  ${colors.severity('high', 'unreadable')}  ${plain(problem.reason)}`, ''];
  }
  const where = problem.file === '' ? '' : ` on ${file}`;
  const stack = problem.stack.split('\n').map((line) => `    ${plain(line)}`);
  return [
    `  ${colors.severity('critical', 'defect')}  rule ${problem.ruleId} failed${where}; this is a fault of kubesec-lint`,
    ...stack,
    '',
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
