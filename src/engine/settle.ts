import type { Finding } from './finding.ts';
import { applyOverrides } from './overrides.ts';
import type { Plan } from './plan.ts';
import type { AnyRule } from './rule.ts';
import { applySuppressions, type Directive, type SuppressionSettings } from './suppress.ts';

/**
 * The end of the pipe, and the only place that drops findings: those that another finding at the same node supersedes,
 * and those that came twice to the same place (an anchor used by several aliases). Then the configuration and the
 * suppressions have their say. Ordered by file, offset, rule id, so that the report does not depend on who ran first.
 */
export function settle(
  findings: readonly Finding[],
  directives: readonly Directive[],
  plan: Plan,
  suppressions: SuppressionSettings,
): readonly Finding[] {
  const single = dropSuperseded(dropRepeated(findings), plan.rules);
  const judged = applySuppressions(applyOverrides(single, plan.config), directives, suppressions);
  return [...judged].sort(byPlace);
}

export function byPlace(a: Finding, b: Finding): number {
  return (
    compare(a.file, b.file) ||
    a.span.start - b.span.start ||
    compare(a.ruleId, b.ruleId) ||
    a.span.end - b.span.end ||
    compare(a.message, b.message)
  );
}

function dropRepeated(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = `${finding.ruleId}\n${finding.file}\n${finding.span.start}\n${finding.span.end}\n${finding.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function dropSuperseded(findings: Finding[], rules: readonly AnyRule[]): Finding[] {
  const superseded = new Set<string>();
  const losers = new Map<string, readonly string[]>();
  for (const rule of rules) if (rule.supersedes !== undefined) losers.set(rule.id, rule.supersedes);
  if (losers.size === 0) return findings;
  for (const finding of findings) {
    for (const loser of losers.get(finding.ruleId) ?? []) {
      superseded.add(`${loser}\n${nodeKey(finding)}`);
      superseded.add(`${loser}\n${placeKey(finding)}`);
    }
  }
  return findings.filter(
    (finding) =>
      !superseded.has(`${finding.ruleId}\n${nodeKey(finding)}`) &&
      !superseded.has(`${finding.ruleId}\n${placeKey(finding)}`),
  );
}

function nodeKey({ file, document, resource, path }: Finding): string {
  return `${file}\n${document}\n${resource?.kind}\n${resource?.namespace}\n${resource?.name}\n${path}`;
}

function placeKey({ file, span }: Finding): string {
  return `${file}@${span.start}-${span.end}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
