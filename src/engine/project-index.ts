import { podsOf, solePodPath } from '../k8s/kinds.ts';
import type { PodView } from '../k8s/pod.ts';
import { findResource } from '../k8s/read-resources.ts';
import { groupKind, type Resource, type ResourceHead } from '../k8s/resource.ts';
import type { SourceFile, Span } from '../text/source-file.ts';
import type { Document } from '../yaml/document.ts';
import type { AnyNode, Node } from '../yaml/node.ts';
import { parse, parseOne } from '../yaml/parse.ts';
import { type Places, placesFact } from './facts/places.ts';
import type { Plan } from './plan.ts';
import type { AnyFact, Collected, Fact, Project } from './project.ts';
import type { FileResult } from './run-file.ts';

/** Gives the trees of a file, parsed again where they were dropped. */
export class DocumentStore {
  readonly #open: (path: string) => SourceFile;
  readonly #budget: number;
  readonly #kept = new Map<string, { readonly file: SourceFile; readonly documents: (Document | undefined)[] }>();
  #size = 0;
  /** How many documents the reduce phase had to parse again. */
  parsedAgain = 0;

  /** `budget`: how many characters of source text may be kept parsed at a time. */
  constructor(open: (path: string) => SourceFile, budget: number) {
    this.#open = open;
    this.#budget = budget;
  }

  keep(file: SourceFile, documents: readonly Document[]): void {
    if (this.#size + file.text.length > this.#budget) return;
    this.#size += file.text.length;
    this.#kept.set(file.path, { file, documents: [...documents] });
  }

  /** The document that a resource stands in. */
  document(head: ResourceHead): Document | undefined {
    let kept = this.#kept.get(head.file);
    if (kept === undefined) {
      kept = { file: this.#open(head.file), documents: [] };
      const size = kept.file.text.length;
      if (this.#size + size > this.#budget) {
        this.#kept.clear();
        this.#size = 0;
      }
      this.#kept.set(head.file, kept);
      this.#size += size;
    }
    const { file, documents } = kept;
    const known = documents[head.document];
    if (known !== undefined) return known;
    this.parsedAgain++;
    const alone = parseOne(file, head.document);
    if (alone !== undefined && holds(alone.span, head.span)) {
      documents[head.document] = alone;
      return alone;
    }
    this.#kept.set(head.file, { file, documents: [...parse(file)] });
    return this.#kept.get(head.file)!.documents[head.document];
  }
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** A resource known by its head; its tree is fetched when someone looks. */
class IndexedResource implements Resource {
  readonly head: ResourceHead;
  readonly groupKind: string;
  places: readonly (string | number)[] | undefined;
  readonly #project: ProjectIndex;
  #root: Node | undefined;
  #pods: readonly PodView[] | undefined;

  constructor(head: ResourceHead, project: ProjectIndex) {
    this.head = head;
    this.groupKind = groupKind(head.group, head.kind);
    this.#project = project;
  }

  get root(): Node {
    if (this.#root === undefined) {
      this.#root = this.#project.load(this.head);
      this.#project.roots.set(this.#root, this);
    }
    return this.#root;
  }

  get file(): SourceFile {
    return this.root.document.file;
  }

  get metadata(): AnyNode {
    return this.root.get('metadata');
  }

  get pods(): readonly PodView[] {
    this.#pods ??= podsOf(this, this.#project.plan.podTemplates);
    return this.#pods;
  }
}

/** The whole input, built from the plain results of the map phase. */
export class ProjectIndex implements Project {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
  readonly roots = new WeakMap<AnyNode, Resource>();
  readonly #store: DocumentStore;
  readonly #byKind = new Map<string, Resource[]>();
  readonly #byName = new Map<string, Resource>();
  readonly #collected = new Map<string, Collected<unknown>[]>();
  readonly #facts = new Map<string, unknown>();

  constructor(results: Iterable<FileResult>, plan: Plan, store: DocumentStore) {
    this.plan = plan;
    this.#store = store;
    const resources: Resource[] = [];
    for (const { heads, collected } of results) {
      const own = heads.map((head) => new IndexedResource(head, this));
      for (const resource of own) this.add(resource);
      resources.push(...own);
      for (const [index, places] of collected[placesFact.name] ?? []) own[index]!.places = places as Places;
      for (const name of Object.keys(collected)) {
        if (name === placesFact.name) continue;
        let all = this.#collected.get(name);
        if (all === undefined) {
          all = [];
          this.#collected.set(name, all);
        }
        for (const [index, data] of collected[name]!) all.push({ resource: own[index]!, data });
      }
    }
    this.resources = resources;
  }

  get version() {
    return this.plan.version;
  }

  get world() {
    return this.plan.world;
  }

  ofKind(kind: string): readonly Resource[] {
    return this.#byKind.get(kind) ?? [];
  }

  find(kind: string, namespace: string, name: string): Resource | undefined {
    return this.#byName.get(`${kind}\n${namespace}\n${name}`);
  }

  fact<F, C>(fact: Fact<F, C>): F {
    if (!this.#facts.has(fact.name)) {
      const collected = (this.#collected.get(fact.name) ?? []) as Collected<C>[];
      this.#facts.set(fact.name, fact.compute(this, collected));
    }
    return this.#facts.get(fact.name) as F;
  }

  podPath({ groupKind: kind }: Resource): readonly string[] | undefined {
    return solePodPath(kind, this.plan.podTemplates);
  }

  /** Whether the map phase kept anything for a fact or for one that it asks. */
  hasCollected(fact: AnyFact): boolean {
    return (
      this.#collected.has(fact.name) ||
      (fact.uses ?? []).some((used) => used.beside !== true && this.hasCollected(used))
    );
  }

  load(head: ResourceHead): Node {
    const root = findResource(this.#store.document(head), head, this.plan.podTemplates);
    if (root === undefined) throw new Error(`${head.file} changed while it was being linted`);
    return root;
  }

  /** The resource that a node hangs below. */
  resourceOf(node: AnyNode): Resource | undefined {
    for (let at: AnyNode | undefined = node; at !== undefined; at = at.parent) {
      const resource = this.roots.get(at);
      if (resource !== undefined) return resource;
    }
    return undefined;
  }

  private add(resource: Resource): void {
    const { head } = resource;
    const list = this.#byKind.get(resource.groupKind);
    if (list === undefined) this.#byKind.set(resource.groupKind, [resource]);
    else list.push(resource);
    if (head.name !== '') this.#byName.set(`${resource.groupKind}\n${head.namespace}\n${head.name}`, resource);
  }
}
