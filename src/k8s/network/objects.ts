import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { type LabelSelector, type Labels, readSelector, selectorOfLabels } from '../labels.ts';
import { isUnresolved } from '../placeholder.ts';
import type { Resource } from '../resource.ts';
import { faultsOfClusterPolicy, faultsOfNetworkPolicy, isRejected } from './faults.ts';
import { EMPTY, mapAt, readLabels, readPods, splitNames } from './pods.ts';
import { isProtocol, type Protocol } from './port-set.ts';
import {
  isInternalIngress,
  isRestrictedIngress,
  isRestrictedService,
  type Reach,
  reachOfService,
} from './publicness.ts';

/**
 * What the network analysis keeps of an object: plain JSON data, read in the map phase. Indices lead back to nodes when
 * something is reported.
 */
export type NetworkObject =
  | PodsData
  | NamespaceData
  | NetworkPolicyData
  | ClusterPolicyData
  | ServiceData
  | EntryPointData
  | VendorPolicyData
  | UserNetworkData
  | AttachmentData;

export type Direction = 'ingress' | 'egress';
export const DIRECTIONS = ['ingress', 'egress'] as const;

/** A port that a container declares. */
export interface DeclaredPort {
  /** '' where it has none. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly number: number;
  /** The same port on the address of the node. */
  readonly hostPort?: number;
  /** Which container list, container and port: the path below the pod's spec. */
  readonly at: readonly (string | number)[];
}

export interface PodData {
  readonly labels: Labels;
  /** There may be more labels than these: keys come from a template. */
  readonly openLabels?: boolean;
  readonly hostNetwork?: boolean;
  readonly ports: readonly DeclaredPort[];
  /** The object that made the pod, from `metadata.ownerReferences`. */
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly dnsPolicy?: string;
  /** Images of containers that keep running. */
  readonly images: readonly string[];
  /** Names of secondary networks, from the annotation of Multus. */
  readonly networks?: readonly string[];
}

export interface PodsData {
  readonly type: 'pods';
  readonly pods: readonly PodData[];
  /** Of the object itself, for chains of owners in a dump of a cluster. */
  readonly owner?: { readonly kind: string; readonly name: string };
}

export interface NamespaceData {
  readonly type: 'namespace';
  readonly labels: Labels;
  readonly openLabels?: boolean;
}

export interface PortEntry {
  readonly protocol: Protocol;
  /** A number, a name, or null for every port of the protocol. */
  readonly port: number | string | null;
  readonly endPort: number | null;
}

export interface AddressBlock {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** Absent selectors are null: their meaning depends on the other fields. */
export interface PolicyPeer {
  readonly namespaces: LabelSelector | null;
  readonly pods: LabelSelector | null;
  readonly block: AddressBlock | null;
}

/** Null where nothing restricts: every peer, every port. */
export interface PolicyRule {
  readonly peers: readonly PolicyPeer[] | null;
  readonly ports: readonly PortEntry[] | null;
}

export interface NetworkPolicyData {
  readonly type: 'policy';
  readonly pods: LabelSelector;
  /** Which directions the policy isolates, defaulted as the API server does. */
  readonly isolates: Readonly<Record<Direction, boolean>>;
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
  /** The API server would not take the object, so that it may not be in force. */
  readonly rejected: boolean;
  /** The secondary networks it is for: a MultiNetworkPolicy. */
  readonly networks?: readonly string[];
}

export type ClusterAction = 'Accept' | 'Deny' | 'Pass';
export type Tier = 'Admin' | 'Baseline';

/** Pods of the namespaces that are selected; null means all of them. */
export interface PodSelection {
  readonly namespaces: LabelSelector;
  readonly pods: LabelSelector | null;
}

export type ClusterPeer =
  | ({ readonly by: 'pods' } & PodSelection)
  | { readonly by: 'networks'; readonly cidrs: readonly string[] }
  | { readonly by: 'nodes' }
  | { readonly by: 'domains' }
  /** Selected by a field that this program does not know. */
  | { readonly by: 'unknown' };

export type ClusterPort =
  | { readonly protocol: Protocol; readonly low: number; readonly high: number }
  /** By name of a container port, whatever its protocol. */
  | { readonly named: string };

export interface ClusterRule {
  readonly name: string;
  readonly action: ClusterAction;
  readonly peers: readonly ClusterPeer[];
  readonly ports: readonly ClusterPort[] | null;
}

export interface ClusterPolicyData {
  readonly type: 'clusterPolicy';
  readonly tier: Tier;
  readonly priority: number;
  readonly subject: PodSelection | null;
  readonly ingress: readonly ClusterRule[];
  readonly egress: readonly ClusterRule[];
  readonly rejected: boolean;
}

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: Protocol;
  readonly nodePort: number | null;
}

export interface ServiceData {
  readonly type: 'service';
  readonly serviceType: string;
  readonly headless: boolean;
  /** Null where there is none: its endpoints are written by hand or by a controller. */
  readonly selector: LabelSelector | null;
  readonly ports: readonly ServicePort[];
  readonly reach: Reach;
  /** A load balancer that lets in some addresses only. */
  readonly restricted: boolean;
  readonly externalName?: string;
}

/** An object that brings requests from outside to Services: an Ingress, an OpenShift Route, a route of Gateway API. */
export interface EntryPointData {
  readonly type: 'entry';
  readonly backends: readonly Backend[];
  /** Meant for the private network alone, as far as it says so. */
  readonly internal?: boolean;
}

export interface Backend {
  readonly service: string;
  /** Undefined for the namespace of the object. */
  readonly namespace?: string;
  readonly port: number | string | null;
  /** The port is the target port of the Service, not its own: OpenShift Routes. */
  readonly target?: boolean;
}

export interface VendorPolicyData {
  readonly type: 'vendor';
  /** Selected pods as far as they can be told; null for those that cannot. */
  readonly selection: { readonly namespaces: LabelSelector | null; readonly pods: LabelSelector } | null;
  readonly isolates: Readonly<Record<Direction, boolean>>;
}

/** OVN-Kubernetes: namespaces whose pods have a primary network of their own. */
export interface UserNetworkData {
  readonly type: 'userNetwork';
  readonly primary: boolean;
  /** Undefined for the namespace of the object. */
  readonly namespaces?: LabelSelector;
}

/** Multus: a secondary network. */
export interface AttachmentData {
  readonly type: 'attachment';
  /** The `name` inside its CNI configuration: definitions that share it share the network. */
  readonly network: string;
}

export const NETWORK_POLICY = 'NetworkPolicy.networking.k8s.io';
export const CLUSTER_POLICIES = [
  'AdminNetworkPolicy.policy.networking.k8s.io',
  'BaselineAdminNetworkPolicy.policy.networking.k8s.io',
  'ClusterNetworkPolicy.policy.networking.k8s.io',
] as const;
export const VENDOR_POLICIES = [
  'CiliumNetworkPolicy.cilium.io',
  'CiliumClusterwideNetworkPolicy.cilium.io',
  'NetworkPolicy.projectcalico.org',
  'GlobalNetworkPolicy.projectcalico.org',
  'StagedNetworkPolicy.projectcalico.org',
  'StagedGlobalNetworkPolicy.projectcalico.org',
  'NetworkPolicy.crd.projectcalico.org',
  'GlobalNetworkPolicy.crd.projectcalico.org',
  'NetworkPolicy.crd.antrea.io',
  'ClusterNetworkPolicy.crd.antrea.io',
  'EgressNetworkPolicy.network.openshift.io',
  'EgressFirewall.k8s.ovn.org',
] as const;

const VIRTUAL_MACHINES = [
  'VirtualMachine.kubevirt.io',
  'VirtualMachineInstance.kubevirt.io',
  'VirtualMachineInstanceReplicaSet.kubevirt.io',
] as const;
const ROUTES = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] as const;

/** Kinds that the analysis reads besides those that have pods. */
export const NETWORK_KINDS: readonly string[] = [
  'Namespace',
  'Service',
  NETWORK_POLICY,
  ...CLUSTER_POLICIES,
  ...VENDOR_POLICIES,
  ...VIRTUAL_MACHINES,
  'Ingress.networking.k8s.io',
  'Ingress.extensions',
  'Route.route.openshift.io',
  ...ROUTES.map((kind) => `${kind}.gateway.networking.k8s.io`),
  'UserDefinedNetwork.k8s.ovn.org',
  'ClusterUserDefinedNetwork.k8s.ovn.org',
  'NetworkAttachmentDefinition.k8s.cni.cncf.io',
  'MultiNetworkPolicy.k8s.cni.cncf.io',
];

/** What the analysis keeps of a resource; undefined for one that it has no use for. */
export function readNetworkObject(resource: Resource): NetworkObject | undefined {
  const { groupKind } = resource;
  const root = resource.root.raw;
  if (!isMap(root)) return undefined;
  switch (groupKind) {
    case 'Namespace':
      return { type: 'namespace', ...readLabels(mapAt(root, 'metadata')['labels']) };
    case 'Service':
      return readService(mapAt(root, 'spec'), resource.head.annotations);
    case NETWORK_POLICY:
      return readNetworkPolicy(root['spec']);
    case 'MultiNetworkPolicy.k8s.cni.cncf.io': {
      const networks = resource.head.annotations['k8s.v1.cni.cncf.io/policy-for'] ?? '';
      return { ...readNetworkPolicy(root['spec']), networks: splitNames(networks) };
    }
    case 'AdminNetworkPolicy.policy.networking.k8s.io':
    case 'BaselineAdminNetworkPolicy.policy.networking.k8s.io':
    case 'ClusterNetworkPolicy.policy.networking.k8s.io':
      return readClusterPolicy(resource.head.kind, root['spec']);
    case 'Ingress.networking.k8s.io':
    case 'Ingress.extensions':
      return readIngress(mapAt(root, 'spec'), resource.head.annotations);
    case 'Route.route.openshift.io':
      return { type: 'entry', backends: openshiftBackends(mapAt(root, 'spec')) };
    case 'UserDefinedNetwork.k8s.ovn.org':
      return { type: 'userNetwork', primary: isPrimary(mapAt(root, 'spec')) };
    case 'ClusterUserDefinedNetwork.k8s.ovn.org': {
      const spec = mapAt(root, 'spec');
      const namespaces = readSelector(spec['namespaceSelector'])?.selector ?? [];
      return { type: 'userNetwork', primary: isPrimary(mapAt(spec, 'network')), namespaces };
    }
    case 'NetworkAttachmentDefinition.k8s.cni.cncf.io':
      return { type: 'attachment', network: networkNameOf(mapAt(root, 'spec')['config'], resource.head.name) };
  }
  if (VENDOR_POLICIES.includes(groupKind as (typeof VENDOR_POLICIES)[number])) {
    return readVendorPolicy(groupKind, mapAt(root, 'spec'));
  }
  if (groupKind.endsWith('.gateway.networking.k8s.io'))
    return { type: 'entry', backends: routeBackends(mapAt(root, 'spec')) };
  if (groupKind.endsWith('.kubevirt.io')) return readVirtualMachine(resource.head.kind, root);
  return readPods(resource);
}

/** KubeVirt: the pod that runs a machine carries the labels of its template. */
function readVirtualMachine(kind: string, root: ValueMap): PodsData {
  const spec = mapAt(root, 'spec');
  const template = kind === 'VirtualMachineInstance' ? root : mapAt(spec, 'template');
  const networks = mapAt(template, 'spec')['networks'];
  const attached: string[] = [];
  let onPodNetwork = !isList(networks);
  if (isList(networks)) {
    for (const network of networks) {
      if (!isMap(network)) continue;
      const name = mapAt(network, 'multus')['networkName'];
      if (typeof name === 'string') attached.push(name);
      else onPodNetwork = true;
    }
  }
  return {
    type: 'pods',
    pods: [
      {
        ...readLabels(mapAt(template, 'metadata')['labels']),
        ports: [],
        images: [],
        ...(attached.length > 0 || !onPodNetwork ? { networks: attached } : {}),
      },
    ],
  };
}

export function readNetworkPolicy(value: Value | undefined): NetworkPolicyData {
  const spec = isMap(value) ? value : EMPTY;
  const { policyTypes, ingress, egress } = spec;
  const types = isList(policyTypes) ? policyTypes : [];
  const egressRules = isList(egress) ? egress : [];
  const isolates =
    types.length === 0
      ? { ingress: true, egress: egressRules.length > 0 }
      : { ingress: types.includes('Ingress'), egress: types.includes('Egress') };
  const unresolved = types.some((type) => typeof type === 'string' && isUnresolved(type));
  return {
    type: 'policy',
    pods: readSelector(spec['podSelector'])?.selector ?? [],
    isolates,
    ingress: isList(ingress) ? ingress.map((rule) => readRule(rule, 'from')) : [],
    egress: egressRules.map((rule) => readRule(rule, 'to')),
    rejected: unresolved || isRejected(faultsOfNetworkPolicy(value ?? null)),
  };
}

function readRule(value: Value, peersKey: 'from' | 'to'): PolicyRule {
  const rule = isMap(value) ? value : EMPTY;
  const peers = rule[peersKey];
  const ports = rule['ports'];
  return {
    peers: isList(peers) && peers.length > 0 ? peers.map(readPeer) : null,
    ports: isList(ports) && ports.length > 0 ? ports.map(readPortEntry) : null,
  };
}

function readPeer(value: Value): PolicyPeer {
  const peer = isMap(value) ? value : EMPTY;
  const block = peer['ipBlock'];
  return {
    namespaces: readSelector(peer['namespaceSelector'])?.selector ?? null,
    pods: readSelector(peer['podSelector'])?.selector ?? null,
    block: isMap(block)
      ? { cidr: typeof block['cidr'] === 'string' ? block['cidr'] : '', except: strings(block['except']) }
      : null,
  };
}

function readPortEntry(value: Value): PortEntry {
  const entry = isMap(value) ? value : EMPTY;
  const { protocol, port, endPort } = entry;
  return {
    protocol: typeof protocol === 'string' && isProtocol(protocol) ? protocol : 'TCP',
    port: typeof port === 'number' || typeof port === 'string' ? port : null,
    endPort: typeof endPort === 'number' ? endPort : null,
  };
}

function readClusterPolicy(kind: string, value: Value | undefined): ClusterPolicyData {
  const spec = isMap(value) ? value : EMPTY;
  const { tier, priority } = spec;
  const baseline = kind === 'BaselineAdminNetworkPolicy' || (kind === 'ClusterNetworkPolicy' && tier === 'Baseline');
  return {
    type: 'clusterPolicy',
    tier: baseline ? 'Baseline' : 'Admin',
    // The one BaselineAdminNetworkPolicy has no priority: it comes behind the newer kind's.
    priority: kind === 'BaselineAdminNetworkPolicy' ? 1001 : typeof priority === 'number' ? priority : 0,
    subject: readSelection(spec['subject']),
    ingress: clusterRules(spec['ingress'], 'from'),
    egress: clusterRules(spec['egress'], 'to'),
    rejected: isRejected(faultsOfClusterPolicy(kind, value ?? null)),
  };
}

function clusterRules(value: Value | undefined, peersKey: 'from' | 'to'): readonly ClusterRule[] {
  if (!isList(value)) return [];
  return value.map((each): ClusterRule => {
    const rule = isMap(each) ? each : EMPTY;
    const { name, action } = rule;
    const peers = rule[peersKey];
    return {
      name: typeof name === 'string' ? name : '',
      action: action === 'Deny' || action === 'Pass' ? action : 'Accept',
      peers: isList(peers) ? peers.map(readClusterPeer) : [],
      ports: clusterPorts(rule),
    };
  });
}

function readClusterPeer(value: Value): ClusterPeer {
  if (!isMap(value)) return { by: 'unknown' };
  const selection = readSelection(value);
  if (selection !== null) return { by: 'pods', ...selection };
  if (isList(value['networks'])) return { by: 'networks', cidrs: strings(value['networks']) };
  if (isMap(value['nodes'])) return { by: 'nodes' };
  if (isList(value['domainNames'])) return { by: 'domains' };
  return { by: 'unknown' };
}

function readSelection(value: Value | undefined): PodSelection | null {
  if (!isMap(value)) return null;
  const namespaces = readSelector(value['namespaces'])?.selector;
  if (namespaces !== undefined) return { namespaces, pods: null };
  const pods = value['pods'];
  if (!isMap(pods)) return null;
  return {
    namespaces: readSelector(pods['namespaceSelector'])?.selector ?? [],
    pods: readSelector(pods['podSelector'])?.selector ?? [],
  };
}

/** `ports` of v1alpha1 and `protocols` of v1alpha2 and later; null where there are none. */
function clusterPorts(rule: ValueMap): readonly ClusterPort[] | null {
  const old = isList(rule['ports']) ? rule['ports'] : [];
  const newer = isList(rule['protocols']) ? rule['protocols'] : [];
  if (old.length === 0 && newer.length === 0) return null;
  const ports: ClusterPort[] = [];
  for (const each of old) {
    if (!isMap(each)) continue;
    const { portNumber, portRange, namedPort } = each;
    if (typeof namedPort === 'string') ports.push({ named: namedPort });
    if (isMap(portNumber) && typeof portNumber['port'] === 'number') {
      ports.push({ protocol: protocolOf(portNumber), low: portNumber['port'], high: portNumber['port'] });
    }
    if (isMap(portRange) && typeof portRange['start'] === 'number' && typeof portRange['end'] === 'number') {
      ports.push({ protocol: protocolOf(portRange), low: portRange['start'], high: portRange['end'] });
    }
  }
  for (const each of newer) {
    if (!isMap(each)) continue;
    if (typeof each['destinationNamedPort'] === 'string') ports.push({ named: each['destinationNamedPort'] });
    for (const [key, protocol] of [
      ['tcp', 'TCP'],
      ['udp', 'UDP'],
      ['sctp', 'SCTP'],
    ] as const) {
      const own = each[key];
      if (!isMap(own)) continue;
      const { number, range } = mapAt(own, 'destinationPort');
      if (typeof number === 'number') ports.push({ protocol, low: number, high: number });
      else if (isMap(range) && typeof range['start'] === 'number' && typeof range['end'] === 'number') {
        ports.push({ protocol, low: range['start'], high: range['end'] });
      } else ports.push({ protocol, low: 1, high: 65535 });
    }
  }
  return ports;
}

function protocolOf(value: ValueMap): Protocol {
  const { protocol } = value;
  return typeof protocol === 'string' && isProtocol(protocol) ? protocol : 'TCP';
}

function readIngress(spec: ValueMap, annotations: Readonly<Record<string, string>>): EntryPointData {
  const internal = isInternalIngress(spec, annotations) || isRestrictedIngress(annotations);
  return { type: 'entry', backends: ingressBackends(spec), ...(internal ? { internal } : {}) };
}

function readService(spec: ValueMap, annotations: Readonly<Record<string, string>>): ServiceData {
  const { type, clusterIP, selector, ports } = spec;
  const read: ServicePort[] = [];
  for (const port of isList(ports) ? ports : []) {
    if (!isMap(port) || typeof port['port'] !== 'number') continue;
    const { name, targetPort, nodePort } = port;
    read.push({
      name: typeof name === 'string' ? name : '',
      port: port['port'],
      // 0 and '' stand for "the same as port": the API server fills it in.
      targetPort:
        (typeof targetPort === 'number' || typeof targetPort === 'string') && targetPort ? targetPort : port['port'],
      protocol: protocolOf(port),
      nodePort: typeof nodePort === 'number' ? nodePort : null,
    });
  }
  const chosen = selectorOfLabels(selector);
  return {
    type: 'service',
    serviceType: typeof type === 'string' ? type : 'ClusterIP',
    headless: clusterIP === 'None',
    selector: chosen.length === 0 ? (typeof selector === 'string' ? selectorOfLabels({ '${}': '' }) : null) : chosen,
    ports: read,
    reach: reachOfService(spec, annotations),
    restricted: isRestrictedService(spec, annotations),
    ...(typeof spec['externalName'] === 'string' ? { externalName: spec['externalName'] } : {}),
  };
}

function ingressBackends(spec: ValueMap): readonly Backend[] {
  const backends: Backend[] = [];
  const add = (value: Value | undefined): void => {
    if (!isMap(value)) return;
    const service = value['service'];
    if (isMap(service) && typeof service['name'] === 'string') {
      const { name, number } = mapAt(service, 'port');
      const port = typeof number === 'number' ? number : typeof name === 'string' ? name : null;
      backends.push({ service: service['name'], port });
    } else if (typeof value['serviceName'] === 'string') {
      // extensions/v1beta1 and networking.k8s.io/v1beta1.
      const port = value['servicePort'];
      backends.push({
        service: value['serviceName'],
        port: typeof port === 'number' || typeof port === 'string' ? port : null,
      });
    }
  };
  add(spec['defaultBackend'] ?? spec['backend']);
  for (const rule of isList(spec['rules']) ? spec['rules'] : []) {
    const paths = isMap(rule) ? mapAt(rule, 'http')['paths'] : undefined;
    for (const path of isList(paths) ? paths : []) if (isMap(path)) add(path['backend']);
  }
  return backends;
}

function openshiftBackends(spec: ValueMap): readonly Backend[] {
  const targetPort = mapAt(spec, 'port')['targetPort'];
  const port = typeof targetPort === 'number' || typeof targetPort === 'string' ? targetPort : null;
  const backends: Backend[] = [];
  for (const to of [spec['to'], ...(isList(spec['alternateBackends']) ? spec['alternateBackends'] : [])]) {
    if (!isMap(to) || typeof to['name'] !== 'string') continue;
    if (to['kind'] !== undefined && to['kind'] !== 'Service') continue;
    backends.push({ service: to['name'], port, target: true });
  }
  return backends;
}

function routeBackends(spec: ValueMap): readonly Backend[] {
  const backends: Backend[] = [];
  for (const rule of isList(spec['rules']) ? spec['rules'] : []) {
    const references = isMap(rule) ? rule['backendRefs'] : undefined;
    for (const reference of isList(references) ? references : []) {
      if (!isMap(reference) || typeof reference['name'] !== 'string') continue;
      const { kind, group, namespace, port } = reference;
      if ((kind !== undefined && kind !== 'Service') || (group !== undefined && group !== '')) continue;
      backends.push({
        service: reference['name'],
        ...(typeof namespace === 'string' ? { namespace } : {}),
        port: typeof port === 'number' ? port : null,
      });
    }
  }
  return backends;
}

/**
 * Cilium, Calico, Antrea and others are recognised so that nobody takes them for nothing; which pods they select is
 * read as far as it is plain, and their rules are not evaluated.
 */
function readVendorPolicy(groupKind: string, spec: ValueMap): VendorPolicyData {
  const cilium = groupKind.endsWith('.cilium.io');
  const global = groupKind.startsWith('Global') || groupKind.includes('Clusterwide') || groupKind.startsWith('Cluster');
  const namespaces: LabelSelector | null = global ? [] : null;
  if (cilium) {
    const selector = spec['endpointSelector'];
    const read = readSelector(selector)?.selector;
    const deny = mapAt(spec, 'enableDefaultDeny');
    return {
      type: 'vendor',
      // Labels of namespaces are written among those of pods there: such a selector cannot be told by pods alone.
      selection:
        read === undefined ||
        read.some(({ key }) => key.includes('io.kubernetes.pod.namespace') || key.includes('io.cilium'))
          ? null
          : { namespaces, pods: read.map((each) => ({ ...each, key: each.key.replace(/^(?:k8s|any)[:.]/, '') })) },
      isolates: {
        ingress: (spec['ingress'] !== undefined || spec['ingressDeny'] !== undefined) && deny['ingress'] !== false,
        egress: (spec['egress'] !== undefined || spec['egressDeny'] !== undefined) && deny['egress'] !== false,
      },
    };
  }
  if (groupKind.endsWith('projectcalico.org')) {
    const types = isList(spec['types']) ? spec['types'] : [];
    const selector = spec['selector'];
    const everything = selector === undefined || selector === '' || selector === 'all()';
    const wide = spec['namespaceSelector'] === undefined || spec['namespaceSelector'] === 'all()';
    return {
      type: 'vendor',
      selection: everything && wide ? { namespaces, pods: [] } : null,
      isolates:
        types.length > 0
          ? { ingress: types.includes('Ingress'), egress: types.includes('Egress') }
          : { ingress: true, egress: spec['egress'] !== undefined },
    };
  }
  const egressOnly = groupKind.startsWith('Egress');
  return {
    type: 'vendor',
    selection: egressOnly ? { namespaces, pods: [] } : null,
    isolates: { ingress: !egressOnly, egress: true },
  };
}

function isPrimary(spec: ValueMap): boolean {
  return ['layer2', 'layer3'].some((layer) => mapAt(spec, layer)['role'] === 'Primary');
}

function networkNameOf(config: Value | undefined, fallback: string): string {
  if (typeof config !== 'string') return fallback;
  try {
    const parsed: unknown = JSON.parse(config);
    const name = typeof parsed === 'object' && parsed !== null ? (parsed as { name?: unknown }).name : undefined;
    return typeof name === 'string' ? name : fallback;
  } catch {
    // CNI configurations with a comma too many are common; the name can be found all the same.
    return /"name"\s*:\s*"([^"]+)"/.exec(config)?.[1] ?? fallback;
  }
}

function strings(value: Value | undefined): readonly string[] {
  return isList(value) ? value.map((each) => (typeof each === 'string' ? each : '')) : [];
}
