import type { Finding, Problem } from './finding.ts';
import type { Plan } from './plan.ts';
import type { ProjectIndex } from './project-index.ts';
import { type EditsFor, Reporter } from './reporter.ts';

/** The reduce phase: the checks that look at the input as a whole. */
export function runProject(
  project: ProjectIndex,
  plan: Plan,
  editsFor: EditsFor | undefined,
): { readonly findings: readonly Finding[]; readonly problems: readonly Problem[] } {
  const reporter = new Reporter(plan, editsFor);
  reporter.resourceOf = (node) => project.resourceOf(node);
  for (const planned of plan.projectChecks) {
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
