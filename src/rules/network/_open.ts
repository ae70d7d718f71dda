import { listNames, type NetworkFacts, workloadNames } from '../../engine/facts/network.ts';
import type { Severity } from '../../engine/finding.ts';
import type { Project } from '../../engine/project.ts';
import type { More } from '../../engine/rule.ts';
import { UNKNOWN_POD } from '../../k8s/network/engine.ts';
import { CLUSTER_POLICIES, type Direction, NETWORK_POLICY, VENDOR_POLICIES } from '../../k8s/network/objects.ts';
import { ALL_PORTS } from '../../k8s/network/port-set.ts';
import type { Endpoint, Namespace } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';

/** Without a namespace or a policy, only a closed world is known to be kept in the input. */
export function mayKeepNamespaces(project: Project): boolean {
  return project.world === 'closed' || KEEPING.some((kind) => project.ofKind(kind).length > 0);
}

const KEEPING = ['Namespace', NETWORK_POLICY, ...CLUSTER_POLICIES, ...VENDOR_POLICIES];

/** A namespace with pods that nothing isolates in a direction. */
export interface OpenNamespace {
  readonly namespace: Namespace;
  readonly open: readonly Endpoint<Resource>[];
  readonly total: number;
  /** One of the open pods can be reached from outside the cluster: by what. */
  readonly published: string | undefined;
}

/** The namespaces of which it may be said that their network is kept in the input, and that leave pods open. */
export function* openNamespaces(facts: NetworkFacts, direction: Direction): Generator<OpenNamespace> {
  const byNamespace = new Map<Namespace, Endpoint<Resource>[]>();
  for (const endpoint of facts.world.endpoints) {
    const { namespace } = endpoint;
    if (facts.isSystem(namespace) || !facts.isKept(namespace) || isUnrestricted(namespace)) continue;
    const own = byNamespace.get(namespace);
    if (own === undefined) byNamespace.set(namespace, [endpoint]);
    else own.push(endpoint);
  }
  for (const [namespace, endpoints] of byNamespace) {
    const governed = endpoints.filter(({ pod }) => pod.hostNetwork !== true);
    const open = governed.filter((endpoint) => isOpen(facts, direction, endpoint));
    if (open.length === 0) continue;
    const how = open.map((endpoint) => facts.published().get(facts.engine.classOf(endpoint)));
    yield {
      namespace,
      open,
      total: workloadNames(governed).length,
      published: how.find((each) => each !== undefined),
    };
  }
}

/** Where to point, what to say and what to show beside it. */
export function describeOpen(
  facts: NetworkFacts,
  { namespace, open, total, published }: OpenNamespace,
  verb: string,
  whenPublished: Severity,
): {
  readonly at: Resource;
  readonly more: More & { readonly data: Record<'where' | 'open' | 'total' | 'names', string | number> };
} {
  const names = workloadNames(open);
  const first = new Map(open.map((endpoint) => [endpoint.workload.name, endpoint.ref]));
  const own = facts.resourceOf(namespace);
  const related = [...first].slice(0, 5).map(([name, at]) => ({ at, message: `"${name}" ${verb}` }));
  return {
    at: own ?? open[0]!.ref,
    more: {
      data: { where: facts.describe(namespace), open: names.length, total, names: listNames(names) },
      related: own === undefined ? related.slice(1) : related,
      ...(published === undefined ? {} : { severity: whenPublished }),
    },
  };
}

function isOpen(facts: NetworkFacts, direction: Direction, endpoint: Endpoint<Resource>): boolean {
  const { engine } = facts;
  const pod = engine.classOf(endpoint);
  if (engine.isolation(direction, pod) !== 'no' || facts.mayBeIsolatedByVendor(direction, pod)) return false;
  if (direction === 'ingress' && acceptsNothing(endpoint)) return false;
  // Closed by a policy of the cluster: not every pod gets through.
  return engine.letsThrough(direction, pod, 'lower', ALL_PORTS, [UNKNOWN_POD]);
}

/** A job that declares no port serves nobody. */
function acceptsNothing({ workload, pod }: Endpoint<Resource>): boolean {
  return (workload.kind === 'Job' || workload.kind === 'CronJob') && pod.ports.length === 0;
}

/** Somebody said that this is meant. */
function isUnrestricted(namespace: Namespace): boolean {
  return namespace.labels['kubesec-lint.dev/network'] === 'unrestricted';
}
