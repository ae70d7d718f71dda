import type { SourceFile, Span } from '../text/source-file.ts';
import type { AnyNode, Node } from '../yaml/node.ts';
import type { PodView } from './pod.ts';

export interface ResourceId {
  /** API group, '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** '' where the manifest names none, and for cluster-scoped kinds. */
  readonly namespace: string;
  /** metadata.name; `metadata.generateName` with a `*` behind it where there is no name; '' where there is neither. */
  readonly name: string;
}

/** What cross-resource work needs before anyone touches a body: small, plain data, sendable between threads. */
export interface ResourceHead extends ResourceId {
  readonly file: string;
  /** 0-based index of the document in its file. */
  readonly document: number;
  /** The path of the resource inside its document: empty, or `['items', 3]` for an item of a List. */
  readonly within: readonly (string | number)[];
  /** For an object inside another one, as a ConfigMap holds a KubeletConfiguration: its number among those. */
  readonly embedded?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where the resource stands in its file. */
  readonly span: Span;
}

/** One Kubernetes object of the input. */
export interface Resource<T = unknown> {
  readonly head: ResourceHead;
  /** `Deployment.apps`, `Pod`: the kind with its group as Kubernetes writes a GroupKind. */
  readonly groupKind: string;
  readonly file: SourceFile;
  /** The object itself. Parsed again on access when the tree was dropped after the map phase. */
  readonly root: Node<T>;
  readonly metadata: AnyNode;
  /** The pods that this resource makes or is: none, one, or several (JobSet, Volcano Job, RayCluster). */
  readonly pods: readonly PodView[];
  /** Where some of its nodes stand, as the map phase kept it for reports that need no tree. */
  readonly places?: readonly (string | number)[] | undefined;
}

/** `apps/v1` → group and version; the core group is ''. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash === -1
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function groupKind(group: string, kind: string): string {
  return group === '' ? kind : `${kind}.${group}`;
}
