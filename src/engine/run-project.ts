import type { Finding, Problem } from './finding.ts';
import type { Plan, PlannedCheck } from './plan.ts';
import type { ProjectIndex } from './project-index.ts';
import { type FixDetail, Reporter } from './reporter.ts';

/** The reduce phase: the checks that look at the input as a whole. */
export function runProject(
  project: ProjectIndex,
  plan: Plan,
  fixes: FixDetail,
): { readonly findings: readonly Finding[]; readonly problems: readonly Problem[] } {
  const reporter = new Reporter(plan, fixes);
  reporter.resourceOf = (node) => project.resourceOf(node);
  for (const planned of plan.projectChecks) {
    if (!hasSubject(planned, project)) continue;
    const before = reporter.findings.length;
    try {
      planned.check(project as never, reporter.contextFor(planned) as never);
    } catch (error) {
      reporter.findings.length = before;
      reporter.crash(planned.rule.id, '', error);
    }
  }
  return { findings: reporter.findings, problems: reporter.problems };
}

/** A rule about kinds that the input does not hold, or about a fact that kept nothing, need not even be loaded. */
function hasSubject({ rule, options }: PlannedCheck, project: ProjectIndex): boolean {
  const { kinds, facts } = rule;
  if (kinds !== undefined && !kinds.some((kind) => project.ofKind(kind).length > 0)) return false;
  if (rule.when?.(project, options as never) === false) return false;
  const [sole, ...others] = facts ?? [];
  return sole === undefined || others.length > 0 || project.hasCollected(sole);
}
