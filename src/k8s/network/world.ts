import { type Labels, matches, NAMESPACE_NAME_LABEL } from '../labels.ts';
import { isUnresolved } from '../placeholder.ts';
import type { ResourceHead } from '../resource.ts';
import type {
  ClusterPolicyData,
  EntryPointData,
  NetworkObject,
  NetworkPolicyData,
  PodData,
  ServiceData,
  VendorPolicyData,
} from './objects.ts';

/** An object of the input with what was read of it. `ref` is whatever the caller needs to find it again. */
export interface NetworkItem<R> {
  readonly head: ResourceHead;
  readonly data: NetworkObject;
  readonly ref: R;
}

export interface Namespace {
  readonly index: number;
  /** Tells it from all others; the name, save for namespaces that have none. */
  readonly key: string;
  /** As shown: '' for the namespace of objects that name none. */
  readonly name: string;
  readonly labels: Labels;
  /** There may be labels that are not known: its object is not in the input. */
  readonly open: boolean;
  /** A Namespace object of this name is in the input. */
  readonly defined: boolean;
}

/** Pods that are made from one template, or one pod. */
export interface Endpoint<R> {
  readonly index: number;
  readonly namespace: Namespace;
  readonly workload: Workload<R>;
  readonly pod: PodData;
  /** Which of the resource's pods. */
  readonly podIndex: number;
  readonly ref: R;
}

/** What a person calls by one name: a Deployment, or the pods of a ReplicaSet in a dump of a cluster. */
export interface Workload<R> {
  readonly index: number;
  /** `namespace/name[Kind]`. */
  readonly id: string;
  readonly namespace: Namespace;
  readonly name: string;
  readonly kind: string;
  readonly endpoints: Endpoint<R>[];
}

export interface Placed<R, D> {
  readonly namespace: Namespace;
  readonly name: string;
  readonly kind: string;
  readonly data: D;
  readonly ref: R;
}

export type Policy<R> = Placed<R, NetworkPolicyData>;
export type ClusterPolicy<R> = Placed<R, ClusterPolicyData>;
export type Service<R> = Placed<R, ServiceData>;
export type EntryPoint<R> = Placed<R, EntryPointData>;
export type VendorPolicy<R> = Placed<R, VendorPolicyData>;

/** Everything the analysis looks at, linked. */
export interface World<R> {
  /** The first stands for a namespace of which nothing is known. */
  readonly namespaces: readonly Namespace[];
  readonly endpoints: readonly Endpoint<R>[];
  readonly workloads: readonly Workload<R>[];
  readonly policies: readonly Policy<R>[];
  /** In the order in which they decide: by tier, priority, name. */
  readonly clusterPolicies: readonly ClusterPolicy<R>[];
  readonly services: readonly Service<R>[];
  readonly entryPoints: readonly EntryPoint<R>[];
  readonly vendorPolicies: readonly VendorPolicy<R>[];
}

export interface WorldOptions {
  /** The key of the namespace of an object that names none. */
  readonly unnamed?: (head: ResourceHead) => string;
  /** How that namespace is shown; its name is then a fact. */
  readonly defaultNamespace?: string;
  /** Namespaces that are not in the input have no labels but their name. */
  readonly closed?: boolean;
}

/** A network that pods share. Cluster-wide there is one; OVN-Kubernetes and Multus add others. */
export interface Network<R> {
  /** '' for the pod network of the cluster. */
  readonly name: string;
  /** A second interface of its pods: nothing leads out of the cluster, NetworkPolicies do not apply. */
  readonly secondary: boolean;
  readonly world: World<R>;
}

const CLUSTER_SCOPED = new Set([
  'Namespace',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
  'ClusterNetworkPolicy',
  'ClusterUserDefinedNetwork',
  'CiliumClusterwideNetworkPolicy',
  'GlobalNetworkPolicy',
  'StagedGlobalNetworkPolicy',
]);

function isClusterScoped(head: ResourceHead): boolean {
  return CLUSTER_SCOPED.has(head.kind);
}

export function buildWorld<R>(items: readonly NetworkItem<R>[], options: WorldOptions = {}): World<R> {
  const namespaces = new Namespaces(items, options);
  const workloads = new Map<string, Workload<R>>();
  const endpoints: Endpoint<R>[] = [];
  const policies: Policy<R>[] = [];
  const clusterPolicies: ClusterPolicy<R>[] = [];
  const services: Service<R>[] = [];
  const entryPoints: EntryPoint<R>[] = [];
  const vendorPolicies: VendorPolicy<R>[] = [];
  const owners = ownersOf(items, namespaces);

  for (const { head, data, ref } of items) {
    const placed = {
      namespace: isClusterScoped(head) ? namespaces.unknown : namespaces.of(head),
      name: head.name,
      kind: head.kind,
      ref,
    };
    switch (data.type) {
      case 'pods':
        data.pods.forEach((pod, podIndex) => {
          const named = nameOf(head, pod, podIndex, placed.namespace, owners);
          const id = `${placed.namespace.name}/${named.name}[${named.kind}]`;
          const key = `${placed.namespace.key}\n${id}`;
          let workload = workloads.get(key);
          if (workload === undefined) {
            workload = { index: workloads.size, id, namespace: placed.namespace, ...named, endpoints: [] };
            workloads.set(key, workload);
          }
          const endpoint = { index: endpoints.length, namespace: placed.namespace, workload, pod, podIndex, ref };
          workload.endpoints.push(endpoint);
          endpoints.push(endpoint);
        });
        break;
      case 'policy':
        // A MultiNetworkPolicy speaks of secondary networks alone.
        if (data.networks !== undefined) break;
        policies.push({ ...placed, data });
        break;
      case 'clusterPolicy':
        clusterPolicies.push({ ...placed, data });
        break;
      case 'service':
        services.push({ ...placed, data });
        break;
      case 'entry':
        entryPoints.push({ ...placed, data });
        break;
      case 'vendor':
        vendorPolicies.push({ ...placed, data });
        break;
    }
  }
  clusterPolicies.sort(
    (a, b) =>
      (a.data.tier === b.data.tier ? 0 : a.data.tier === 'Admin' ? -1 : 1) ||
      a.data.priority - b.data.priority ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  return {
    namespaces: namespaces.all,
    endpoints,
    workloads: [...workloads.values()],
    policies,
    clusterPolicies,
    services,
    entryPoints,
    vendorPolicies,
  };
}

/** The networks of the input, each with the pods on it: the pod network first, then the others by name. */
export function buildNetworks<R>(items: readonly NetworkItem<R>[], options: WorldOptions = {}): readonly Network<R>[] {
  const world = buildWorld(items, options);
  const special = items.some(({ data }) => data.type === 'userNetwork' || data.type === 'attachment');
  if (!special) return [{ name: '', secondary: false, world }];
  const namespaces = new Namespaces(items, options);
  const primaries = primaryNetworks(items, namespaces);
  const networks: Network<R>[] = [];
  const onPrimary = (name: string): void => {
    const endpoints = world.endpoints.filter((endpoint) => (primaries.get(endpoint.namespace.key) ?? '') === name);
    if (endpoints.length > 0) networks.push({ name, secondary: false, world: restricted(world, endpoints) });
  };
  for (const name of ['', ...[...new Set(primaries.values())].sort()]) onPrimary(name);
  networks.push(...secondaryNetworks(items, world, namespaces));
  return networks;
}

class Namespaces {
  readonly all: Namespace[] = [];
  readonly unknown: Namespace;
  readonly #byKey = new Map<string, Namespace>();
  readonly #options: WorldOptions;
  readonly #defined = new Map<string, { readonly labels: Labels; readonly open: boolean }>();

  constructor(items: readonly NetworkItem<unknown>[], options: WorldOptions) {
    this.#options = options;
    this.unknown = { index: 0, key: '\n', name: '', labels: {}, open: true, defined: false };
    this.all.push(this.unknown);
    for (const { head, data } of items) {
      if (data.type !== 'namespace') continue;
      // The last one given stands, as kubectl apply would leave it.
      this.#defined.set(head.name, { labels: data.labels, open: data.openLabels === true });
    }
    for (const name of this.#defined.keys()) this.named(name, name);
  }

  of(head: ResourceHead): Namespace {
    if (head.namespace !== '') return this.named(head.namespace, head.namespace);
    const { defaultNamespace, unnamed } = this.#options;
    if (defaultNamespace !== undefined) return this.named(defaultNamespace, defaultNamespace);
    return this.named(`\n${unnamed?.(head) ?? ''}`, '');
  }

  private named(key: string, name: string): Namespace {
    let namespace = this.#byKey.get(key);
    if (namespace !== undefined) return namespace;
    const defined = name === '' ? undefined : this.#defined.get(name);
    const templated = isUnresolved(name);
    namespace = {
      index: this.all.length,
      key,
      name,
      // The API server sets this label on every namespace and overwrites any other value.
      labels: { ...defined?.labels, ...(name === '' || templated ? {} : { [NAMESPACE_NAME_LABEL]: name }) },
      open: templated || (defined === undefined ? this.#options.closed !== true || name === '' : defined.open),
      defined: defined !== undefined,
    };
    this.all.push(namespace);
    this.#byKey.set(key, namespace);
    return namespace;
  }
}

type Owners = ReadonlyMap<string, { readonly kind: string; readonly name: string }>;

function ownersOf(items: readonly NetworkItem<unknown>[], namespaces: Namespaces): Owners {
  const owners = new Map<string, { readonly kind: string; readonly name: string }>();
  for (const { head, data } of items) {
    if (data.type !== 'pods' || data.owner === undefined) continue;
    owners.set(`${namespaces.of(head).key}\n${head.kind}\n${head.name}`, data.owner);
  }
  return owners;
}

/** The topmost owner that can be followed names the pods; several templates of one object are numbered. */
function nameOf(
  head: ResourceHead,
  pod: PodData,
  podIndex: number,
  namespace: Namespace,
  owners: Owners,
): { readonly name: string; readonly kind: string } {
  // The mirror pod of a static pod names its node as owner.
  const owner = pod.owner?.kind === 'Node' ? undefined : pod.owner;
  let name = owner?.name ?? head.name;
  let kind = owner === undefined ? head.kind : owner.kind || 'Pod';
  const seen = new Set<string>();
  for (;;) {
    const key = `${namespace.key}\n${kind}\n${name}`;
    const above = owners.get(key);
    if (above === undefined || seen.has(key)) break;
    seen.add(key);
    ({ name, kind } = above);
  }
  return { name: podIndex === 0 || owner !== undefined ? name : `${name}#${podIndex + 1}`, kind };
}

/** Which namespaces have a primary network of their own; OVN-Kubernetes asks for a label on the namespace besides. */
function primaryNetworks(items: readonly NetworkItem<unknown>[], namespaces: Namespaces): ReadonlyMap<string, string> {
  const primaries = new Map<string, string>();
  for (const { head, data } of items) {
    if (data.type !== 'userNetwork' || !data.primary) continue;
    const selector = data.namespaces;
    const own =
      selector === undefined
        ? [namespaces.of(head)]
        : namespaces.all.filter((each) => matches(selector, each) === true);
    for (const namespace of own) {
      if (namespace === namespaces.unknown || !(PRIMARY_LABEL in namespace.labels)) continue;
      const name = selector === undefined ? namespace.name : head.name;
      if (!primaries.has(namespace.key)) primaries.set(namespace.key, name);
    }
  }
  return primaries;
}

const PRIMARY_LABEL = 'k8s.ovn.org/primary-user-defined-network';

function restricted<R>(world: World<R>, endpoints: readonly Endpoint<R>[]): World<R> {
  const workloads = new Map<Workload<R>, Workload<R>>();
  const kept = endpoints.map((endpoint, index): Endpoint<R> => {
    let workload = workloads.get(endpoint.workload);
    if (workload === undefined) {
      workload = { ...endpoint.workload, index: workloads.size, endpoints: [] };
      workloads.set(endpoint.workload, workload);
    }
    const own = { ...endpoint, index, workload };
    workload.endpoints.push(own);
    return own;
  });
  return { ...world, endpoints: kept, workloads: [...workloads.values()] };
}

function secondaryNetworks<R>(
  items: readonly NetworkItem<R>[],
  world: World<R>,
  namespaces: Namespaces,
): readonly Network<R>[] {
  // Definitions of one name in their configuration are one network, wherever they stand.
  const byDefinition = new Map<string, string>();
  for (const { head, data } of items) {
    if (data.type === 'attachment') byDefinition.set(`${namespaces.of(head).name}/${head.name}`, data.network);
  }
  const networkOf = (reference: string, namespace: Namespace): string | undefined =>
    byDefinition.get(reference.includes('/') ? reference : `${namespace.name}/${reference}`);
  return [...new Set(byDefinition.values())].sort().map((name): Network<R> => {
    const endpoints = world.endpoints.filter((endpoint) =>
      endpoint.pod.networks?.some((reference) => networkOf(reference, endpoint.namespace) === name),
    );
    const policies: Policy<R>[] = [];
    for (const { head, data, ref } of items) {
      if (data.type !== 'policy' || data.networks === undefined) continue;
      const namespace = world.namespaces.find(({ key }) => key === namespaces.of(head).key)!;
      if (data.networks.some((reference) => networkOf(reference, namespace) === name)) {
        policies.push({ namespace, name: head.name, kind: head.kind, data, ref });
      }
    }
    return {
      name,
      secondary: true,
      world: {
        ...restricted(world, endpoints),
        policies,
        clusterPolicies: [],
        services: [],
        entryPoints: [],
        vendorPolicies: [],
      },
    };
  });
}
