import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { parseCidr, setOverlaps, unite } from '../../k8s/cidr.ts';
import { implies, isSatisfiable, type LabelSelector } from '../../k8s/labels.ts';
import { faultsOfClusterPolicy } from '../../k8s/network/faults.ts';
import {
  CLUSTER_POLICIES,
  type ClusterPeer,
  type ClusterPort,
  type ClusterRule,
  DIRECTIONS,
  type Direction,
  type PodSelection,
} from '../../k8s/network/objects.ts';
import type { ClusterPolicy } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';
import { PEERS_KEY } from './_policy.ts';

export default defineRule({
  id: 'cluster-netpol-invalid-or-ambiguous',
  title: 'Cluster-level policy is ambiguous, malformed or superseded',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: CLUSTER_POLICIES,
  facts: [networkFact],
  messages: {
    ambiguous:
      'priority {priority} of tier {tier} is shared with "{other}", which says {theirs} where this says {ours} ({where}): which applies is undefined',
    shape: '{reason}',
    name: 'the one BaselineAdminNetworkPolicy has to be called "default", this is "{name}"',
    unreachable: '{direction} rule {rule} has no effect, "{other}" decides the same traffic before it ({theirs})',
    superseded: '{kind} is superseded by ClusterNetworkPolicy with tier {tier}',
  },
  check(project, context) {
    const { clusterPolicies } = project.fact(networkFact).world;
    for (let at = 0; at < clusterPolicies.length; at++) {
      const policy = clusterPolicies[at]!;
      const { root } = policy.ref;
      const spec = root.at(['spec']);
      for (const fault of faultsOfClusterPolicy(policy.kind, spec.raw ?? null)) {
        if (fault.about !== 'shape') continue;
        const node = spec.at(fault.path);
        context.report(node, 'shape', {
          data: { reason: fault.reason },
          ...(fault.instead === undefined
            ? {}
            : {
                fix: {
                  title: `Write ${JSON.stringify(fault.instead)}`,
                  safety: 'safe',
                  changes: [{ op: 'set', path: [...node.steps], value: fault.instead }],
                },
              }),
        });
      }
      if (policy.kind === 'BaselineAdminNetworkPolicy' && policy.name !== 'default') {
        context.report(policy.ref, 'name', { data: { name: policy.name } });
      }
      if (policy.kind !== 'ClusterNetworkPolicy') {
        context.report(root.at(['kind']), 'superseded', {
          data: { kind: policy.kind, tier: policy.data.tier },
          severity: 'info',
          preset: 'all',
        });
      }
      for (const other of clusterPolicies.slice(0, at)) {
        const clash = clashOf(policy, other);
        if (clash === undefined) continue;
        context.report(root.at(['spec', 'priority']), 'ambiguous', {
          data: { priority: policy.data.priority, tier: policy.data.tier, other: other.name, ...clash },
          related: [{ at: other.ref, message: 'the other policy' }],
        });
      }
      for (const direction of DIRECTIONS) {
        policy.data[direction].forEach((rule, index) => {
          const before = coveringRule(clusterPolicies, at, direction, index);
          if (before === undefined) return;
          const same = before.rule.action === rule.action;
          context.report(root.at(['spec', direction, index, PEERS_KEY[direction]]), 'unreachable', {
            data: { direction, rule: index + 1, other: before.policy.name, theirs: before.rule.action },
            ...(same ? { severity: 'info', preset: 'all' } : {}),
          });
        });
      }
    }
  },
  docs: {
    why: 'Between two policies of the same tier and priority the network plugin may pick either; a malformed one is refused or fails closed; a rule behind one that covers it never has its say. What the cluster does is then not what is written.',
    fix: 'Give each policy a priority of its own, and put the narrow rules before the wide ones.',
    frameworks: { nsa: ['N2'] },
    cks: 'Cluster Setup',
    references: ['https://network-policy-api.sigs.k8s.io/api-overview/'],
    limits:
      'Selectors are compared by what they say, not by the pods of the input. Rules covered by one of the same action, and the older kinds as such, are info and part of `all`.',
    examples: {
      bad: [
        {
          title: 'the same priority, opposite words',
          in: 'manifests',
          yaml: `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: a }
spec:
  tier: Admin
  priority: 5
  subject: { namespaces: {} }
  ingress:
    - { action: Deny, from: [{ namespaces: {} }] }
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: b }
spec:
  tier: Admin
  priority: 5 # finding: ambiguous
  subject: { namespaces: {} }
  ingress:
    - { action: Accept, from: [{ namespaces: { matchLabels: { team: web } } }] }
`,
        },
        {
          title: 'words of the other version, and no subject',
          in: 'manifests',
          yaml: `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: a }
spec:
  tier: Admin
  priority: 5
  subject: {} # finding: shape
  ingress:
    - action: Allow # finding: shape
      from: [{ namespaces: { matchLabels: { team: web } } }]
`,
        },
        {
          title: 'the baseline by another name, on the older API',
          in: 'manifests',
          yaml: `apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy # finding: superseded
metadata:
  name: base # finding: name
spec:
  subject: { namespaces: {} }
  ingress:
    - action: Deny
      from: [{ namespaces: {} }]
    - action: Allow
      from: [{ namespaces: { matchLabels: { team: web } } }] # finding: unreachable
`,
        },
      ],
      good: [
        {
          title: 'one policy, the narrow rule first',
          in: 'manifests',
          yaml: `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: a }
spec:
  tier: Admin
  priority: 5
  subject: { namespaces: {} }
  ingress:
    - { action: Accept, from: [{ namespaces: { matchLabels: { team: web } } }] }
    - { action: Deny, from: [{ namespaces: {} }] }
`,
        },
      ],
    },
  },
});

/** Two policies that are asked at the same time and do not say the same of some traffic. */
function clashOf(
  a: ClusterPolicy<Resource>,
  b: ClusterPolicy<Resource>,
): { readonly ours: string; readonly theirs: string; readonly where: string } | undefined {
  if (a.data.tier !== b.data.tier || a.data.priority !== b.data.priority) return undefined;
  if (a.data.subject === null || b.data.subject === null || !mayMeet(a.data.subject, b.data.subject)) return undefined;
  for (const direction of DIRECTIONS) {
    for (const ours of a.data[direction]) {
      for (const theirs of b.data[direction]) {
        if (ours.action === theirs.action || !portsMeet(ours.ports, theirs.ports)) continue;
        if (!ours.peers.some((one) => theirs.peers.some((other) => peersMeet(one, other)))) continue;
        return { ours: ours.action, theirs: theirs.action, where: direction };
      }
    }
  }
  return undefined;
}

function mayMeet(a: PodSelection, b: PodSelection): boolean {
  return isSatisfiable([...a.namespaces, ...b.namespaces]) && isSatisfiable([...(a.pods ?? []), ...(b.pods ?? [])]);
}

function peersMeet(a: ClusterPeer, b: ClusterPeer): boolean {
  if (a.by === 'pods' && b.by === 'pods') return mayMeet(a, b);
  if (a.by === 'networks' && b.by === 'networks') {
    const ranges = unite(a.cidrs.map(parseCidr).filter((range) => range !== undefined));
    return b.cidrs.map(parseCidr).some((range) => range !== undefined && setOverlaps(ranges, range));
  }
  return false;
}

function portsMeet(a: readonly ClusterPort[] | null, b: readonly ClusterPort[] | null): boolean {
  if (a === null || b === null) return true;
  return a.some((one) =>
    b.some((other) => {
      if ('named' in one || 'named' in other) return 'named' in one && 'named' in other && one.named === other.named;
      return one.protocol === other.protocol && one.low <= other.high && other.low <= one.high;
    }),
  );
}

/** A rule that is asked before and decides all that this one would. */
function coveringRule(
  policies: readonly ClusterPolicy<Resource>[],
  at: number,
  direction: Direction,
  index: number,
): { readonly policy: ClusterPolicy<Resource>; readonly rule: ClusterRule } | undefined {
  const own = policies[at]!;
  const rule = own.data[direction][index]!;
  const { subject } = own.data;
  if (subject === null || rule.peers.length === 0) return undefined;
  for (const policy of policies.slice(0, at + 1)) {
    const { data } = policy;
    // Among equals there is no before.
    if (data.tier !== own.data.tier || (policy !== own && data.priority === own.data.priority)) continue;
    if (data.subject === null || !isWithin(subject, data.subject)) continue;
    const before = policy === own ? data[direction].slice(0, index) : data[direction];
    const found = before.find(
      (each) =>
        portsWithin(rule.ports, each.ports) &&
        rule.peers.every((peer) => each.peers.some((other) => peerWithin(peer, other))),
    );
    if (found !== undefined) return { policy, rule: found };
  }
  return undefined;
}

function isWithin(inner: PodSelection, outer: PodSelection): boolean {
  const within = (a: LabelSelector | null, b: LabelSelector | null): boolean => implies(a ?? [], b ?? []) === true;
  return within(inner.namespaces, outer.namespaces) && within(inner.pods, outer.pods);
}

function peerWithin(inner: ClusterPeer, outer: ClusterPeer): boolean {
  if (inner.by === 'pods' && outer.by === 'pods') return isWithin(inner, outer);
  if (inner.by !== 'networks' || outer.by !== 'networks') return false;
  return inner.cidrs.every((cidr) => outer.cidrs.includes(cidr) || outer.cidrs.includes('0.0.0.0/0'));
}

function portsWithin(inner: readonly ClusterPort[] | null, outer: readonly ClusterPort[] | null): boolean {
  if (outer === null) return true;
  if (inner === null) return false;
  return inner.every((one) =>
    outer.some((other) => {
      if ('named' in one || 'named' in other) return 'named' in one && 'named' in other && one.named === other.named;
      return one.protocol === other.protocol && other.low <= one.low && one.high <= other.high;
    }),
  );
}
