import type { Resource } from '../k8s/resource.ts';
import type { KubeVersion } from '../k8s/version.ts';
import type { World } from './rule.ts';

/** What a fact kept of one resource in the map phase. */
export interface Collected<C> {
  readonly resource: Resource;
  readonly data: C;
}

/**
 * An analysis over the whole input, computed once and shared by rules: RBAC closure, network reachability, use of
 * service accounts.
 *
 * `collect` runs in the map phase, file by file, and keeps what the analysis needs of a resource as plain JSON data
 * (no nodes), so that memory holds facts and not trees, and ten thousand files are parsed once. `compute` runs in the
 * reduce phase. It may touch `resource.root`, which parses that document again: right for reporting, wrong for
 * computing.
 */
export interface Fact<F, C = unknown> {
  readonly name: string;
  /** GroupKinds offered to `collect`, as in a rule; `pods: true` offers every resource that has pods. */
  readonly kinds?: readonly string[];
  readonly pods?: boolean;
  readonly collect?: (resource: Resource) => C | undefined;
  /** Other facts that `compute` asks for. */
  readonly uses?: readonly AnyFact[];
  /** What it keeps stands beside what other facts keep, and is no reason to run a rule. */
  readonly beside?: boolean;
  compute(project: Project, collected: readonly Collected<C>[]): F;
}

// biome-ignore lint/suspicious/noExplicitAny: facts of every type stand side by side in a rule's declaration.
export type AnyFact = Fact<any, any>;

/** The whole input as cross-resource rules see it. */
export interface Project {
  readonly resources: readonly Resource[];
  readonly version: KubeVersion;
  readonly world: World;
  /** `Deployment.apps`, `Namespace`: see `Resource.groupKind`. */
  ofKind(groupKind: string): readonly Resource[];
  /** The last one given, as kubectl apply would leave it. */
  find(groupKind: string, namespace: string, name: string): Resource | undefined;
  /** Resources that share kind, namespace and name with another one, kind by kind in the order of the input. */
  readonly repeated: readonly Resource[];
  fact<F, C>(fact: Fact<F, C>): F;
  /** The path to the one pod of a resource; undefined for a kind that may hold several. */
  podPath(resource: Resource): readonly string[] | undefined;
}

export function defineFact<F, C>(fact: Fact<F, C>): Fact<F, C> {
  return fact;
}
