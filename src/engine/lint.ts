import { groupKind } from '../k8s/resource.ts';
import { kindsWithoutSchema } from '../k8s/schema/coverage.ts';
import { type SchemaFiles, schemaFor } from '../k8s/schema/file-schema.ts';
import type { SourceFile } from '../text/source-file.ts';
import { customKindsFact } from './facts/custom-kinds.ts';
import type { Finding, Problem, SkippedFile } from './finding.ts';
import type { Lap } from './phases.ts';
import type { Plan } from './plan.ts';
import { DocumentStore, ProjectIndex } from './project-index.ts';
import { type Report, sourceOf } from './report.ts';
import type { FixDetail } from './reporter.ts';
import { createFileRunner, type FileResult } from './run-file.ts';
import { runProject } from './run-project.ts';
import { settle } from './settle.ts';
import type { SuppressionSettings } from './suppress.ts';

/** What reading the input yields, in a stable order: a text, a file that was set aside, or what kept us from reading. */
export type Source =
  | { readonly kind: 'text'; readonly file: SourceFile /** By which a cache knows it. */; readonly key?: string }
  /** Linted before with the same settings and the same content; decoded when someone looks. */
  | { readonly kind: 'known'; readonly key: string; readonly result: () => FileResult }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** What became of one source. */
export type Outcome =
  | { readonly kind: 'result'; readonly key?: string; readonly result: FileResult }
  | { readonly kind: 'known'; readonly key: string; readonly result: () => FileResult }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** The map phase of the input, or of a part of it: plain data, each outcome with its number in the whole input. */
export interface Mapped {
  readonly outcomes: readonly { readonly order: number; readonly outcome: Outcome }[];
}

export interface LintInput extends FixDetail {
  readonly sources: Iterable<Source>;
  /** Reads a file again whose text was let go. Throws where it is gone. */
  readonly reopen: (path: string) => SourceFile;
  readonly plan: Plan;
  readonly suppressions: SuppressionSettings;
  /** Told where the time goes. */
  readonly lap?: Lap | undefined;
}

/**
 * How many characters of source may be held parsed, for the few findings about the whole input whose place the map
 * phase did not keep. A tree takes some six times the memory of its text, and what is kept is moved about by every
 * collection.
 */
const KEPT_TEXT = 1024 * 1024;

/** From sources to the report: map, index, reduce, settle. Neither prints nor exits. */
export function lint(input: LintInput): Report {
  const store = storeFor(input);
  return reduce(mapSources(input, store), input, store);
}

/** The input as the analyses of `network`, `rbac` and the like see it. */
export function openProject(input: Omit<LintInput, 'suppressions'>): OpenProject {
  const store = storeFor(input);
  const mapped = mapSources(input, store);
  const { results, problems, skipped } = sortOutcomes(mapped);
  return { project: new ProjectIndex(results, input.plan, store), results, problems, skipped };
}

export interface OpenProject {
  readonly project: ProjectIndex;
  readonly results: readonly FileResult[];
  readonly problems: readonly Problem[];
  readonly skipped: readonly SkippedFile[];
}

export function storeFor({ reopen }: Pick<LintInput, 'reopen'>, keptText = KEPT_TEXT): DocumentStore {
  return new DocumentStore(reopen, keptText);
}

export interface MapOptions {
  /** The number that the nth source has in the whole input, of which it may be a part. */
  readonly orderOf: (nth: number) => number;
  /** Called with what was linted anew. */
  readonly onResult?: (key: string | undefined, result: FileResult) => void;
}

/** The map phase: each source by itself. */
export function mapSources(
  { sources, plan, lap, ...fixes }: Pick<LintInput, 'sources' | 'plan' | 'lap' | keyof FixDetail>,
  store: DocumentStore,
  { orderOf, onResult }: MapOptions = { orderOf: (nth) => nth },
): Mapped {
  const runner = createFileRunner(plan, fixes, lap);
  runner.onOpen = ({ file, documents }) => store.keep(file, documents);
  const outcomes: Mapped['outcomes'][number][] = [];
  for (const source of sources) {
    lap?.('read');
    outcomes.push({ order: orderOf(outcomes.length), outcome: outcomeOf(source) });
    lap?.('rules');
  }
  return { outcomes };

  function outcomeOf(source: Source): Outcome {
    if (source.kind !== 'text') return source;
    const { key } = source;
    const result = runner.run(source.file);
    onResult?.(key, result);
    return key === undefined ? { kind: 'result', result } : { kind: 'result', key, result };
  }
}

/** The reduce phase: what needs the whole input, and the end of the pipe. */
export function reduce(mapped: Mapped, input: Omit<LintInput, 'sources'>, store: DocumentStore): Report {
  const { plan, lap } = input;
  const { results, problems, skipped } = sortOutcomes(mapped);
  const project = new ProjectIndex(results, plan, store);
  const reduced = runProject(project, plan, input);
  lap?.('project');
  const findings = settle(
    everyFinding(results, reduced.findings),
    results.flatMap((result) => result.directives),
    plan,
    input.suppressions,
  );
  lap?.('settle');
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
      ...unknownKinds(project, plan),
    },
    source: sourceOf(input.reopen),
  };
}

function* everyFinding(results: readonly FileResult[], reduced: readonly Finding[]): Iterable<Finding> {
  for (const { findings } of results) yield* findings;
  yield* reduced;
}

/** Honest about custom resources: what has no schema was not checked against one. */
function unknownKinds(project: ProjectIndex, plan: Plan): { readonly unknownKinds?: readonly string[] } {
  if (!plan.facts.includes(customKindsFact) || !project.hasCollected(customKindsFact)) return {};
  const { kinds, resources } = project.fact(customKindsFact);
  const planned = plan.planned.find(({ rule }) => rule.id === 'schema-custom-resource');
  const { schemas } = (planned?.options ?? {}) as { readonly schemas?: SchemaFiles['schemas'] };
  const unknown = kindsWithoutSchema(
    resources.map(({ head }) => head),
    ({ group, version, kind }) =>
      kinds.has(groupKind(group, kind)) || schemaFor(schemas ?? {}, group, version, kind) !== undefined,
  );
  return unknown.length === 0 ? {} : { unknownKinds: unknown };
}

function sortOutcomes({ outcomes }: Mapped): Pick<OpenProject, 'results' | 'problems' | 'skipped'> {
  const results: FileResult[] = [];
  const problems: Problem[] = [];
  const skipped: SkippedFile[] = [];
  for (const { outcome } of outcomes) {
    if (outcome.kind === 'problem') problems.push(outcome.problem);
    else if (outcome.kind === 'skipped') skipped.push(outcome.skipped);
    else {
      const result = outcome.kind === 'known' ? outcome.result() : outcome.result;
      problems.push(...result.problems);
      if (result.skipped === undefined) results.push(result);
      else skipped.push(result.skipped);
    }
  }
  return { results, problems, skipped };
}
