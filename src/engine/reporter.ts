import { isControlPlanePod } from '../k8s/node-agent.ts';
import type { Resource, ResourceHead, ResourceId } from '../k8s/resource.ts';
import type { TextEdit } from '../text/edits.ts';
import { ownString, ownValue } from '../text/own.ts';
import type { SourceFile, Span } from '../text/source-file.ts';
import type { Document } from '../yaml/document.ts';
import type { Change } from '../yaml/edit.ts';
import type { AnyNode } from '../yaml/node.ts';
import { formatPath, Node } from '../yaml/node.ts';
import type { Finding, Fix, Place, Problem, Related } from './finding.ts';
import { fingerprint, stablePath } from './fingerprint.ts';
import { type Plan, type PlannedCheck, PRESET_RANK } from './plan.ts';
import type { AnyRule, FixProposal, MessageData, More, RuleContext, Where } from './rule.ts';
import { type KnownPlace, placeKept, Site } from './site.ts';

/** Makes text edits of changes; loaded only where a report shows them. */
export type EditsFor = (document: Document, changes: readonly Change[]) => readonly TextEdit[];

/** What a run wants of fixes beyond their titles. */
export interface FixDetail {
  readonly editsFor?: EditsFor;
  /** What they change, for whoever makes several fixes of a document together. */
  readonly keepsChanges?: boolean;
}

/** Turns what rules report into findings: plain data, with every place resolved while the text is at hand. */
export class Reporter {
  findings: Finding[] = [];
  problems: Problem[] = [];
  /** What the running check looks at; undefined for a project check. */
  resource: Resource | undefined;
  /** To which resource a node belongs that a project check points at. */
  resourceOf: (node: AnyNode) => Resource | undefined = () => undefined;
  readonly #plan: Plan;
  #lastHead: ResourceHead | undefined;
  #lastId: ResourceId | undefined;
  readonly #fixes: FixDetail;
  /** Templates of messages, taken apart. */
  readonly #templates = new Map<string, readonly string[]>();

  constructor(plan: Plan, fixes: FixDetail) {
    this.#plan = plan;
    this.#fixes = fixes;
  }

  begin(): void {
    this.findings = [];
    this.problems = [];
    this.resource = undefined;
  }

  contextFor(planned: PlannedCheck): RuleContext {
    const { version, minor, world } = this.#plan;
    return {
      options: planned.options,
      version,
      minor,
      world,
      report: (at: Where, message: string, more?: More & { readonly data?: MessageData }) => {
        if (more?.preset !== undefined && PRESET_RANK[more.preset] > PRESET_RANK[planned.preset]) return;
        const finding = this.finding(planned, at, message, more);
        if (finding !== undefined) this.findings.push(finding);
      },
    };
  }

  crash(ruleId: string, file: string, error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.problems.push({ kind: 'rule-crash', ruleId, file, message, stack: stack ?? '' });
  }

  private finding(
    planned: PlannedCheck,
    at: Where,
    messageId: string,
    more: (More & { readonly data?: MessageData }) | undefined,
  ): Finding | undefined {
    const { rule } = planned;
    const resource = this.ownerOf(at);
    if (rule.expectedOfControlPlane === true && resource !== undefined && isControlPlanePod(resource)) return undefined;
    const head = resource?.head;
    const { place, document, path, stable } = this.standing(at, resource, more);
    return {
      ruleId: rule.id,
      messageId,
      severity: planned.isSeverityGiven ? planned.severity : (more?.severity ?? planned.severity),
      message: this.messageOf(rule, messageId, more?.data),
      file: place.file,
      span: place.span,
      range: place.range,
      resource: head === undefined ? undefined : this.idOf(head),
      document,
      path,
      fingerprint: fingerprint(rule.id, head, place.file, `${stable}#${messageId}`),
      related: more?.related === undefined ? NONE : more.related.map((each) => relatedAt(each.at, each.message)),
      fix: more?.fix === undefined ? undefined : this.fix(at, more.fix),
      suppressed: undefined,
    };
  }

  /** The message with its holes filled. User text goes in as it is; reporters make it harmless for their medium. */
  private messageOf(rule: AnyRule, messageId: string, data: MessageData | undefined): string {
    const template = rule.messages[messageId];
    if (template === undefined) throw new Error(`rule ${rule.id} has no message "${messageId}"`);
    if (data === undefined) return template;
    const parts = this.#templates.get(template) ?? template.split(HOLE);
    this.#templates.set(template, parts);
    // Text and names of holes in turn.
    let message = parts[0]!;
    for (let at = 1; at < parts.length; at += 2) {
      const name = parts[at]!;
      message += (Object.hasOwn(data, name) ? String(data[name]) : `{${name}}`) + parts[at + 1]!;
    }
    return ownString(message);
  }

  private ownerOf(at: Where): Resource | undefined {
    if (at instanceof Site) return at.resource;
    return at instanceof Node ? (this.resource ?? this.resourceOf(at)) : at;
  }

  private standing(at: Where, resource: Resource | undefined, more: More | undefined): Standing {
    const kept = more?.part === undefined && more?.atKey !== true ? keptOf(at) : undefined;
    if (kept !== undefined) {
      const { file, document, span, range, path, stable } = kept;
      return { place: { file, span, range }, document, path, stable };
    }
    const node = nodeOf(at);
    const root = resource === undefined ? node.document.root : resource.root;
    return {
      place: placeOf(node, spanOf(at, node, more)),
      document: hostDocument(node.document, resource?.head.document),
      path: root.document === node.document ? formatPath(node.steps.slice(root.steps.length)) : node.path,
      stable: stablePath(node, root),
    };
  }

  /** All findings about a resource share one object. */
  private idOf(head: ResourceHead): ResourceId {
    if (this.#lastHead !== head) {
      const { group, version, kind, namespace, name } = head;
      this.#lastHead = head;
      this.#lastId = { group, version, kind, namespace, name };
    }
    return this.#lastId!;
  }

  private fix(at: Where, { title, safety, changes: proposed }: FixProposal): Fix | undefined {
    const { editsFor, keepsChanges } = this.#fixes;
    if (editsFor === undefined && keptOf(at) !== undefined) {
      return { title: ownString(title), safety, changes: [], edits: [] };
    }
    const { document } = nodeOf(at);
    const { file } = document;
    // Text inside a scalar of another file has its own indentation and escapes: no edits are offered there.
    if (file.origin.kind === 'embedded') return undefined;
    if (editsFor === undefined) return { title: ownString(title), safety, changes: [], edits: [] };
    const changes = typeof proposed === 'function' ? proposed() : proposed;
    const edits = editsFor(document, changes);
    return {
      title: ownString(title),
      safety,
      changes: keepsChanges === true ? ownValue(changes) : [],
      edits: edits.map((edit) => ({ ...edit, range: file.range(edit.span) })),
    };
  }
}

const HOLE = /\{(\w+)\}/;
const NONE: readonly Related[] = [];

/** Where a finding stands and what it is called there. */
interface Standing {
  readonly place: Place;
  readonly document: number;
  readonly path: string;
  readonly stable: string;
}

/** Of what the map phase kept the place of, no tree is needed. */
function keptOf(at: Where): KnownPlace | undefined {
  if (at instanceof Node) return undefined;
  return at instanceof Site ? placeKept(at.resource, at.path) : placeKept(at, OWN_PLACE);
}

/** A resource goes by its name. */
const OWN_PLACE = ['metadata', 'name'] as const;

function relatedAt(at: Where, message: string): Related {
  const kept = keptOf(at);
  if (kept !== undefined) return { file: kept.file, span: kept.span, range: kept.range, message: ownString(message) };
  const node = nodeOf(at);
  return { ...placeOf(node, spanOf(at, node, undefined)), message: ownString(message) };
}

function nodeOf(at: Where): AnyNode {
  if (at instanceof Node) return at;
  if (at instanceof Site) return at.node;
  const name = at.metadata.get('name');
  if (name.present) return name;
  const generateName = at.metadata.get('generateName');
  return generateName.present ? generateName : at.root.get('kind');
}

function spanOf(at: Where, node: AnyNode, more: More | undefined): Span {
  if (more?.part !== undefined) {
    const { start } = node.span;
    return { start: start + more.part.start, end: start + more.part.end };
  }
  if (more?.atKey === true) return node.anchor;
  // A whole mapping or list is no place to look at; its key is.
  return (at instanceof Node || at instanceof Site) && (node.isMap || node.isList) ? node.anchor : node.span;
}

/** Text inside a scalar of another file is shown where it stands in that file. */
function placeOf(node: AnyNode, span: Span): Place {
  let file: SourceFile = node.document.file;
  let { start, end } = span;
  while (file.origin.kind === 'embedded') {
    const { host, toHost } = file.origin;
    start = toHost(start);
    end = Math.max(start, toHost(end));
    file = host;
  }
  return { file: file.path, span: { start, end }, range: file.range({ start, end }) };
}

function hostDocument(document: Document, ofResource: number | undefined): number {
  return document.file.origin.kind === 'embedded' ? (ofResource ?? 0) : document.index;
}
