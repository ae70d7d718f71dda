import { LabelIndex, SelectorIndex } from '../../k8s/label-index.ts';
import { canonical, type LabelSelector, type Labels, matches } from '../../k8s/labels.ts';
import { forEachBit } from '../../k8s/network/bits.ts';
import { type Entry, entries, entriesOf, type ServicesByName, servicesByName } from '../../k8s/network/connections.ts';
import { NetworkEngine, type PeerIndex, type Selection } from '../../k8s/network/engine.ts';
import { type Direction, NETWORK_KINDS, type NetworkObject } from '../../k8s/network/objects.ts';
import { readPods } from '../../k8s/network/pods.ts';
import { readNetworkObject } from '../../k8s/network/read-object.lazy.ts';
import {
  buildWorld,
  type Endpoint,
  type EntryPoint,
  type Namespace,
  type NetworkItem,
  type Policy,
  type Service,
  type World,
} from '../../k8s/network/world.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import type { Resource, ResourceHead } from '../../k8s/resource.ts';
import { defineFact, type Project } from '../project.ts';
import { placesFact } from './places.ts';

/** Pods, Services and policies of all input, linked; the engine over them is made when the first rule asks for it. */
export const networkFact = defineFact<NetworkFacts, NetworkObject>({
  name: 'network',
  kinds: NETWORK_KINDS,
  pods: true,
  // Nearly every input has pods; what reads the other objects is loaded where there are some.
  collect: (resource) => (isRead(resource) ? readNetworkObject(resource) : readPods(resource)),
  uses: [placesFact],
  compute(project, collected) {
    const items = collected.map(
      ({ resource, data }): NetworkItem<Resource> => ({ head: resource.head, data, ref: resource }),
    );
    // Objects that name no namespace go where kubectl is pointed at: together with what stands beside them.
    const world = buildWorld(items, { unnamed: folderScopes(project), closed: project.world === 'closed' });
    return new NetworkFacts(project, world, items);
  },
});

function isRead({ groupKind }: Resource): boolean {
  return NETWORK_KINDS.includes(groupKind) || groupKind.endsWith('.kubevirt.io');
}

export class NetworkFacts {
  readonly world: World<Resource>;
  readonly items: readonly NetworkItem<Resource>[];
  readonly #project: Project;
  #engine: NetworkEngine<Resource> | undefined;
  #inhabited: ReadonlyMap<Namespace, PodGroup> | undefined;
  #nameless: PodGroup | undefined;
  #everywhere: PodGroup | undefined;
  #known: LabelIndex<Namespace> | undefined;
  readonly #meant = new Map<string, MeantNamespaces>();
  #policed: ReadonlyMap<Namespace, readonly Policy<Resource>[]> | undefined;
  readonly #servicesOn = new Map<Endpoint<Resource>, readonly Service<Resource>[]>();
  #serving: ReadonlyMap<Namespace, SelectorIndex<Service<Resource>>> | undefined;
  readonly #selecting = new Map<Namespace, SelectorIndex<Policy<Resource>>>();
  #services: ServicesByName<Resource> | undefined;
  #published: ReadonlyMap<PeerIndex, string> | undefined;
  readonly #backing = new Map<Service<Resource>, Selection | undefined>();

  constructor(project: Project, world: World<Resource>, items: readonly NetworkItem<Resource>[]) {
    this.#project = project;
    this.world = world;
    this.items = items;
  }

  get engine(): NetworkEngine<Resource> {
    this.#engine ??= new NetworkEngine(this.world);
    return this.#engine;
  }

  /** The input holds something that makes pods there. */
  hasPods(namespace: Namespace): boolean {
    return this.podsOf(namespace).pods.length > 0;
  }

  /** Pods that stand where an object stands: its namespace, and for one that names none all that name none. */
  podsAround(namespace: Namespace): PodGroup {
    if (namespace.name !== '') return this.podsOf(namespace);
    this.#nameless ??= new PodGroup(this.world.endpoints.filter((endpoint) => endpoint.namespace.name === ''));
    return this.#nameless;
  }

  /** Pods of the whole input. */
  get everywhere(): PodGroup {
    this.#everywhere ??= new PodGroup(this.world.endpoints);
    return this.#everywhere;
  }

  /** The namespaces of the input that a selector means; many policies share one. */
  meant(selector: LabelSelector): MeantNamespaces {
    const key = canonical(selector);
    let meant = this.#meant.get(key);
    if (meant === undefined) {
      // The first namespace stands for one of which nothing is known.
      this.#known ??= new LabelIndex(this.world.namespaces.slice(1), (namespace) => namespace);
      const candidates = this.#known.filter(selector);
      const sure = new Set(candidates.filter((namespace) => matches(selector, namespace) === true));
      meant = { candidates, sure, pods: this.podsOfAll(candidates) };
      this.#meant.set(key, meant);
    }
    return meant;
  }

  private podsOf(namespace: Namespace): PodGroup {
    this.#inhabited ??= groupPods(this.world.endpoints, (own) => own);
    return this.#inhabited.get(namespace) ?? NO_PODS;
  }

  private podsOfAll(namespaces: readonly Namespace[]): PodGroup {
    const [only] = namespaces;
    if (only === undefined) return NO_PODS;
    if (namespaces.length === 1) return this.podsOf(only);
    if (namespaces.length === this.world.namespaces.length - 1) return this.everywhere;
    const pods = namespaces.flatMap((namespace) => this.podsOf(namespace).pods);
    return new PodGroup(pods.sort((one, other) => one.index - other.index));
  }

  policiesIn(namespace: Namespace): readonly Policy<Resource>[] {
    this.#policed ??= byNamespace(this.world.policies);
    return this.#policed.get(namespace) ?? [];
  }

  /** Policies there that may select a pod with just these labels: each has still to be asked. */
  policiesOn(namespace: Namespace, labels: Labels): readonly Policy<Resource>[] {
    let index = this.#selecting.get(namespace);
    if (index === undefined) {
      index = new SelectorIndex(this.policiesIn(namespace), ({ data }) => data.pods);
      this.#selecting.set(namespace, index);
    }
    return index.candidates(labels);
  }

  /** Absence may be concluded from: somebody keeps this namespace's network in the input, or all there is, is in it. */
  isKept(namespace: Namespace): boolean {
    if (this.#project.world === 'closed') return true;
    return namespace.defined || this.policiesIn(namespace).length > 0;
  }

  /** The Namespace object, as the last one given. */
  resourceOf(namespace: Namespace): Resource | undefined {
    return namespace.name === '' ? undefined : this.#project.find('Namespace', '', namespace.name);
  }

  /** The pods of a Service; undefined for one without a selector. */
  backing(service: Service<Resource>): Selection | undefined {
    if (!this.#backing.has(service)) {
      const { selector, serviceType } = service.data;
      const pods =
        selector === null || serviceType === 'ExternalName'
          ? undefined
          : this.engine.selectService(service.namespace, selector);
      this.#backing.set(service, pods);
    }
    return this.#backing.get(service);
  }

  /** The Services that certainly have a pod behind them. */
  servicesOn(endpoint: Endpoint<Resource>): readonly Service<Resource>[] {
    let services = this.#servicesOn.get(endpoint);
    if (services === undefined) {
      services = this.findServices(endpoint);
      this.#servicesOn.set(endpoint, services);
    }
    return services;
  }

  private findServices({ namespace, pod }: Endpoint<Resource>): readonly Service<Resource>[] {
    if (this.#serving === undefined) {
      const services = new Map<Namespace, Service<Resource>[]>();
      for (const service of this.world.services) {
        if (service.data.selector === null || service.data.serviceType === 'ExternalName') continue;
        const same = services.get(service.namespace);
        if (same === undefined) services.set(service.namespace, [service]);
        else same.push(service);
      }
      this.#serving = new Map(
        [...services].map(([place, own]) => [place, new SelectorIndex(own, ({ data }) => data.selector!)] as const),
      );
    }
    const { labels, openLabels } = pod;
    const candidates = this.#serving.get(namespace)?.candidates(labels) ?? [];
    return candidates.filter(({ data }) => matches(data.selector!, { labels, open: openLabels === true }) === true);
  }

  /** Pods that can be reached from outside the cluster by design, and by what. */
  published(): ReadonlyMap<PeerIndex, string> {
    if (this.#published !== undefined) return this.#published;
    const published = new Map<PeerIndex, string>();
    const publish = (service: Service<Resource>, how: string): void => {
      const pods = this.backing(service);
      if (pods !== undefined) forEachBit(pods.must, (pod) => void (published.has(pod) || published.set(pod, how)));
    };
    for (const service of this.world.services) {
      const { reach, restricted } = service.data;
      if ((reach === 'public' || reach === 'unknown') && !restricted)
        publish(service, `Service "${service.name}" of type LoadBalancer`);
      if (reach === 'node') publish(service, `Service "${service.name}" of type NodePort`);
    }
    for (const { service } of this.entries()) publish(service, `an Ingress or route to Service "${service.name}"`);
    this.#published = published;
    return published;
  }

  entries(): readonly Entry<Resource>[] {
    return entries(this.world);
  }

  entriesOf(entryPoint: EntryPoint<Resource>): readonly Entry<Resource>[] {
    this.#services ??= servicesByName(this.world.services);
    return entriesOf(entryPoint, this.#services);
  }

  /** A policy of another product, which is not evaluated, may isolate the pod. */
  mayBeIsolatedByVendor(direction: Direction, pod: PeerIndex): boolean {
    return this.engine.mayBeIsolatedByVendor(direction, pod);
  }

  /** `namespace "shop"`, or words for the one that objects without a namespace share. */
  describe(namespace: Namespace): string {
    return namespace.name === '' ? 'the namespace of these manifests' : `namespace "${namespace.name}"`;
  }

  isSystem(namespace: Namespace): boolean {
    return isSystemNamespace(namespace.name);
  }
}

/** Words for some names: `"a", "b" and 3 more`. */
export function listNames(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map((name) => `"${name}"`);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Names of the workloads of some endpoints, each once. */
export function workloadNames(endpoints: readonly Endpoint<Resource>[]): readonly string[] {
  return [...new Set(endpoints.map(({ workload }) => workload.name))].sort();
}

/** Pods of one place. */
export class PodGroup {
  readonly pods: readonly Endpoint<Resource>[];
  readonly labels: LabelIndex<Endpoint<Resource>>;
  #hasHosts: boolean | undefined;
  #workloads: number | undefined;

  constructor(pods: readonly Endpoint<Resource>[]) {
    this.pods = pods;
    this.labels = new LabelIndex(pods, ({ pod }) => ({ labels: pod.labels, open: pod.openLabels === true }));
  }

  /** Some of them are on the network of their node. */
  get hasHosts(): boolean {
    this.#hasHosts ??= this.pods.some(({ pod }) => pod.hostNetwork === true);
    return this.#hasHosts;
  }

  /** How many workloads they belong to. */
  get workloads(): number {
    this.#workloads ??= new Set(this.pods.map(({ workload }) => workload)).size;
    return this.#workloads;
  }
}

/** What a selector of namespaces means. */
export interface MeantNamespaces {
  /** For which it holds or may hold. */
  readonly candidates: readonly Namespace[];
  /** For which it holds. */
  readonly sure: ReadonlySet<Namespace>;
  /** The pods of the candidates. */
  readonly pods: PodGroup;
}

const NO_PODS = new PodGroup([]);

function groupPods<K>(
  endpoints: readonly Endpoint<Resource>[],
  placeOf: (namespace: Namespace) => K,
): ReadonlyMap<K, PodGroup> {
  const groups = new Map<K, Endpoint<Resource>[]>();
  for (const endpoint of endpoints) {
    const place = placeOf(endpoint.namespace);
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [endpoint]);
    else group.push(endpoint);
  }
  return new Map([...groups].map(([place, pods]) => [place, new PodGroup(pods)]));
}

function byNamespace(policies: readonly Policy<Resource>[]): ReadonlyMap<Namespace, readonly Policy<Resource>[]> {
  const groups = new Map<Namespace, Policy<Resource>[]>();
  for (const policy of policies) {
    const group = groups.get(policy.namespace);
    if (group === undefined) groups.set(policy.namespace, [policy]);
    else group.push(policy);
  }
  return groups;
}

/** Tells objects that name no namespace apart: by the kustomization or chart they belong to, else by their folder. */
export function folderScopes(project: Project): (head: ResourceHead) => string {
  const roots = rootsOf(project);
  return (head) => rootOf(head, roots) ?? folderOf(head.file);
}

/** The kustomization or chart that an object belongs to; '' for none. Several of them rarely are one cluster. */
export function wholes(project: Project): (head: ResourceHead) => string {
  const roots = rootsOf(project);
  return (head) => rootOf(head, roots) ?? '';
}

/** Folders that a kustomization or a chart makes one whole. */
function rootsOf(project: Project): ReadonlySet<string> {
  const kinds = ['Kustomization.kustomize.config.k8s.io', 'Component.kustomize.config.k8s.io', 'Chart.helm.sh'];
  return new Set(kinds.flatMap((kind) => project.ofKind(kind)).map(({ head }) => folderOf(head.file)));
}

function rootOf(head: ResourceHead, roots: ReadonlySet<string>): string | undefined {
  for (let folder = folderOf(head.file); ; folder = folderOf(folder)) {
    if (roots.has(folder)) return folder;
    if (folder === '') return undefined;
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}
