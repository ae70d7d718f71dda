import { compare } from '../../text/order.ts';
import { forEachBit, hasBit } from './bits.ts';
import { entriesOf, servicesByName, targetPorts } from './connections.ts';
import { type Bound, type NetworkEngine, type PeerIndex, UNKNOWN_POD } from './engine.ts';
import type { ServicePort } from './objects.ts';
import { ALL_PORTS, NO_PORTS, type PortSetId } from './port-set.ts';
import type { Service, Workload } from './world.ts';

/** A way by which requests from outside the cluster are brought to a workload, and what its policies leave of it. */
export interface Publication<R> {
  readonly workload: Workload<R>;
  /** `Service shop/web (LoadBalancer, internal)`. */
  readonly by: string;
  /** Ports of the pods. */
  readonly ports: PortSetId;
  /** Let in for certain: from some address outside, or by a pod of which nothing is known for what serves routes. */
  readonly open: PortSetId;
  /** What may be let in, the certain included. */
  readonly possible: PortSetId;
}

/** Who can be reached from outside the cluster by design, in a fixed order. */
export function publications<R>(engine: NetworkEngine<R>): readonly Publication<R>[] {
  const { ports } = engine;
  const found = new Map<string, Publication<R>>();
  const add = (workload: Workload<R>, by: string, own: PortSetId, open: PortSetId, possible: PortSetId): void => {
    if (own === NO_PORTS) return;
    const key = `${workload.index}\n${by}`;
    const before = found.get(key);
    found.set(key, {
      workload,
      by,
      ports: ports.unite(own, before?.ports ?? NO_PORTS),
      open: ports.unite(open, before?.open ?? NO_PORTS),
      possible: ports.unite(possible, before?.possible ?? NO_PORTS),
    });
  };
  const outside = engine.externalPeers();
  const letIn = (pod: PeerIndex, bound: Bound, peers: readonly PeerIndex[]): PortSetId => {
    const row = engine.row('ingress', pod, bound);
    return peers.reduce((all: PortSetId, peer) => ports.unite(all, row[peer]!), NO_PORTS);
  };
  const publish = (
    service: Service<R>,
    by: string,
    wanted: readonly ServicePort[],
    peers: readonly PeerIndex[],
  ): void => {
    if (service.data.selector === null) return;
    const { must, may } = engine.selectService(service.namespace, service.data.selector);
    forEachBit(engine.withoutSymbols(may), (pod) => {
      let target: PortSetId = NO_PORTS;
      for (const port of wanted) target = ports.unite(target, targetPorts(engine, port, pod, 'upper'));
      const open = hasBit(must, pod) ? ports.intersect(target, letIn(pod, 'lower', peers)) : NO_PORTS;
      const possible = ports.intersect(target, letIn(pod, 'upper', peers));
      const workloads = new Set(engine.classes[pod]!.endpoints.map(({ workload }) => workload));
      for (const workload of workloads) add(workload, by, target, open, possible);
    });
  };
  const { world } = engine;
  for (const service of world.services) {
    const { reach, restricted, serviceType } = service.data;
    if (reach === 'cluster') continue;
    const words = [serviceType, ...(reach === 'internal' ? ['internal'] : []), ...(restricted ? ['restricted'] : [])];
    const by = `Service ${service.namespace.name}/${service.name} (${words.join(', ')})`;
    publish(service, by, service.data.ports, outside);
  }
  const byName = servicesByName(world.services);
  for (const entryPoint of world.entryPoints) {
    const { kind, namespace, name, data } = entryPoint;
    const by = `${kind} ${namespace.name}/${name}${data.internal === true ? ' (internal)' : ''}`;
    for (const { service, port } of entriesOf(entryPoint, byName)) publish(service, by, [port], [UNKNOWN_POD]);
  }
  for (const endpoint of world.endpoints) {
    const { pod, workload } = endpoint;
    if (pod.hostNetwork === true) {
      // Whatever it listens on, declared or not, it does at the address of the node.
      add(workload, 'hostNetwork', ALL_PORTS, ALL_PORTS, ALL_PORTS);
      continue;
    }
    const at = engine.classOf(endpoint);
    for (const { hostPort, protocol, number } of pod.ports) {
      if (hostPort === undefined) continue;
      const own = engine.portsAt([{ protocol, port: number, endPort: null }], at, 'lower');
      const open = ports.intersect(own, letIn(at, 'lower', outside));
      add(workload, `hostPort ${hostPort}`, own, open, ports.intersect(own, letIn(at, 'upper', outside)));
    }
  }
  return [...found.values()].sort((a, b) => compare(a.workload.id, b.workload.id) || compare(a.by, b.by));
}
