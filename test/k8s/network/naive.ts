/**
 * Answers whether one packet gets through, straight from the words of the API, one pod, one policy, one rule, one
 * port at a time. It shares nothing with the engine, knows no classes and no sets, and is as slow as it is plain.
 */

// biome-ignore lint/suspicious/noExplicitAny: manifests as they are, read without the help of any type.
export type Manifest = any;

export interface NaivePod {
  readonly namespace: string;
  readonly name: string;
  readonly manifest: Manifest;
}

export type NaivePeer = { readonly pod: NaivePod } | { readonly address: string };

export interface Packet {
  readonly source: NaivePeer;
  readonly destination: NaivePeer;
  readonly protocol: string;
  readonly port: number;
}

export interface Cluster {
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly pods: readonly NaivePod[];
  readonly policies: readonly Manifest[];
  readonly clusterPolicies: readonly Manifest[];
}

/** Both ends have to agree: egress of the source and ingress of the destination. */
export function isAllowed(cluster: Cluster, packet: Packet): boolean {
  if ('pod' in packet.source && !permits(cluster, packet, 'egress', packet.source.pod, packet.destination))
    return false;
  return !('pod' in packet.destination) || permits(cluster, packet, 'ingress', packet.destination.pod, packet.source);
}

function permits(
  cluster: Cluster,
  packet: Packet,
  direction: 'ingress' | 'egress',
  pod: NaivePod,
  peer: NaivePeer,
): boolean {
  if (pod.manifest.spec.hostNetwork === true) return true;
  const byAdmin = tierVerdict(cluster, packet, direction, pod, peer, 'Admin');
  if (byAdmin !== 'undecided') return byAdmin === 'allow';
  const isolating = cluster.policies.filter(
    (policy) =>
      policy.metadata.namespace === pod.namespace &&
      selects(policy.spec.podSelector ?? {}, pod.manifest.metadata.labels) &&
      concerns(policy, direction),
  );
  if (isolating.length > 0) {
    return isolating.some((policy) =>
      (policy.spec[direction] ?? []).some((rule: Manifest) =>
        ruleMatches(cluster, packet, direction, policy, rule, peer),
      ),
    );
  }
  return tierVerdict(cluster, packet, direction, pod, peer, 'Baseline') !== 'deny';
}

function concerns(policy: Manifest, direction: 'ingress' | 'egress'): boolean {
  const types = policy.spec.policyTypes ?? [];
  if (types.length === 0) return direction === 'ingress' || (policy.spec.egress ?? []).length > 0;
  return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
}

function ruleMatches(
  cluster: Cluster,
  packet: Packet,
  direction: 'ingress' | 'egress',
  policy: Manifest,
  rule: Manifest,
  peer: NaivePeer,
): boolean {
  const peers = (direction === 'ingress' ? rule.from : rule.to) ?? [];
  const ports = rule.ports ?? [];
  const peerOk = peers.length === 0 || peers.some((each: Manifest) => peerMatches(cluster, policy, each, peer));
  return peerOk && (ports.length === 0 || ports.some((each: Manifest) => portMatches(packet, each)));
}

function peerMatches(cluster: Cluster, policy: Manifest, wanted: Manifest, peer: NaivePeer): boolean {
  if (wanted.ipBlock !== undefined) {
    if (!('address' in peer)) return false;
    return (
      inBlock(wanted.ipBlock.cidr, peer.address) &&
      !(wanted.ipBlock.except ?? []).some((hole: string) => inBlock(hole, peer.address))
    );
  }
  if (!('pod' in peer) || peer.pod.manifest.spec.hostNetwork === true) return false;
  const { pod } = peer;
  if (wanted.namespaceSelector === undefined || wanted.namespaceSelector === null) {
    return pod.namespace === policy.metadata.namespace && selects(wanted.podSelector, pod.manifest.metadata.labels);
  }
  if (!selects(wanted.namespaceSelector, namespaceLabels(cluster, pod.namespace))) return false;
  return (
    wanted.podSelector === undefined ||
    wanted.podSelector === null ||
    selects(wanted.podSelector, pod.manifest.metadata.labels)
  );
}

function portMatches(packet: Packet, entry: Manifest): boolean {
  const protocol = entry.protocol ?? 'TCP';
  if (protocol !== packet.protocol) return false;
  if (entry.port === undefined) return true;
  if (typeof entry.port === 'number') return packet.port >= entry.port && packet.port <= (entry.endPort ?? entry.port);
  return namedPorts(packet.destination, entry.port, protocol).includes(packet.port);
}

function namedPorts(destination: NaivePeer, name: string, protocol: string): readonly number[] {
  if (!('pod' in destination)) return [];
  const { containers, initContainers = [] } = destination.pod.manifest.spec;
  const running = [...containers, ...initContainers.filter((each: Manifest) => each.restartPolicy === 'Always')];
  return running
    .flatMap((each: Manifest) => each.ports ?? [])
    .filter((port: Manifest) => port.name === name && (port.protocol ?? 'TCP') === protocol)
    .map((port: Manifest) => port.containerPort);
}

type Verdict = 'allow' | 'deny' | 'undecided';

function tierVerdict(
  cluster: Cluster,
  packet: Packet,
  direction: 'ingress' | 'egress',
  pod: NaivePod,
  peer: NaivePeer,
  tier: string,
): Verdict {
  const own = cluster.clusterPolicies
    .filter((policy) => tierOf(policy) === tier)
    .sort((a, b) => priorityOf(a) - priorityOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const policy of own) {
    if (!inSelection(cluster, policy.spec.subject, pod)) continue;
    for (const rule of policy.spec[direction] ?? []) {
      const peers = direction === 'ingress' ? rule.from : rule.to;
      if (!peers.some((each: Manifest) => clusterPeerMatches(cluster, each, peer))) continue;
      if (!clusterPortsMatch(packet, rule)) continue;
      if (rule.action === 'Pass') return 'undecided';
      return rule.action === 'Deny' ? 'deny' : 'allow';
    }
  }
  return 'undecided';
}

function tierOf(policy: Manifest): string {
  if (policy.kind === 'AdminNetworkPolicy') return 'Admin';
  return policy.kind === 'BaselineAdminNetworkPolicy' ? 'Baseline' : policy.spec.tier;
}

function priorityOf(policy: Manifest): number {
  return policy.kind === 'BaselineAdminNetworkPolicy' ? 1001 : policy.spec.priority;
}

function clusterPeerMatches(cluster: Cluster, wanted: Manifest, peer: NaivePeer): boolean {
  if (wanted.networks !== undefined) {
    // Pods of these worlds have addresses in 10.0.0.0/8, of which only "all" and "none" are put to the test.
    return wanted.networks.some((cidr: string) =>
      'address' in peer ? inBlock(cidr, peer.address) : cidr === '0.0.0.0/0',
    );
  }
  return 'pod' in peer && inSelection(cluster, wanted, peer.pod);
}

function inSelection(cluster: Cluster, selection: Manifest, pod: NaivePod): boolean {
  if (pod.manifest.spec.hostNetwork === true) return false;
  const labels = namespaceLabels(cluster, pod.namespace);
  if (selection.namespaces !== undefined) return selects(selection.namespaces, labels);
  return (
    selects(selection.pods.namespaceSelector, labels) &&
    selects(selection.pods.podSelector, pod.manifest.metadata.labels)
  );
}

function clusterPortsMatch(packet: Packet, rule: Manifest): boolean {
  if (rule.ports === undefined && rule.protocols === undefined) return true;
  for (const { portNumber, portRange, namedPort } of rule.ports ?? []) {
    if (
      portNumber !== undefined &&
      (portNumber.protocol ?? 'TCP') === packet.protocol &&
      portNumber.port === packet.port
    )
      return true;
    if (
      portRange !== undefined &&
      (portRange.protocol ?? 'TCP') === packet.protocol &&
      packet.port >= portRange.start &&
      packet.port <= portRange.end
    )
      return true;
    if (namedPort !== undefined && namedPorts(packet.destination, namedPort, packet.protocol).includes(packet.port))
      return true;
  }
  for (const protocol of rule.protocols ?? []) {
    if (protocol.destinationNamedPort !== undefined) {
      if (namedPorts(packet.destination, protocol.destinationNamedPort, packet.protocol).includes(packet.port))
        return true;
      continue;
    }
    const own = protocol[packet.protocol.toLowerCase()];
    if (own === undefined) continue;
    const { number, range } = own.destinationPort ?? {};
    if (number === undefined && range === undefined) return true;
    if (number === packet.port || (range !== undefined && packet.port >= range.start && packet.port <= range.end))
      return true;
  }
  return false;
}

function namespaceLabels(cluster: Cluster, name: string): Readonly<Record<string, string>> {
  return { ...cluster.namespaces[name], 'kubernetes.io/metadata.name': name };
}

function selects(selector: Manifest, labels: Readonly<Record<string, string>> = {}): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const has = Object.hasOwn(labels, key);
    if (operator === 'In' && !(has && values.includes(labels[key]))) return false;
    if (operator === 'NotIn' && has && values.includes(labels[key])) return false;
    if (operator === 'Exists' && !has) return false;
    if (operator === 'DoesNotExist' && has) return false;
  }
  return true;
}

/** Blocks of whole octets are enough for these worlds. */
function inBlock(cidr: string, address: string): boolean {
  const [network, bits] = cidr.split('/');
  const octets = Number(bits) / 8;
  return network!.split('.').slice(0, octets).join('.') === address.split('.').slice(0, octets).join('.');
}
