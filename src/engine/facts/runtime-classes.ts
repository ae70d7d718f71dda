import type { Resource } from '../../k8s/resource.ts';
import { isSandboxHandler } from '../../k8s/sandbox.ts';
import { defineFact } from '../project.ts';

export interface RuntimeClass {
  readonly name: string;
  /** Undefined where it is none of the kind: a template, another type. */
  readonly handler: string | undefined;
  readonly resource: Resource;
}

export interface RuntimeClasses {
  readonly byName: ReadonlyMap<string, RuntimeClass>;
  /**
   * Runs its pods behind a boundary of its own. A class that is not in the input is judged by its name. `handlers`
   * are further handlers that count.
   */
  isSandboxed(runtimeClassName: string | undefined, handlers: readonly string[]): boolean;
}

/** The RuntimeClasses of the input. */
export const runtimeClassesFact = defineFact<RuntimeClasses, string | null>({
  name: 'runtime-classes',
  kinds: ['RuntimeClass.node.k8s.io'],
  // The handler stands at the top of the object.
  collect: (resource) => resource.root.get('handler').string ?? null,
  compute(_project, collected) {
    const byName = new Map<string, RuntimeClass>();
    for (const { resource, data } of collected) {
      byName.set(resource.head.name, { name: resource.head.name, handler: data ?? undefined, resource });
    }
    return {
      byName,
      isSandboxed(runtimeClassName, handlers) {
        if (runtimeClassName === undefined || runtimeClassName === '') return false;
        const known = byName.get(runtimeClassName);
        return isSandboxHandler(known?.handler ?? runtimeClassName, handlers);
      },
    };
  },
});

/** What a pod says about where it wants to run. */
export interface PodRuntime {
  /** Which of the resource's pods. */
  readonly pod: number;
  /** Undefined where it is not a string. */
  readonly runtimeClassName: string | undefined;
  /** Why it is known to run what is not to be trusted. */
  readonly untrusted: string | undefined;
}

export interface PodRuntimes {
  readonly pods: readonly (PodRuntime & { readonly resource: Resource })[];
}

/** Pods that name a RuntimeClass, or are marked as untrusted. */
export const podRuntimesFact = defineFact<PodRuntimes, readonly PodRuntime[]>({
  name: 'pod-runtimes',
  pods: true,
  collect(resource) {
    const found: PodRuntime[] = [];
    resource.pods.forEach(({ spec, metadata }, pod) => {
      const runtimeClassName = spec.get('runtimeClassName').string;
      const untrusted = untrustedMark(
        resource,
        metadata.get('labels').raw,
        metadata.get('annotations').raw,
        runtimeClassName,
      );
      if (runtimeClassName !== undefined || untrusted !== undefined) found.push({ pod, runtimeClassName, untrusted });
    });
    return found.length === 0 ? undefined : found;
  },
  compute: (_project, collected) => ({
    pods: collected.flatMap(({ resource, data }) => data.map((each) => ({ ...each, resource }))),
  }),
});

/** `key=value`: labels and annotations by which pods, or whole namespaces, are marked as untrusted. */
export const UNTRUSTED_MARKS: readonly (readonly [key: string, value: string])[] = [
  ['security.kubernetes.io/untrusted', 'true'],
  ['io.kubernetes.cri.untrusted-workload', 'true'],
  ['workload-trust', 'untrusted'],
];

/** The mark that a map of labels or annotations carries. */
export function markIn(map: unknown): string | undefined {
  if (typeof map !== 'object' || map === null) return undefined;
  const strings = map as Readonly<Record<string, unknown>>;
  for (const [key, value] of UNTRUSTED_MARKS) if (strings[key] === value) return `${key}: ${value}`;
  return undefined;
}

function untrustedMark(
  resource: Resource,
  labels: unknown,
  annotations: unknown,
  runtimeClassName: string | undefined,
): string | undefined {
  const { group, kind } = resource.head;
  if (group === 'agents.x-k8s.io' || group === 'extensions.agents.x-k8s.io') return `kind ${kind}`;
  const mark = markIn(labels) ?? markIn(annotations);
  if (mark !== undefined) return mark;
  // GKE Sandbox schedules by this label, and sandboxes by the RuntimeClass.
  const gke = (labels as Readonly<Record<string, unknown>> | undefined | null)?.['sandbox.gke.io/runtime'];
  return gke !== undefined && runtimeClassName === undefined ? 'sandbox.gke.io/runtime' : undefined;
}
