import type { EngineOptions } from '../k8s/network/engine.ts';
import type { Network, Workload } from '../k8s/network/world.ts';
import type { Resource } from '../k8s/resource.ts';

/** What the writers of the network command look at. */
export interface View {
  readonly networks: readonly Network<Resource>[];
  readonly engine: EngineOptions;
  readonly focus: ((workload: Workload<Resource>) => boolean) | undefined;
  /** Host names that a pod has been told. */
  readonly uses: (resource: Resource, podIndex: number) => readonly string[];
  /** Something could not be read. */
  readonly failed: boolean;
}

/** What the answers do not hold, one sentence each. */
export function notesOf({ networks }: View): readonly string[] {
  const [main] = networks;
  if (main === undefined) return [];
  const { world } = main;
  const notes: string[] = [];
  const kinds = new Map<string, number>();
  for (const { kind } of world.vendorPolicies) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  for (const [kind, count] of kinds) {
    notes.push(
      `${count} ${kind}${count === 1 ? ' is' : ' are'} not evaluated: connections of the pods that they may select are shown as possible`,
    );
  }
  for (const { name, namespace, data } of world.policies) {
    if (data.rejected)
      notes.push(
        `NetworkPolicy "${namespace.name}/${name}" would be refused by the API server: whether it is in force is not known`,
      );
  }
  for (const { kind, name, data } of world.clusterPolicies) {
    if (data.rejected)
      notes.push(`${kind} "${name}" would be refused by the API server: whether it is in force is not known`);
    const peers = [...data.ingress, ...data.egress].flatMap((rule) => rule.peers);
    if (peers.some(({ by }) => by === 'nodes' || by === 'domains')) {
      notes.push(`${kind} "${name}" has peers by node or domain name, whose addresses are not in the manifests`);
    }
  }
  const unknown = world.namespaces.filter(
    ({ index, name, defined, open }) => index > 0 && name !== '' && !defined && open,
  );
  const asked = [
    ...world.policies.flatMap(({ data }) => [...data.ingress, ...data.egress]).flatMap(({ peers }) => peers ?? []),
  ].some(({ namespaces }) => namespaces?.some(({ key }) => key !== 'kubernetes.io/metadata.name') === true);
  if (asked && unknown.length > 0) {
    const names = unknown
      .slice(0, 5)
      .map(({ name }) => `"${name}"`)
      .join(', ');
    notes.push(
      `labels of namespace ${names}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''} are not in the input: what depends on them is shown as possible`,
    );
  }
  const hosts = world.endpoints.filter(({ pod }) => pod.hostNetwork === true).length;
  if (hosts > 0 && world.policies.length > 0) {
    notes.push(
      `${hosts} host-network pod${hosts === 1 ? ' is' : 's are'} taken to be beyond NetworkPolicies, as most network plugins have it`,
    );
  }
  return notes;
}
