import type { PodView } from '../../k8s/pod.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { defineFact } from '../project.ts';

/** Host names, with a port where one stands behind them, that a pod has in its environment and arguments. */
export interface PodHosts {
  readonly hosts: readonly string[];
  /** ConfigMaps that it reads. */
  readonly configMaps: readonly string[];
}

type Piece =
  | { readonly type: 'pods'; readonly pods: readonly PodHosts[] }
  | { readonly type: 'configMap'; readonly hosts: readonly string[] };

export interface ServiceUses {
  /** All that one of a resource's pods names, its ConfigMaps included. */
  hostsOf(resource: Resource, podIndex: number): readonly string[];
}

/** Which host names workloads have been told: from these the Services that they use can be known. */
export const serviceUsesFact = defineFact<ServiceUses, Piece>({
  name: 'service-uses',
  kinds: ['ConfigMap'],
  pods: true,
  collect(resource): Piece {
    if (resource.groupKind === 'ConfigMap') {
      const data: AnyNode = resource.root.get('data' as never);
      return { type: 'configMap', hosts: hostsIn(data.entries().map(([, value]) => (value as AnyNode).string ?? '')) };
    }
    return { type: 'pods', pods: resource.pods.filter((pod) => !pod.partial).map(hostsOfPod) };
  },
  compute(_project, collected) {
    const pods = new Map<Resource, readonly PodHosts[]>();
    const configMaps = new Map<string, readonly string[]>();
    for (const { resource, data } of collected) {
      if (data.type === 'pods') pods.set(resource, data.pods);
      else configMaps.set(`${resource.head.namespace}\n${resource.head.name}`, data.hosts);
    }
    return {
      hostsOf(resource, podIndex) {
        const own = pods.get(resource)?.[podIndex];
        if (own === undefined) return [];
        const read = own.configMaps.flatMap((name) => configMaps.get(`${resource.head.namespace}\n${name}`) ?? []);
        return [...new Set([...own.hosts, ...read])];
      },
    };
  },
});

function hostsOfPod(pod: PodView): PodHosts {
  const texts: string[] = [];
  const configMaps = new Set<string>();
  const read = (node: AnyNode): void => {
    if (node.string !== undefined) configMaps.add(node.string);
  };
  for (const { node } of pod.containers) {
    const container: AnyNode = node;
    for (const variable of container.get('env').items() as readonly AnyNode[]) {
      texts.push(variable.get('value').string ?? '');
      read(variable.at(['valueFrom', 'configMapKeyRef', 'name']));
    }
    for (const source of container.get('envFrom').items() as readonly AnyNode[])
      read(source.at(['configMapRef', 'name']));
    texts.push(...container.get('command').strings, ...container.get('args').strings);
  }
  for (const volume of pod.spec.get('volumes').items() as readonly AnyNode[]) read(volume.at(['configMap', 'name']));
  return { hosts: hostsIn(texts), configMaps: [...configMaps] };
}

/**
 * `web:8080`, `http://web`, `web.shop.svc.cluster.local` wherever they stand; a bare word only where it is a whole
 * value, since any word may be the name of a Service.
 */
function hostsIn(texts: readonly string[]): readonly string[] {
  const hosts = new Set<string>();
  for (const text of texts) {
    for (const match of text.matchAll(HOST)) {
      const [whole, scheme, host, port] = match;
      const bare = scheme === undefined && port === undefined && !host!.includes('.');
      if (bare) {
        const before = text.slice(0, match.index);
        const after = text.slice(match.index + whole.length);
        if (!/(?:^|[=:,]\s*["']?)$/.test(before) || !/^["']?(?:$|[,\n])/.test(after)) continue;
      }
      hosts.add(port === undefined ? host! : `${host}:${port}`);
    }
  }
  return [...hosts];
}

const HOST =
  /(?<![\w./@-])([a-z][a-z0-9+.-]*:\/\/(?:[^\s/@]*@)?)?([a-z](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::(\d{1,5}))?(?![\w@-])/g;
