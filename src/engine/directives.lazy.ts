import type { PodView } from '../k8s/pod.ts';
import type { Resource, ResourceId } from '../k8s/resource.ts';
import type { SourceFile, Span } from '../text/source-file.ts';
import { type Document, TAPE_STRIDE } from '../yaml/document.ts';
import type { AnyNode } from '../yaml/node.ts';
import type { Finding, Place } from './finding.ts';
import { fingerprint } from './fingerprint.ts';
import type { Directive, Fault, NamedRule, SuppressionRuleId, SuppressionSettings } from './suppress.ts';

/** Every directive of a file. Call it only for a text that holds the word `kubesec-lint`. */
export function collectDirectives(
  documents: readonly Document[],
  resources: readonly Resource[],
): readonly Directive[] {
  const file = documents[0]?.file;
  if (file === undefined) return [];
  const directives = commentDirectives(file, documents, resources);
  for (const resource of resources) {
    // Text inside a scalar of another file has no place of its own for a comment or an annotation.
    if (resource.file === file) directives.push(...annotationDirectives(resource));
  }
  return directives;
}

/** Marks the findings that a directive covers, and adds what is wrong with the directives themselves. */
export function applyDirectives(
  findings: readonly Finding[],
  directives: readonly Directive[],
  settings: SuppressionSettings,
): readonly Finding[] {
  const byFile = new Map<string, Applied[]>();
  for (const directive of directives) {
    const own = byFile.get(directive.file);
    const applied = new Applied(directive, settings);
    if (own === undefined) byFile.set(directive.file, [applied]);
    else own.push(applied);
  }
  const settled = findings.map((finding) => {
    let suppressed = finding.suppressed;
    for (const applied of byFile.get(finding.file) ?? []) {
      if (!applied.covers(finding)) continue;
      const { by, reason } = applied.directive;
      suppressed ??= { by, reason };
    }
    return suppressed === finding.suppressed ? finding : { ...finding, suppressed };
  });
  for (const file of byFile.values()) for (const applied of file) settled.push(...applied.faults());
  return settled;
}

const ANNOTATION_PREFIX = 'kubesec-lint.dev/';

/** A directive with what it has been good for. */
class Applied {
  readonly directive: Directive;
  readonly #settings: SuppressionSettings;
  readonly #ids: readonly (string | undefined)[];
  readonly #used = new Set<string>();

  constructor(directive: Directive, settings: SuppressionSettings) {
    this.directive = directive;
    this.#settings = settings;
    this.#ids = directive.rules.map(({ id }) => settings.resolve(id));
  }

  covers({ ruleId, span }: Finding): boolean {
    const { covers } = this.directive;
    if (covers === undefined || !this.#ids.includes(ruleId)) return false;
    if (span.start < covers.start || span.start > covers.end) return false;
    this.#used.add(ruleId);
    return !this.expired;
  }

  get expired(): boolean {
    const { until } = this.directive;
    return until !== undefined && until < this.#settings.today;
  }

  *faults(): Iterable<Finding> {
    const { directive } = this;
    const { fault, place, rules, reason, until } = directive;
    if (fault !== undefined) {
      yield* this.finding(`suppression-${fault.kind}`, fault.kind, { detail: fault.detail }, place);
      return;
    }
    for (const [index, rule] of rules.entries()) {
      const id = this.#ids[index];
      if (id === undefined) {
        const nearest = this.#settings.nearest(rule.id);
        yield* nearest === undefined
          ? this.finding('suppression-unknown-rule', 'unknown', { rule: rule.id }, rule)
          : this.finding('suppression-unknown-rule', 'misspelt', { rule: rule.id, nearest }, rule);
      } else if (!this.expired && !this.#used.has(id) && this.#settings.ran(id)) {
        yield* this.finding('suppression-unused', 'unused', { rule: rule.id }, rule);
      }
    }
    if (this.expired) yield* this.finding('suppression-expired', 'expired', { until: until ?? '' }, place);
    if (reason === undefined) yield* this.finding('suppression-without-reason', 'missing', {}, place);
  }

  private *finding(
    ruleId: SuppressionRuleId,
    messageId: string,
    data: Readonly<Record<string, string>>,
    { span, range }: Pick<Place, 'span' | 'range'>,
  ): Iterable<Finding> {
    const rule = this.#settings.rule(ruleId);
    if (rule === undefined) return;
    const { file, document, resource, rules, by } = this.directive;
    yield {
      ruleId,
      messageId,
      severity: rule.severity,
      message: rule.messages[messageId]!.replace(/\{(\w+)\}/g, (_, hole: string) => data[hole] ?? ''),
      file,
      span,
      range,
      document,
      resource,
      path: '',
      fingerprint: fingerprint(
        ruleId,
        resource,
        file,
        [by, messageId, data['rule'], ...rules.map(({ id }) => id)].join(),
      ),
      related: [],
      fix: undefined,
      suppressed: undefined,
    };
  }
}

// ---- comments

const MARK = 'kubesec-lint-ignore';

function commentDirectives(
  file: SourceFile,
  documents: readonly Document[],
  resources: readonly Resource[],
): Directive[] {
  const { text } = file;
  const directives: Directive[] = [];
  for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, at + MARK.length)) {
    const comment = commentAround(text, at, documents);
    if (comment === undefined) continue;
    // One comment, one directive: the word may come again in its reason.
    if (!/^#+[ \t]*$/.test(text.slice(comment.span.start, at))) continue;
    directives.push(commentDirective(file, comment, at, documents, resources));
  }
  return directives;
}

interface Comment {
  readonly span: Span;
  /** Undefined where it stands outside every document that holds something. */
  readonly document: Document | undefined;
}

/** Text in a block scalar or in quotes is no comment, so the documents are asked. */
function commentAround(text: string, at: number, documents: readonly Document[]): Comment | undefined {
  for (const document of documents) {
    const span = document.comments.find(({ start, end }) => start <= at && at < end);
    if (span !== undefined) return { span, document };
  }
  const lineStart = text.lastIndexOf('\n', at) + 1;
  const start = text.indexOf('#', lineStart);
  if (start === -1 || start > at || text.slice(lineStart, start).trim() !== '') return undefined;
  const inside = documents.find(({ span }) => span.start <= at && at < span.end);
  if (inside !== undefined && inside.errors.length === 0) return undefined;
  const end = text.indexOf('\n', at);
  return { span: { start, end: end === -1 ? text.length : end }, document: inside };
}

function commentDirective(
  file: SourceFile,
  { span, document }: Comment,
  at: number,
  documents: readonly Document[],
  resources: readonly Resource[],
): Directive {
  const body = file.text.slice(at + MARK.length, span.end);
  const head = /^(-file)?[ \t]*(:)?/.exec(body)!;
  const isForFile = head[1] !== undefined;
  const parsed = parseBody(file, at + MARK.length + head[0].length, span.end);
  const home = document ?? documents.find((each) => each.span.start >= span.end);
  const build = (covers: Span | undefined, fault: Fault | undefined): Directive => ({
    by: 'comment',
    file: file.path,
    document: home?.index ?? 0,
    resource: covers === undefined || isForFile ? undefined : resourceAt(resources, covers),
    ...parsed,
    place: placeIn(file, trimEnd(file.text, span)),
    covers: fault === undefined ? covers : undefined,
    fault,
  });
  if (head[2] === undefined) {
    return build(undefined, { kind: 'malformed', detail: 'needs a colon and the names of rules' });
  }
  if (parsed.rules.length === 0) return build(undefined, { kind: 'malformed', detail: 'names no rule' });
  if (parsed.badDate !== undefined) {
    return build(undefined, {
      kind: 'malformed',
      detail: `has "${parsed.badDate}" where a day such as 2027-01-31 belongs`,
    });
  }
  if (isForFile) return build({ start: 0, end: file.text.length }, undefined);
  const covers = home === undefined ? undefined : coveredSpan(file, span, home);
  return covers === undefined
    ? build(undefined, { kind: 'misplaced', detail: 'stands where no key follows' })
    : build(covers, undefined);
}

/**
 * In front of the first key the document; at the end of a line the outermost node that starts on that line; on a line
 * of its own that of the next line with content.
 */
function coveredSpan(file: SourceFile, comment: Span, document: Document): Span | undefined {
  const { tape } = document;
  if (document.errors.length > 0 || comment.start < (tape[2] ?? 0)) return document.span;
  const { text } = file;
  let lineStart = text.lastIndexOf('\n', comment.start - 1) + 1;
  if (text.slice(lineStart, comment.start).trim() === '') {
    lineStart = comment.end + 1;
    while (lineStart < document.span.end && /^[ \t\r]*(?:#|$)/.test(lineAt(text, lineStart))) {
      lineStart += lineAt(text, lineStart).length + 1;
    }
  }
  const lineEnd = lineStart + lineAt(text, lineStart).length;
  // The root is left for last: it starts where the first key does.
  for (let index = 1; index * TAPE_STRIDE < tape.length; index++) {
    const entry = entryAt(tape, index);
    if (entry.start >= lineStart && entry.start < lineEnd) return entry;
  }
  const root = entryAt(tape, 0);
  return tape.length > 0 && root.start >= lineStart && root.start < lineEnd ? root : undefined;
}

function entryAt(tape: Int32Array, index: number): Span {
  const keyStart = tape[index * TAPE_STRIDE]!;
  return {
    start: keyStart === -1 ? tape[index * TAPE_STRIDE + 2]! : keyStart,
    end: tape[index * TAPE_STRIDE + 3]!,
  };
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.slice(start) : text.slice(start, end);
}

function resourceAt(resources: readonly Resource[], { start }: Span): ResourceId | undefined {
  const resource = resources.findLast(({ head }) => head.span.start <= start && start <= head.span.end);
  return resource === undefined ? undefined : idOf(resource);
}

// ---- annotations

function* annotationDirectives(resource: Resource): Iterable<Directive> {
  const { metadata, root } = resource;
  yield* annotationsOf(resource, metadata, root, resource.pods);
  for (const pod of resource.pods) {
    if (pod.metadata.document !== root.document || pod.metadata.tapeIndex() === metadata.tapeIndex()) continue;
    yield* annotationsOf(resource, pod.metadata, pod.metadata.parent ?? root, [pod]);
  }
}

/** The directives of one `metadata`, which cover `subject`, or the containers of `pods`. */
function* annotationsOf(
  resource: Resource,
  metadata: AnyNode,
  subject: AnyNode,
  pods: readonly PodView[],
): Iterable<Directive> {
  for (const [key, node] of metadata.get('labels').entries()) {
    if (!isOurs(key)) continue;
    yield annotationDirective(resource, node, undefined, {
      kind: 'misplaced',
      detail: 'stands among the labels, not the annotations',
    });
  }
  for (const [key, node] of metadata.get('annotations').entries()) {
    if (!isOurs(key)) continue;
    const name = key.slice(ANNOTATION_PREFIX.length);
    if (name === 'ignore') {
      yield annotationDirective(resource, node, subject.entrySpan, undefined);
      continue;
    }
    const [, rule, container] = /^ignore\.([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
    if (rule === undefined) {
      const detail = 'has a key other than ignore, ignore.RULE and ignore.RULE.CONTAINER';
      yield annotationDirective(resource, node, undefined, { kind: 'malformed', detail });
    } else if (container === undefined) {
      yield annotationDirective(resource, node, subject.entrySpan, undefined, rule);
    } else {
      const found = pods.flatMap(({ containers }) => containers).find((each) => each.name === container);
      const fault: Fault = { kind: 'misplaced', detail: `names container "${container}", which is not here` };
      yield found === undefined
        ? annotationDirective(resource, node, undefined, fault, rule)
        : annotationDirective(resource, node, found.node.entrySpan, undefined, rule);
    }
  }
}

function isOurs(key: string): boolean {
  return key.startsWith(`${ANNOTATION_PREFIX}ignore`);
}

function annotationDirective(
  resource: Resource,
  node: AnyNode,
  covers: Span | undefined,
  fault: Fault | undefined,
  rule?: string,
): Directive {
  const { file } = resource;
  const place = placeIn(file, node.keySpan ?? node.span);
  const build = (parts: Pick<Directive, 'rules' | 'reason' | 'until'>, problem: Fault | undefined): Directive => ({
    by: 'annotation',
    file: file.path,
    document: node.document.index,
    resource: idOf(resource),
    ...parts,
    place,
    covers: problem === undefined ? covers : undefined,
    fault: problem,
  });
  const text = node.string ?? '';
  const parsed = parseText(rule === undefined ? text : `${rule} -- ${text}`);
  // The value may be quoted or folded, so a rule in it goes by the place of the key.
  const rules = parsed.rules.map(({ id }) => ({ id, ...place }));
  const { reason, until, badDate } = parsed;
  if (fault !== undefined) return build({ rules, reason, until }, fault);
  if (rules.length === 0) return build({ rules, reason, until }, { kind: 'malformed', detail: 'names no rule' });
  if (badDate === undefined) return build({ rules, reason, until }, undefined);
  const detail = `has "${badDate}" where a day such as 2027-01-31 belongs`;
  return build({ rules, reason, until }, { kind: 'malformed', detail });
}

// ---- RULE[, RULE] -- reason [until=2027-01-31]

interface ParsedBody {
  readonly rules: readonly { readonly id: string; readonly start: number }[];
  readonly reason: string | undefined;
  readonly until: string | undefined;
  readonly badDate: string | undefined;
}

function parseText(text: string): ParsedBody {
  const dashes = /(?:^|\s)--(?:\s|$)/.exec(text);
  const names = dashes === null ? text : text.slice(0, dashes.index);
  const rest = dashes === null ? '' : text.slice(dashes.index + dashes[0].length);
  const date = /(?:^|\s)\[?until=([^\s\]]*)\]?/.exec(dashes === null ? names : rest);
  const until = date?.[1];
  const reason = (date === null ? rest : rest.replace(date[0], '')).trim();
  const rules: { id: string; start: number }[] = [];
  for (const match of (dashes === null && date !== null ? names.replace(date[0], '') : names).matchAll(/[^\s,]+/g)) {
    rules.push({ id: match[0], start: match.index });
  }
  const badDate = until === undefined || isDay(until) ? undefined : until;
  return {
    rules,
    reason: reason === '' ? undefined : reason,
    until: badDate === undefined ? until : undefined,
    badDate,
  };
}

function parseBody(file: SourceFile, start: number, end: number) {
  const { rules, reason, until, badDate } = parseText(file.text.slice(start, end));
  return {
    rules: rules.map((rule): NamedRule => {
      const span = { start: start + rule.start, end: start + rule.start + rule.id.length };
      return { id: rule.id, ...placeIn(file, span) };
    }),
    reason,
    until,
    badDate,
  };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function placeIn(file: SourceFile, span: Span): Place {
  return { file: file.path, span, range: file.range(span) };
}

function trimEnd(text: string, { start, end }: Span): Span {
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

function idOf({ head }: Resource): ResourceId {
  const { group, version, kind, namespace, name } = head;
  return { group, version, kind, namespace, name };
}
