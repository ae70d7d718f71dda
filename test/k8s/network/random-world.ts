import type { Cluster, Manifest, NaivePod } from './naive.ts';

/** A small cluster made by chance, the same for the same seed. */
export function randomCluster(seed: number): Cluster {
  const dice = new Dice(seed);
  const names = ['a', 'b', 'c'].slice(0, dice.between(2, 3));
  const namespaces = Object.fromEntries(names.map((name) => [name, randomLabels(dice)]));
  const pods = Array.from({ length: dice.between(1, 6) }, (_, at) => randomPod(dice, `p${at}`, dice.pick(names)));
  const policies = Array.from({ length: dice.between(0, 5) }, (_, at) =>
    randomPolicy(dice, `n${at}`, dice.pick(names)),
  );
  const clusterPolicies: Manifest[] = [];
  if (dice.chance(0.5)) {
    for (let at = dice.between(1, 3); at > 0; at--) clusterPolicies.push(randomClusterPolicy(dice, `c${at}`));
    if (dice.chance(0.4)) clusterPolicies.push(randomBaseline(dice));
  }
  return { namespaces, pods, policies, clusterPolicies };
}

/** Addresses that stand for the pieces into which the policies of these worlds cut the address space. */
export const ADDRESSES = ['1.2.3.4', '10.0.0.1', '10.1.0.1', '10.1.1.1', '192.168.0.1'];

/** The cluster as the documents that a user would write, each with its own text. */
export function manifestsOf({ namespaces, pods, policies, clusterPolicies }: Cluster): readonly Manifest[] {
  return [
    ...Object.entries(namespaces).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    })),
    ...pods.map(({ manifest }) => manifest),
    ...policies,
    ...clusterPolicies,
  ];
}

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 12345) >>> 0;
  }

  /** Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }
}

const KEYS = ['app', 'tier', 'x'];
const VALUES = ['1', '2', '3'];

function randomLabels(dice: Dice): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const key of KEYS) if (dice.chance(0.6)) labels[key] = dice.pick(VALUES);
  return labels;
}

function randomPod(dice: Dice, name: string, namespace: string): NaivePod {
  const port = (): Manifest => ({
    ...(dice.chance(0.8) ? { name: dice.pick(['http', 'dns']) } : {}),
    containerPort: dice.between(1, 4),
    ...(dice.chance(0.5) ? { protocol: dice.pick(['TCP', 'UDP', 'SCTP']) } : {}),
  });
  const ports = (): Manifest[] => Array.from({ length: dice.between(0, 2) }, port);
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: randomLabels(dice) },
    spec: {
      containers: [{ name: 'c', image: 'i', ports: ports() }],
      ...(dice.chance(0.3)
        ? {
            initContainers: [
              { name: 'i', image: 'i', ports: ports(), ...(dice.chance(0.5) ? { restartPolicy: 'Always' } : {}) },
            ],
          }
        : {}),
      ...(dice.chance(0.1) ? { hostNetwork: true } : {}),
    },
  };
  return { namespace, name, manifest };
}

function randomSelector(dice: Dice): Manifest {
  const selector: Manifest = {};
  if (dice.chance(0.5)) selector.matchLabels = { [dice.pick(KEYS)]: dice.pick(VALUES) };
  if (dice.chance(0.4)) {
    selector.matchExpressions = Array.from({ length: dice.between(1, 2) }, () => {
      const operator = dice.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
      const values = Array.from({ length: dice.between(1, 2) }, () => dice.pick(VALUES));
      return { key: dice.pick(KEYS), operator, ...(operator === 'In' || operator === 'NotIn' ? { values } : {}) };
    });
  }
  return selector;
}

function randomNamespaceSelector(dice: Dice): Manifest {
  return dice.chance(0.3)
    ? { matchLabels: { 'kubernetes.io/metadata.name': dice.pick(['a', 'b', 'c']) } }
    : randomSelector(dice);
}

function randomPolicy(dice: Dice, name: string, namespace: string): Manifest {
  const spec: Manifest = {};
  if (dice.chance(0.9)) spec.podSelector = dice.chance(0.3) ? {} : randomSelector(dice);
  if (dice.chance(0.6)) spec.policyTypes = dice.pick([['Ingress'], ['Egress'], ['Ingress', 'Egress'], []]);
  if (dice.chance(0.7)) spec.ingress = Array.from({ length: dice.between(0, 2) }, () => randomRule(dice, 'from'));
  if (dice.chance(0.6)) spec.egress = Array.from({ length: dice.between(0, 2) }, () => randomRule(dice, 'to'));
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

function randomRule(dice: Dice, peersKey: 'from' | 'to'): Manifest {
  const rule: Manifest = {};
  if (dice.chance(0.85)) rule[peersKey] = Array.from({ length: dice.between(0, 2) }, () => randomPeer(dice));
  if (dice.chance(0.7)) rule.ports = Array.from({ length: dice.between(0, 2) }, () => randomPort(dice));
  return rule;
}

function randomPeer(dice: Dice): Manifest {
  const kind = dice.between(0, 3);
  if (kind === 0) return { ipBlock: randomBlock(dice) };
  if (kind === 1) return { podSelector: randomSelector(dice) };
  if (kind === 2) return { namespaceSelector: randomNamespaceSelector(dice) };
  return { namespaceSelector: randomNamespaceSelector(dice), podSelector: randomSelector(dice) };
}

function randomBlock(dice: Dice): Manifest {
  return dice.pick([
    { cidr: '0.0.0.0/0' },
    { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] },
    { cidr: '10.0.0.0/8' },
    { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] },
    { cidr: '10.0.0.0/8', except: ['10.1.1.0/24', '10.0.0.0/16'] },
    { cidr: '10.1.0.0/16' },
    { cidr: '192.168.0.0/16' },
  ]);
}

function randomPort(dice: Dice): Manifest {
  const protocol = dice.chance(0.5) ? { protocol: dice.pick(['TCP', 'UDP', 'SCTP']) } : {};
  if (dice.chance(0.2)) return protocol;
  if (dice.chance(0.3)) return { ...protocol, port: dice.pick(['http', 'dns', 'none']) };
  const port = dice.between(1, 4);
  return { ...protocol, port, ...(dice.chance(0.3) ? { endPort: dice.between(port, 4) } : {}) };
}

function randomSelection(dice: Dice): Manifest {
  return dice.chance(0.5)
    ? { namespaces: randomNamespaceSelector(dice) }
    : { pods: { namespaceSelector: randomNamespaceSelector(dice), podSelector: randomSelector(dice) } };
}

function randomClusterPolicy(dice: Dice, name: string): Manifest {
  const newer = dice.chance(0.5);
  const allow = newer ? 'Accept' : 'Allow';
  const actions = [allow, allow, 'Deny', 'Deny', 'Pass'];
  const spec: Manifest = {
    priority: dice.between(0, 3),
    subject: randomSelection(dice),
    ...randomClusterRules(dice, newer, actions),
  };
  if (newer) spec.tier = dice.pick(['Admin', 'Admin', 'Baseline']);
  const metadata = { name };
  return newer
    ? { apiVersion: 'policy.networking.k8s.io/v1alpha2', kind: 'ClusterNetworkPolicy', metadata, spec }
    : { apiVersion: 'policy.networking.k8s.io/v1alpha1', kind: 'AdminNetworkPolicy', metadata, spec };
}

function randomBaseline(dice: Dice): Manifest {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'BaselineAdminNetworkPolicy',
    metadata: { name: 'default' },
    spec: { subject: randomSelection(dice), ...randomClusterRules(dice, false, ['Allow', 'Deny', 'Deny']) },
  };
}

function randomClusterRules(dice: Dice, newer: boolean, actions: readonly string[]): Manifest {
  const rules = (peersKey: 'from' | 'to'): Manifest[] =>
    Array.from({ length: dice.between(0, 3) }, () => {
      const networks = peersKey === 'to' && dice.chance(0.3);
      const peers = networks
        ? [{ networks: [dice.pick(['0.0.0.0/0', '1.2.3.0/24', '1.0.0.0/8'])] }]
        : Array.from({ length: dice.between(1, 2) }, () => randomSelection(dice));
      const ports = Array.from({ length: dice.between(1, 2) }, () => randomClusterPort(dice, newer, !networks));
      const rule: Manifest = { action: dice.pick(actions), [peersKey]: peers };
      if (dice.chance(0.6)) rule[newer ? 'protocols' : 'ports'] = ports;
      return rule;
    });
  return { ingress: rules('from'), egress: rules('to') };
}

function randomClusterPort(dice: Dice, newer: boolean, named: boolean): Manifest {
  const protocol = dice.pick(['TCP', 'UDP', 'SCTP']);
  const start = dice.between(1, 3);
  const range = { start, end: dice.between(start + 1, 4) };
  const kind = dice.between(0, named ? 3 : 2);
  if (kind === 3) return newer ? { destinationNamedPort: 'http' } : { namedPort: 'http' };
  if (newer) {
    const destinationPort = kind === 0 ? { number: start } : kind === 1 ? { range } : undefined;
    return { [protocol.toLowerCase()]: destinationPort === undefined ? {} : { destinationPort } };
  }
  return kind === 0 ? { portNumber: { protocol, port: start } } : { portRange: { protocol, ...range } };
}
