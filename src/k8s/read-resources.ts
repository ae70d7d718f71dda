import { ownString } from '../text/own.ts';
import type { Document } from '../yaml/document.ts';
import type { AnyNode, Node } from '../yaml/node.ts';
import { isUnitFile } from '../yaml/parse.ts';
import { isMap, newMap } from '../yaml/value.ts';
import { EMBEDDING_KINDS, embeddedDocuments } from './embedded.ts';
import { type PodTemplates, podsOf } from './kinds.ts';
import type { PodView } from './pod.ts';
import { groupKind, type Resource, type ResourceHead, splitApiVersion } from './resource.ts';
import { unitKind } from './unit-kind.lazy.ts';

/** A resource whose tree is at hand. */
export class ParsedResource implements Resource {
  readonly head: ResourceHead;
  readonly groupKind: string;
  readonly root: Node;
  readonly #templates: PodTemplates;
  #pods: readonly PodView[] | undefined;

  constructor(head: ResourceHead, root: Node, templates: PodTemplates) {
    this.head = head;
    this.groupKind = groupKind(head.group, head.kind);
    this.root = root;
    this.#templates = templates;
  }

  get file() {
    return this.root.document.file;
  }

  get metadata(): AnyNode {
    return this.root.get('metadata');
  }

  get pods(): readonly PodView[] {
    this.#pods ??= podsOf(this, this.#templates);
    return this.#pods;
  }
}

/**
 * The Kubernetes objects of a document, Lists expanded into their items. Empty for a document that is none; files of
 * tools around Kubernetes that carry no apiVersion and kind are known by their form: a kustomization, a Helm Chart.yaml,
 * the configuration of the ImagePolicyWebhook plugin, a systemd unit that runs a component of the cluster.
 */
export function readResources(document: Document, templates: PodTemplates): readonly ParsedResource[] {
  const { value, file } = document;
  if (!isMap(value)) return [];
  const { apiVersion, kind } = value;
  if (typeof apiVersion === 'string' && typeof kind === 'string') {
    const resources: ParsedResource[] = [];
    expand(document.root, [], apiVersion, kind, templates, resources);
    return resources;
  }
  const tool = isUnitFile(file) ? unitKind(value, file.path) : toolFile(value, file.path);
  return tool === undefined ? [] : [resourceAt(document.root, [], tool.apiVersion, tool.kind, templates)];
}

/** The objects that a resource carries inside itself. They go by the place of the resource that holds them. */
export function readEmbedded(host: Resource, templates: PodTemplates): readonly ParsedResource[] {
  if (!EMBEDDING_KINDS.has(host.groupKind)) return [];
  const { file, document, within } = host.head;
  return embeddedDocuments(host).flatMap((inner, embedded) =>
    readResources(inner, templates)
      .slice(0, 1)
      .map((resource) => {
        const head = { ...resource.head, file, document, within, embedded };
        return new ParsedResource(head, resource.root, templates);
      }),
  );
}

/** Finds a resource again by its head in the document that it stands in. */
export function findResource(
  document: Document | undefined,
  head: ResourceHead,
  templates: PodTemplates,
): Node | undefined {
  if (document === undefined) return undefined;
  if (head.embedded === undefined) return document.root.at(head.within);
  const host = readResources(document, templates).find(({ head: { within } }) => within.join() === head.within.join());
  if (host === undefined) return undefined;
  return readEmbedded(host, templates).find(({ head: { embedded } }) => embedded === head.embedded)?.root;
}

/** A head, made from a tree that it outlives. */
function headOf(root: Node, within: readonly (string | number)[], apiVersion: string, kind: string): ResourceHead {
  const { document } = root;
  const metadata = root.get('metadata');
  const { group, version } = splitApiVersion(apiVersion);
  const generated = metadata.get('generateName').string;
  return {
    group: ownString(group),
    version,
    kind: ownString(kind),
    namespace: ownString(metadata.get('namespace').string ?? ''),
    name: ownString(metadata.get('name').string ?? (generated === undefined ? '' : `${generated}*`)),
    file: document.file.path,
    document: document.index,
    within,
    labels: stringsOf(metadata.get('labels')),
    annotations: stringsOf(metadata.get('annotations')),
    span: within.length === 0 ? document.span : root.entrySpan,
  };
}

function resourceAt(
  root: Node,
  within: readonly (string | number)[],
  apiVersion: string,
  kind: string,
  templates: PodTemplates,
): ParsedResource {
  return new ParsedResource(headOf(root, within, apiVersion, kind), root, templates);
}

function expand(
  root: Node,
  within: readonly (string | number)[],
  apiVersion: string,
  kind: string,
  templates: PodTemplates,
  into: ParsedResource[],
): void {
  const items = root.get('items');
  const isList = kind === 'List' || (kind.endsWith('List') && items.isList);
  if (!isList) {
    into.push(resourceAt(root, within, apiVersion, kind, templates));
    return;
  }
  for (const item of items.items()) {
    // Items of a typed list may leave out what the list says: a PodList holds Pods.
    const itemVersion = item.at(['apiVersion']).string ?? (kind === 'List' ? undefined : apiVersion);
    const itemKind = item.at(['kind']).string ?? (kind === 'List' ? undefined : kind.slice(0, -'List'.length));
    if (itemVersion === undefined || itemKind === undefined) continue;
    expand(item, [...within, 'items', item.key!], itemVersion, itemKind, templates, into);
  }
}

function stringsOf(node: Node): Readonly<Record<string, string>> {
  if (!node.isMap) return NONE;
  const strings = newMap();
  const raw = node.raw as Readonly<Record<string, unknown>>;
  for (const key in raw) {
    const value = raw[key];
    if (typeof value === 'string') strings[key] = ownString(value);
  }
  return strings as Record<string, string>;
}

const NONE: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

function toolFile(
  value: Readonly<Record<string, unknown>>,
  path: string,
): { readonly apiVersion: string; readonly kind: string } | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^kustomization\.ya?ml$/i.test(name) || name === 'Kustomization') {
    const component = value['kind'] === 'Component';
    return {
      apiVersion: typeof value['apiVersion'] === 'string' ? value['apiVersion'] : 'kustomize.config.k8s.io/v1beta1',
      kind: component ? 'Component' : 'Kustomization',
    };
  }
  if (name === 'Chart.yaml' && typeof value['apiVersion'] === 'string' && typeof value['name'] === 'string') {
    return { apiVersion: `helm.sh/${value['apiVersion']}`, kind: 'Chart' };
  }
  if (name.endsWith('.jsonl') && isOldAbacPolicy(value)) {
    return { apiVersion: 'abac.authorization.kubernetes.io/v0', kind: 'Policy' };
  }
  if (isMap(value['imagePolicy']) && value['kind'] === undefined) {
    return { apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImagePolicyWebhookConfiguration' };
  }
  return undefined;
}

/** A line of an ABAC policy from before these had a version. */
function isOldAbacPolicy(value: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => ABAC_KEYS.includes(key));
}

const ABAC_KEYS: readonly string[] = ['user', 'group', 'readonly', 'resource', 'namespace'];
