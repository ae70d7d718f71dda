import type { Resource } from '../k8s/resource.ts';
import { type AnyNode, formatPath } from '../yaml/node.ts';
import type { Place } from './finding.ts';
import { plainPath, stablePath } from './fingerprint.ts';
import type { Project } from './project.ts';

/**
 * A node of a resource by its path. A rule about the whole input reports these instead of nodes: where the map phase
 * kept the place, nothing is parsed again.
 */
export class Site {
  readonly resource: Resource;
  /** From the resource down. */
  readonly path: readonly (string | number)[];

  constructor(resource: Resource, path: readonly (string | number)[]) {
    this.resource = resource;
    this.path = path;
  }

  /** The node itself, which may have to be parsed again. */
  get node(): AnyNode {
    return this.resource.root.at(this.path);
  }

  /** From the root of the document, as changes of a fix are written. */
  get steps(): readonly (string | number)[] {
    return [...this.resource.head.within, ...this.path];
  }
}

export function siteAt(resource: Resource, path: readonly (string | number)[]): Site {
  return new Site(resource, path);
}

/** A field of a pod's spec whose place was kept. */
export function keptInPod(project: Project, resource: Resource, path: readonly (string | number)[]): Site | undefined {
  const pod = project.podPath(resource);
  if (pod === undefined) return undefined;
  const site = new Site(resource, [...pod, 'spec', ...path]);
  return placeKept(resource, site.path) === undefined ? undefined : site;
}

/** What is known of a node that a report points at, without its tree. */
export interface KnownPlace extends Place {
  readonly document: number;
  readonly path: string;
  /** As in a fingerprint. */
  readonly stable: string;
}

/**
 * Notes where a finding at a node stands: its path, start, length, line and column, one after another for all nodes of
 * a resource. Where items of lists have names, these follow the path. What spans lines, or stands in a scalar of another
 * file, is not kept and is parsed again when it is reported.
 */
export function keepPlace(into: (string | number)[], node: AnyNode, root: AnyNode): void {
  const { file } = node.document;
  if (file.origin.kind === 'embedded') return;
  const { start, end } = node.isMap || node.isList ? node.anchor : node.span;
  const lineEnd = file.text.indexOf('\n', start);
  if (lineEnd !== -1 && lineEnd < end) return;
  const { line, column } = file.position(start);
  let path = '';
  let hasItems = false;
  for (let at: AnyNode = node; at !== root && at.parent !== undefined; at = at.parent) {
    const { key } = at;
    if (typeof key === 'number') {
      path = `[${key}]${path}`;
      hasItems = true;
    } else if (PLAIN_KEY.test(key!)) path = at.parent === root ? key + path : `.${key}${path}`;
    else path = `[${JSON.stringify(key)}]${path}`;
  }
  if (hasItems) {
    const stable = stablePath(node, root);
    if (stable !== plainPath(node.steps.slice(root.steps.length))) path = `${path}\0${stable}`;
  }
  into.push(path, start, end - start, line, column);
}

/** A key that a path shows without quotes, as `formatPath` has it. */
const PLAIN_KEY = /^[A-Za-z_][\w-]*$/;

/** The place of the node at a path, where it was kept. */
export function placeKept(resource: Resource, steps: readonly (string | number)[]): KnownPlace | undefined {
  const { places } = resource;
  if (places === undefined) return undefined;
  const path = formatPath(steps);
  for (let at = 0; at < places.length; at += SIZE) {
    const known = places[at] as string;
    if (!known.startsWith(path)) continue;
    const named = known.length > path.length;
    if (named && known.charCodeAt(path.length) !== 0) continue;
    const start = places[at + 1] as number;
    const length = places[at + 2] as number;
    const line = places[at + 3] as number;
    const column = places[at + 4] as number;
    const { file, document } = resource.head;
    return {
      file,
      document,
      span: { start, end: start + length },
      range: { start: { line, column }, end: { line, column: column + length } },
      path,
      stable: named ? known.slice(path.length + 1) : plainPath(steps),
    };
  }
  return undefined;
}

/** Entries of a kept place. */
const SIZE = 5;
