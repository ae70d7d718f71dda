import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { parseCidr, unite } from '../../k8s/cidr.ts';
import { implies, type LabelSelector, matches } from '../../k8s/labels.ts';
import {
  CLUSTER_POLICIES,
  type ClusterPeer,
  type ClusterPort,
  DIRECTIONS,
  type PodSelection,
} from '../../k8s/network/objects.ts';
import { coversInternet } from '../../k8s/network/publicness.ts';
import type { ClusterPolicy } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';

export default defineRule({
  id: 'cluster-netpol-allow-overrides',
  title: 'Admin-tier Accept overrides namespace policies broadly',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: CLUSTER_POLICIES,
  facts: [networkFact],
  messages: {
    overrides:
      '{rule} accepts {peers} for every namespace before NetworkPolicies are asked: namespace isolation has no effect on {ports}',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    const admin = facts.world.clusterPolicies.filter(({ data }) => data.tier === 'Admin');
    for (const policy of admin) {
      if (policy.data.subject === null || !isEveryPod(facts, policy.data.subject)) continue;
      for (const direction of DIRECTIONS) {
        policy.data[direction].forEach((rule, index) => {
          if (rule.action !== 'Accept' || countPorts(rule.ports) <= 1024) return;
          const wide = rule.peers.find((peer) => isEveryPeer(facts, peer));
          if (wide === undefined || isDeniedBefore(admin, policy, direction, index)) return;
          const ignored = facts.world.policies.filter(({ data }) => data.isolates[direction]);
          const action = policy.ref.root.at(['spec', direction, index, 'action']);
          const label = rule.name === '' ? `${direction} rule ${index + 1}` : `${direction} rule "${rule.name}"`;
          context.report(action, 'overrides', {
            data: {
              rule: `${label} of "${policy.name}"`,
              peers: wide.by === 'networks' ? 'any address' : 'pods of every namespace',
              ports: rule.ports === null ? 'any port' : 'these ports',
            },
            related: ignored.slice(0, 5).map(({ ref, name }) => ({ at: ref, message: `"${name}" is not asked` })),
            fix: {
              title: 'Pass on to the NetworkPolicies',
              safety: 'hardening',
              changes: [{ op: 'set', path: [...action.steps], value: 'Pass' }],
            },
          });
        });
      }
    }
  },
  docs: {
    why: 'Rules of the Admin tier decide before any NetworkPolicy is asked. One that accepts everything for every namespace takes from all owners of namespaces the means to shut anything out.',
    fix: 'Use `Pass` where namespaces may decide for themselves, and `Accept` only for what has to work everywhere: DNS, metrics, health checks, with their ports and from their namespaces.',
    frameworks: { nsa: ['N2'], mitre: ['T1210'] },
    cks: 'Cluster Setup',
    references: ['https://network-policy-api.sigs.k8s.io/api-overview/'],
    examples: {
      bad: [
        {
          title: 'everything from everywhere',
          in: 'manifests',
          yaml: `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: open }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: {} }
  ingress:
    - action: Accept # finding
      from:
        - namespaces: {}
`,
        },
      ],
      good: [
        {
          title: 'DNS for all',
          in: 'manifests',
          yaml: `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: dns }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: {} }
  egress:
    - action: Accept
      to:
        - namespaces: { matchLabels: { kubernetes.io/metadata.name: kube-system } }
      protocols:
        - udp: { destinationPort: { number: 53 } }
`,
        },
        {
          title: 'left to the namespaces',
          in: 'manifests',
          yaml: `apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: open }
spec:
  priority: 1
  subject: { namespaces: {} }
  ingress:
    - action: Pass
      from:
        - namespaces: {}
`,
        },
      ],
    },
  },
});

function isEveryPod(facts: NetworkFacts, { namespaces, pods }: PodSelection): boolean {
  if (pods !== null && pods.length > 0) return false;
  return namespaces.length === 0 || selectsMost(facts, namespaces);
}

/** Four fifths of at least five namespaces that are known. */
function selectsMost(facts: NetworkFacts, selector: LabelSelector): boolean {
  const known = facts.world.namespaces.filter(({ defined }) => defined);
  return (
    known.length >= 5 && known.filter((namespace) => matches(selector, namespace) === true).length >= known.length * 0.8
  );
}

function isEveryPeer(facts: NetworkFacts, peer: ClusterPeer): boolean {
  if (peer.by === 'pods') return isEveryPod(facts, peer);
  return (
    peer.by === 'networks' && coversInternet(unite(peer.cidrs.map(parseCidr).filter((range) => range !== undefined)))
  );
}

function countPorts(ports: readonly ClusterPort[] | null): number {
  if (ports === null) return Number.POSITIVE_INFINITY;
  return ports.reduce((sum, port) => sum + ('named' in port ? 1 : port.high - port.low + 1), 0);
}

/** An earlier rule for the same pods denies all of it. */
function isDeniedBefore(
  admin: readonly ClusterPolicy<Resource>[],
  policy: ClusterPolicy<Resource>,
  direction: 'ingress' | 'egress',
  index: number,
): boolean {
  return admin.some((other) => {
    const { subject } = other.data;
    if (subject === null || (subject.pods !== null && subject.pods.length > 0)) return false;
    if (implies(policy.data.subject!.namespaces, subject.namespaces) !== true) return false;
    const before =
      admin.indexOf(other) < admin.indexOf(policy)
        ? other.data[direction]
        : other === policy
          ? other.data[direction].slice(0, index)
          : [];
    return before.some(
      ({ action, ports, peers }) =>
        action === 'Deny' &&
        ports === null &&
        peers.some(
          (peer) =>
            peer.by === 'pods' && peer.namespaces.length === 0 && (peer.pods === null || peer.pods.length === 0),
        ),
    );
  });
}
