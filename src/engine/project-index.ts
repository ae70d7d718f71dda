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
  readonly #kept = new Map<string, KeptFile>();
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
    this.#kept.set(file.path, { file, documents: [...documents], alone: 0 });
  }

  /** The document that a resource stands in. */
  document(head: ResourceHead): Document | undefined {
    let kept = this.#kept.get(head.file);
    if (kept === undefined) {
      kept = { file: this.#open(head.file), documents: [], alone: 0 };
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
    // To find one document the whole file is looked through: done for each of thousands it would never end.
    const alone = kept.alone++ < MOST_ALONE ? parseOne(file, head.document) : undefined;
    if (alone !== undefined && holds(alone.span, head.span)) {
      documents[head.document] = alone;
      return alone;
    }
    kept.documents = [...parse(file)];
    return kept.documents[head.document];
  }
}

interface KeptFile {
  readonly file: SourceFile;
  documents: (Document | undefined)[];
  /** How many documents were parsed without the others. */
  alone: number;
}

const MOST_ALONE = 4;

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

  constructor(head: ResourceHead, kind: string, project: ProjectIndex) {
    this.head = head;
    this.groupKind = kind;
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
  /** By namespace and name, of the kinds that somebody asked for by name. */
  readonly #names = new Map<string, Names>();
  #repeated: readonly Resource[] | undefined;
  readonly #collected = new Map<string, Collected<unknown>[]>();
  readonly #facts = new Map<string, unknown>();

  constructor(results: Iterable<FileResult>, plan: Plan, store: DocumentStore) {
    this.plan = plan;
    this.#store = store;
    const resources: Resource[] = [];
    const kinds = new Map<string, Map<string, Resource[]>>();
    const add = (head: ResourceHead): IndexedResource => {
      let ofGroup = kinds.get(head.group);
      if (ofGroup === undefined) {
        ofGroup = new Map();
        kinds.set(head.group, ofGroup);
      }
      let list = ofGroup.get(head.kind);
      if (list === undefined) {
        const kind = groupKind(head.group, head.kind);
        list = this.#byKind.get(kind) ?? [];
        this.#byKind.set(kind, list);
        ofGroup.set(head.kind, list);
      }
      // All resources of a kind share one string for it.
      const resource = new IndexedResource(head, list[0]?.groupKind ?? groupKind(head.group, head.kind), this);
      list.push(resource);
      resources.push(resource);
      return resource;
    };
    for (const { heads, collected } of results) {
      const own = heads.map(add);
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
    return name === '' ? undefined : this.names(kind).last.get(`${namespace}\n${name}`);
  }

  /** Resources that share kind, namespace and name with another one, kind by kind in the order of the input. */
  get repeated(): readonly Resource[] {
    this.#repeated ??= [...this.#byKind].flatMap(([kind, resources]) => {
      const { repeated } = this.names(kind);
      return repeated.size === 0 ? [] : resources.filter(({ head }) => repeated.has(`${head.namespace}\n${head.name}`));
    });
    return this.#repeated;
  }

  private names(kind: string): Names {
    let names = this.#names.get(kind);
    if (names === undefined) {
      const last = new Map<string, Resource>();
      const repeated = new Set<string>();
      const resources = this.#byKind.get(kind) ?? [];
      for (const resource of resources) {
        const { namespace, name } = resource.head;
        if (name === '') continue;
        const key = `${namespace}\n${name}`;
        const before = last.size;
        last.set(key, resource);
        if (last.size === before) repeated.add(key);
      }
      names = { last, repeated };
      this.#names.set(kind, names);
    }
    return names;
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
}

interface Names {
  /** The last one given of each, as kubectl apply would leave it. */
  readonly last: ReadonlyMap<string, Resource>;
  readonly repeated: ReadonlySet<string>;
}
