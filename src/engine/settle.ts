import { compare } from '../text/order.ts';
import type { Finding } from './finding.ts';
import { overridesOf } from './overrides.ts';
import type { Plan } from './plan.ts';
import type { AnyRule } from './rule.ts';
import { applySuppressions, type Directive, type SuppressionSettings } from './suppress.ts';

/**
 * The end of the pipe, and the only place that drops findings: those that another finding at the same node supersedes,
 * and those that came twice to the same place (an anchor used by several aliases). Then the configuration and the
 * suppressions have their say. Ordered by file, offset, rule id, so that the report does not depend on who ran first.
 *
 * Nothing of this reaches from one file into another, so it is done file by file.
 */
export function settle(
  findings: Iterable<Finding>,
  directives: Iterable<Directive>,
  plan: Plan,
  suppressions: SuppressionSettings,
): readonly Finding[] {
  const files = new Map<string, { readonly findings: Finding[]; readonly directives: Directive[] }>();
  const of = (file: string) => {
    let own = files.get(file);
    if (own === undefined) {
      own = { findings: [], directives: [] };
      files.set(file, own);
    }
    return own;
  };
  for (const finding of findings) of(finding.file).findings.push(finding);
  for (const directive of directives) of(directive.file).directives.push(directive);
  const losers = losersOf(plan.rules);
  const override = overridesOf(plan.config);
  const settled: Finding[] = [];
  for (const name of [...files.keys()].sort(compare)) {
    const own = files.get(name)!;
    const judged = override(dropSuperseded(dropRepeated(own.findings), losers));
    const all = own.directives.length === 0 ? judged : applySuppressions(judged, own.directives, suppressions);
    settled.push(...all.toSorted(byPlace));
  }
  return settled;
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

function dropRepeated(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings;
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = `${finding.ruleId}\n${finding.file}\n${finding.span.start}\n${finding.span.end}\n${finding.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Which rules a rule stands above, by id. */
function losersOf(rules: readonly AnyRule[]): ReadonlyMap<string, readonly string[]> {
  const losers = new Map<string, readonly string[]>();
  for (const rule of rules) if (rule.supersedes !== undefined) losers.set(rule.id, rule.supersedes);
  return losers;
}

function dropSuperseded(
  findings: readonly Finding[],
  losers: ReadonlyMap<string, readonly string[]>,
): readonly Finding[] {
  if (findings.length < 2) return findings;
  const superseded = new Set<string>();
  for (const finding of findings) {
    for (const loser of losers.get(finding.ruleId) ?? []) {
      superseded.add(`${loser}\n${nodeKey(finding)}`);
      superseded.add(`${loser}\n${placeKey(finding)}`);
    }
  }
  if (superseded.size === 0) return findings;
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
