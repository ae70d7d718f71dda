import type { SourceFile } from '../text/source-file.ts';
import type { Finding, Problem, SkippedFile } from './finding.ts';
import type { Plan } from './plan.ts';
import { DocumentStore, ProjectIndex } from './project-index.ts';
import type { Report } from './report.ts';
import type { EditsFor } from './reporter.ts';
import { createFileRunner, type FileResult } from './run-file.ts';
import { runProject } from './run-project.ts';
import { settle } from './settle.ts';
import type { SuppressionSettings } from './suppress.ts';

/** What reading the input yields, in a stable order: a text, a file that was set aside, or what kept us from reading. */
export type Source =
  | { readonly kind: 'text'; readonly file: SourceFile }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile }
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface LintInput {
  readonly sources: Iterable<Source>;
  /** Reads a file again whose text was let go. Throws where it is gone. */
  readonly reopen: (path: string) => SourceFile;
  readonly plan: Plan;
  /** Given where the report shows text edits. */
  readonly editsFor?: EditsFor;
  readonly suppressions: SuppressionSettings;
}

/** How many characters of source may be held parsed: enough for most runs to be parsed once, small beside the heap. */
const KEPT_TEXT = 24 * 1024 * 1024;

export interface OpenProject {
  readonly project: ProjectIndex;
  readonly results: readonly FileResult[];
  readonly problems: readonly Problem[];
  readonly skipped: readonly SkippedFile[];
}

/** The map phase over all sources, and the index of what they hold. */
export function openProject({ sources, reopen, plan, editsFor }: Omit<LintInput, 'suppressions'>): OpenProject {
  const store = new DocumentStore(reopen, KEPT_TEXT);
  const runner = createFileRunner(plan, editsFor);
  runner.onOpen = ({ file, documents }) => store.keep(file, documents);
  const results: FileResult[] = [];
  const problems: Problem[] = [];
  const skipped: SkippedFile[] = [];
  for (const source of sources) {
    if (source.kind === 'problem') problems.push(source.problem);
    else if (source.kind === 'skipped') skipped.push(source.skipped);
    else {
      const result = runner.run(source.file);
      if (result.skipped === undefined) results.push(result);
      else skipped.push(result.skipped);
      problems.push(...result.problems);
    }
  }
  return { project: new ProjectIndex(results, plan, store), results, problems, skipped };
}

/** From sources to the report: map, index, reduce, settle. Neither prints nor exits. */
export function lint(input: LintInput): Report {
  const { plan } = input;
  const { project, results, problems, skipped } = openProject(input);
  const reduced = runProject(project, plan, input.editsFor);
  const found: Finding[] = [...results.flatMap(({ findings }) => findings), ...reduced.findings];
  const directives = results.flatMap((result) => result.directives);
  const findings = settle(found, directives, plan, input.suppressions);
  return {
    kubernetesVersion: plan.version,
    findings,
    skipped,
    problems: [...problems, ...reduced.problems],
    rules: plan.rules,
    summary: {
      files: results.length,
      documents: results.reduce((sum, { documents }) => sum + documents, 0),
      resources: project.resources.length,
      skippedFiles: skipped.length,
    },
    source(file) {
      try {
        return input.reopen(file);
      } catch {
        // Gone since it was linted: the report then shows no lines of it.
        return undefined;
      }
    },
  };
}
