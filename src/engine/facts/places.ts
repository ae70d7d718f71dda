import { INGRESS_KINDS } from '../../k8s/network/routing.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode, Node } from '../../yaml/node.ts';
import { isList, isMap, type Value } from '../../yaml/value.ts';
import { defineFact } from '../project.ts';
import { keepPlace } from '../site.ts';

export type Places = readonly (string | number)[];

/**
 * Where the nodes stand that rules about the whole input commonly report, so that ten thousand files are not parsed
 * twice. What is reported seldom is left out and parsed again: a place takes about a hundred bytes.
 */
export const placesFact = defineFact<undefined, Places>({
  name: 'places',
  beside: true,
  kinds: [
    'Service',
    'ServiceAccount',
    'Namespace',
    'NetworkPolicy.networking.k8s.io',
    'Role.rbac.authorization.k8s.io',
    'ClusterRole.rbac.authorization.k8s.io',
    'RoleBinding.rbac.authorization.k8s.io',
    'ClusterRoleBinding.rbac.authorization.k8s.io',
    ...INGRESS_KINDS,
  ],
  pods: true,
  collect,
  // The index hands them to the resources themselves.
  compute: () => undefined,
});

function collect(resource: Resource): Places | undefined {
  const { root, groupKind } = resource;
  if (root.document.file.origin.kind === 'embedded') return undefined;
  const places: (string | number)[] = [];
  const keep = (node: AnyNode): void => keepPlace(places, node, root);
  switch (groupKind) {
    case 'NetworkPolicy.networking.k8s.io':
      policy(root, keep);
      break;
    case 'Role.rbac.authorization.k8s.io':
    case 'ClusterRole.rbac.authorization.k8s.io':
      role(root, keep);
      break;
    case 'RoleBinding.rbac.authorization.k8s.io':
    case 'ClusterRoleBinding.rbac.authorization.k8s.io':
      binding(root, keep);
      break;
    case 'Ingress.networking.k8s.io':
    case 'Ingress.extensions':
      ingress(root, keep);
      break;
    case 'Service':
    case 'ServiceAccount':
    case 'Namespace': {
      const name = resource.metadata.get('name');
      if (name.string !== undefined) keep(name);
      const selector = groupKind === 'Service' ? root.at(['spec', 'selector']) : undefined;
      if (selector?.isMap === true) keep(selector);
      break;
    }
    default:
      for (const pod of resource.pods) if (!pod.partial) podPlaces(pod, keep);
  }
  return places.length === 0 ? undefined : places;
}

type Keep = (node: AnyNode) => void;

function podPlaces(pod: PodView, keep: Keep): void {
  const spec: AnyNode = pod.spec;
  if (!isMap(spec.raw)) return;
  const { serviceAccountName, serviceAccount } = spec.raw;
  if (typeof serviceAccountName === 'string') keep(spec.get('serviceAccountName'));
  else if (serviceAccountName == null && typeof serviceAccount === 'string') keep(spec.get('serviceAccount'));
  if (asksForSomething(spec.raw['resources'])) return;
  // A pod that asks for nothing is reported at its first container.
  for (const { value, kind } of pod.containers) {
    if (kind !== 'ephemeral' && asksForSomething(value['resources'])) return;
  }
  const first = pod.containers.find(({ kind }) => kind === 'main') ?? pod.containers[0];
  if (first !== undefined) keep(first.node.get('resources'));
}

function asksForSomething(resources: Value | undefined): boolean {
  return isMap(resources) && (resources['requests'] !== undefined || resources['limits'] !== undefined);
}

function policy(root: Node, keep: Keep): void {
  const spec: AnyNode = root.at(['spec']);
  if (!isMap(spec.raw)) return;
  if (isMap(spec.raw['podSelector'])) keep(spec.get('podSelector'));
  for (const [direction, peersKey] of PEERS) {
    const rules: AnyNode = spec.get(direction);
    for (const rule of rules.items() as readonly AnyNode[]) {
      const peers: AnyNode = rule.get(peersKey);
      for (const peer of peers.items() as readonly AnyNode[]) {
        if (!isMap(peer.raw)) continue;
        if (isMap(peer.raw['podSelector'])) keep(peer.get('podSelector'));
        if (isMap(peer.raw['namespaceSelector'])) keep(peer.get('namespaceSelector'));
      }
      const ports: AnyNode = rule.get('ports');
      for (const port of ports.items() as readonly AnyNode[]) {
        if (isMap(port.raw) && port.raw['port'] != null) keep(port.get('port'));
      }
    }
  }
}

const PEERS = [
  ['ingress', 'from'],
  ['egress', 'to'],
] as const;

function role(root: Node, keep: Keep): void {
  for (const rule of root.at(['rules']).items() as readonly AnyNode[]) {
    if (!isMap(rule.raw)) continue;
    const resources: AnyNode = rule.get('resources');
    for (const item of resources.items() as readonly AnyNode[]) if (typeof item.raw === 'string') keep(item);
    // Of verbs and groups a wildcard is what is pointed at.
    for (const list of ['verbs', 'apiGroups'] as const) {
      const raw = rule.raw[list];
      if (!isList(raw)) continue;
      const star = raw.indexOf('*');
      if (star !== -1) keep(rule.at([list, star]));
    }
  }
}

function binding(root: Node, keep: Keep): void {
  const name = root.at(['roleRef', 'name']);
  if (name.string !== undefined) keep(name);
  for (const subject of root.at(['subjects']).items() as readonly AnyNode[]) {
    const own: AnyNode = subject.get('name');
    if (own.string !== undefined) keep(own);
  }
}

function ingress(root: Node, keep: Keep): void {
  const spec: AnyNode = root.at(['spec']);
  const seen = new Set<string>();
  const backend = (node: AnyNode): void => {
    const service = isMap(node.raw) ? node.raw['service'] : undefined;
    if (!isMap(service) || typeof service['name'] !== 'string') return;
    const port = isMap(service['port']) ? service['port'] : undefined;
    const field = port === undefined || port['number'] == null ? 'name' : 'number';
    // One missing Service is one finding, however many paths lead to it.
    const key = `${service['name']}:${port?.[field]}`;
    if (seen.has(key)) return;
    seen.add(key);
    const own: AnyNode = node.get('service');
    keep(own.get('name'));
    if (port?.[field] != null) keep(own.at(['port', field]));
  };
  backend(spec.get('defaultBackend'));
  for (const rule of spec.get('rules').items() as readonly AnyNode[]) {
    const paths: AnyNode = rule.at(['http', 'paths']);
    for (const path of paths.items() as readonly AnyNode[]) backend(path.get('backend'));
  }
}
