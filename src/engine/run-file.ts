import { type ParsedResource, readEmbedded, readResources } from '../k8s/read-resources.ts';
import type { Resource, ResourceHead } from '../k8s/resource.ts';
import { ownValue } from '../text/own.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Document } from '../yaml/document.ts';
import { isUnitFile, parse } from '../yaml/parse.ts';
import type { Finding, Problem, SkippedFile } from './finding.ts';
import type { Lap } from './phases.ts';
import type { ChecksOfKind, Plan, PlannedCheck } from './plan.ts';
import { type FixDetail, Reporter } from './reporter.ts';
import type { RuleContext } from './rule.ts';
import { collectDirectives, type Directive } from './suppress.ts';

/** Everything a file contributes. Plain data: cacheable by content hash, sendable from a worker. */
export interface FileResult {
  readonly path: string;
  readonly documents: number;
  readonly heads: readonly ResourceHead[];
  /** What the facts kept: by fact name, pairs of index into `heads` and data. */
  readonly collected: Readonly<Record<string, readonly (readonly [number, unknown])[]>>;
  readonly findings: readonly Finding[];
  readonly directives: readonly Directive[];
  readonly problems: readonly Problem[];
  /** Why the file, or a part of it, was not looked at as a manifest. */
  readonly skipped: SkippedFile | undefined;
}

/** What else came out of a file: not plain data, dropped when memory asks for it. */
export interface OpenFile {
  readonly file: SourceFile;
  readonly documents: readonly Document[];
}

export interface FileRunner {
  run(file: SourceFile): FileResult;
  /** Called with the trees of each file that holds resources. */
  onOpen: ((open: OpenFile, resources: readonly ParsedResource[]) => void) | undefined;
}

/** A check with the context it reports through. */
interface BoundCheck {
  readonly id: string;
  readonly check: PlannedCheck['check'];
  readonly context: RuleContext;
}

interface BoundChecks {
  readonly resource: readonly BoundCheck[];
  readonly pod: readonly BoundCheck[];
  readonly container: readonly BoundCheck[];
  readonly facts: ChecksOfKind['facts'];
}

const MANIFEST_HINT = /(?:^|[\n{,\s])["']?kind["']?\s*:/;

/** What a systemd unit of a node has in it. */
const NODE_COMPONENT = /kube|etcd/i;

/** The map phase: parse, find resources, run the checks that need nothing but one of them. */
export function createFileRunner(plan: Plan, fixes: FixDetail, lap?: Lap): FileRunner {
  const reporter = new Reporter(plan, fixes);
  const bound = new Map<PlannedCheck, BoundCheck>();
  // A run meets few of the kinds that rules are about: what it does not meet is not bound.
  const bind = (planned: PlannedCheck): BoundCheck => {
    let check = bound.get(planned);
    if (check === undefined) {
      check = { id: planned.rule.id, check: planned.check, context: reporter.contextFor(planned) };
      bound.set(planned, check);
    }
    return check;
  };
  const documentChecks = plan.documentChecks.map(bind);
  const byKind = new Map<string, BoundChecks>();
  const checksFor = (groupKind: string): BoundChecks => {
    let checks = byKind.get(groupKind);
    if (checks === undefined) {
      const { resource, pod, container, facts } = plan.checksFor(groupKind);
      checks = { resource: resource.map(bind), pod: pod.map(bind), container: container.map(bind), facts };
      byKind.set(groupKind, checks);
    }
    return checks;
  };

  const applyAll = (
    checks: readonly BoundCheck[],
    subject: unknown,
    resource: Resource | undefined,
    file: SourceFile,
  ): void => {
    reporter.resource = resource;
    for (const { id, check, context } of checks) {
      const before = reporter.findings.length;
      try {
        check(subject as never, context as never);
      } catch (error) {
        // A rule that throws costs its own findings about this subject, and is reported.
        reporter.findings.length = before;
        reporter.crash(id, file.path, error);
      }
    }
  };

  const runner: FileRunner = { onOpen: undefined, run };
  return runner;

  function run(file: SourceFile): FileResult {
    reporter.begin();
    const heads: ResourceHead[] = [];
    const collected: Record<string, [number, unknown][]> = {};
    const { text } = file;
    if (!mayHoldManifest(file)) {
      return emptyResult(file.path, text.trim() === '' ? 'empty' : 'not a Kubernetes manifest');
    }
    const documents = parse(file);
    lap?.('parse');
    const broken = documents.some(({ errors }) => errors.length > 0);
    if (broken && isTemplate(text)) return emptyResult(file.path, 'template that has not been rendered');

    const resources: ParsedResource[] = [];
    let counted = 0;
    for (const document of documents) {
      const own = document.errors.length > 0 ? [] : readResources(document, plan.podTemplates);
      const concerns = own.length > 0 || (document.errors.length > 0 && looksLikeManifest(document));
      if (!concerns) continue;
      counted++;
      applyAll(documentChecks, document, own[0], file);
      for (const resource of own) resources.push(resource, ...readEmbedded(resource, plan.podTemplates));
    }
    if (counted === 0) return emptyResult(file.path, documents.length === 0 ? 'empty' : 'not a Kubernetes manifest');

    for (const resource of resources) {
      const index = heads.push(resource.head) - 1;
      runResource(resource, checksFor(resource.groupKind), index, collected);
    }
    const directives = text.includes('kubesec-lint') ? collectDirectives(documents, resources) : [];
    runner.onOpen?.({ file, documents }, resources);
    return {
      path: file.path,
      documents: counted,
      // What grew item by item holds room for more; a copy holds none.
      heads: heads.slice(),
      collected,
      findings: reporter.findings.slice(),
      directives,
      problems: reporter.problems,
      skipped: undefined,
    };
  }

  function runResource(
    resource: ParsedResource,
    checks: BoundChecks,
    index: number,
    collected: Record<string, [number, unknown][]>,
  ): void {
    const { file } = resource;
    applyAll(checks.resource, resource, resource, file);
    for (const fact of checks.facts) {
      if (fact.pods === true && resource.pods.length === 0 && fact.kinds?.includes(resource.groupKind) !== true)
        continue;
      let data: unknown;
      try {
        data = fact.collect?.(resource);
      } catch (error) {
        reporter.crash(`fact ${fact.name}`, file.path, error);
      }
      if (data === undefined) continue;
      const owned = ownValue(data);
      const kept = collected[fact.name];
      if (kept === undefined) collected[fact.name] = [[index, owned]];
      else kept.push([index, owned]);
    }
    if (checks.pod.length === 0 && checks.container.length === 0) return;
    for (const pod of resource.pods) {
      applyAll(checks.pod, pod, resource, file);
      for (const container of pod.containers) applyAll(checks.container, container, resource, file);
    }
  }

  function emptyResult(path: string, reason: string): FileResult {
    return {
      path,
      documents: 0,
      heads: [],
      collected: {},
      findings: [],
      directives: [],
      problems: [],
      skipped: { file: path, reason },
    };
  }
}

/** Cheap and never wrong in the direction that matters: text without these words holds no manifest. */
function mayHoldManifest(file: SourceFile): boolean {
  const { text, path } = file;
  if (text.includes('kind') && text.includes('apiVersion')) return true;
  if (path.endsWith('.jsonl')) return text.includes('"user"') || text.includes('"group"');
  if (NODE_COMPONENT.test(text) && isUnitFile(file)) return true;
  return /(?:^|\/)(?:kustomization\.ya?ml|Kustomization|Chart\.yaml)$/i.test(path) || text.includes('imagePolicy');
}

/** A document that could not be parsed is our matter only where it was meant to be a manifest. */
function looksLikeManifest(document: Document): boolean {
  const text = document.file.text.slice(document.span.start, document.span.end);
  return MANIFEST_HINT.test(text) && text.includes('apiVersion');
}

function isTemplate(text: string): boolean {
  return (text.includes('{{') && text.includes('}}')) || /^\s*#@/m.test(text);
}
