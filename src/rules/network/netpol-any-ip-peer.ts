import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import type { Severity } from '../../engine/finding.ts';
import type { Preset } from '../../engine/rule.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { parseCidr, setOverlaps, unite } from '../../k8s/cidr.ts';
import { PRIVATE_RANGES } from '../../k8s/network/addresses.ts';
import { forEachBit, hasBit } from '../../k8s/network/bits.ts';
import { targetPorts } from '../../k8s/network/connections.ts';
import { rangesOf } from '../../k8s/network/engine.ts';
import type { Direction, PolicyRule } from '../../k8s/network/objects.ts';
import { CLUSTER_POLICIES, NETWORK_POLICY } from '../../k8s/network/objects.ts';
import { NO_PORTS } from '../../k8s/network/port-set.ts';
import { coversInternet, isIngressController } from '../../k8s/network/publicness.ts';
import type { Policy, Service } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';
import { describePorts, PEERS_KEY, ruleSite, rulesInForce } from './_policy.ts';

export default defineRule({
  id: 'netpol-any-ip-peer',
  title: 'ipBlock covers the whole address space',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY, ...CLUSTER_POLICIES],
  facts: [networkFact],
  options: {
    defaults: { percent: 90 },
    schema: { type: 'object', properties: { percent: { type: 'number' } }, additionalProperties: false },
  },
  messages: { any: '{rule} of "{policy}" allows {cidrs}, which is any address, on {ports}' },
  check(project, context) {
    const facts = project.fact(networkFact);
    const { percent } = context.options;
    for (const policy of facts.world.policies) {
      for (const { direction, index, rule, name } of rulesInForce(policy)) {
        const blocks = (rule.peers ?? []).flatMap(({ block }, at) => (block === null ? [] : [{ block, at }]));
        if (blocks.length === 0 || !coversInternet(unite(blocks.flatMap(({ block }) => rangesOf(block))), percent))
          continue;
        const widest = Math.min(...blocks.map(({ block }) => parseCidr(block.cidr)?.prefix ?? 99));
        const wide = blocks.filter(({ block }) => parseCidr(block.cidr)?.prefix === widest);
        const judged = judge(facts, policy, direction, rule);
        const cidr = [PEERS_KEY[direction], wide[0]!.at, 'ipBlock', 'cidr'] as const;
        context.report(ruleSite(policy, direction, index, ...cidr), 'any', {
          data: {
            rule: name,
            policy: policy.name,
            cidrs: wide.map(({ block }) => block.cidr).join(' and '),
            ports: describePorts(rule.ports),
          },
          ...judged,
        });
      }
    }
    for (const policy of facts.world.clusterPolicies) {
      policy.data.egress.forEach((rule, index) => {
        if (rule.action !== 'Accept') return;
        rule.peers.forEach((peer, at) => {
          if (peer.by !== 'networks') return;
          const ranges = unite(peer.cidrs.map(parseCidr).filter((range) => range !== undefined));
          if (!coversInternet(ranges, percent)) return;
          context.report(siteAt(policy.ref, ['spec', 'egress', index, 'to', at, 'networks']), 'any', {
            data: {
              rule: `egress rule ${index + 1}`,
              policy: policy.name,
              cidrs: peer.cidrs.join(' and '),
              ports: rule.ports === null ? 'every port' : 'the ports it names',
            },
            severity: 'low',
            preset: 'strict',
          });
        });
      });
    }
  },
  docs: {
    why: 'An ipBlock that covers every address is no restriction: for ingress it opens the pods to the internet and, with most network plugins, to nodes and load balancers; for egress it lets data out to any host.',
    fix: 'Name the ranges that are meant. For egress to the internet take out the private, link-local and metadata ranges with `except`.',
    frameworks: { cis: ['5.3.2'], nsa: ['N2'], mitre: ['T1190', 'T1567'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors',
    ],
    limits:
      'An ingress rule whose ports are those that a LoadBalancer, a NodePort, an Ingress or a route publishes for the same pods is meant, and reported as info with `all` only. Egress is low and part of `strict`; with explicit ports and private ranges excepted it is info.',
    examples: {
      bad: [
        {
          title: 'SSH from anywhere',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: bastion, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 0.0.0.0/0 # finding
      ports:
        - port: 22
`,
        },
        {
          title: 'two halves',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: bastion, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 0.0.0.0/1 # finding
        - ipBlock:
            cidr: 128.0.0.0/1
`,
        },
      ],
      good: [
        {
          title: 'an office network',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: bastion, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 203.0.113.0/24
      ports:
        - port: 22
`,
        },
      ],
    },
  },
});

interface Judgement {
  readonly severity?: Severity;
  readonly preset?: Preset;
  readonly related?: readonly { readonly at: Resource; readonly message: string }[];
}

function judge(facts: NetworkFacts, policy: Policy<Resource>, direction: Direction, rule: PolicyRule): Judgement {
  if (direction === 'egress') {
    const ranges = unite((rule.peers ?? []).flatMap(({ block }) => (block === null ? [] : [...rangesOf(block)])));
    const outside =
      rule.ports !== null &&
      !PRIVATE_RANGES.filter(({ family }) => family === 4).some((range) => setOverlaps(ranges, range));
    return outside ? { severity: 'info', preset: 'all' } : { severity: 'low', preset: 'strict' };
  }
  const publishing = publishingServices(facts, policy, rule);
  if (publishing.length > 0) {
    return {
      severity: 'info',
      preset: 'all',
      related: publishing
        .slice(0, 3)
        .map(({ ref, name }) => ({ at: ref, message: `Service "${name}" publishes these pods` })),
    };
  }
  return rule.ports === null ? { severity: 'high' } : {};
}

/** The Services that publish exactly what the rule opens; none where it opens more. */
function publishingServices(
  facts: NetworkFacts,
  policy: Policy<Resource>,
  rule: PolicyRule,
): readonly Service<Resource>[] {
  const { engine } = facts;
  if (isIngressController(policy.ref.root.at(['spec', 'podSelector', 'matchLabels']).raw)) return [];
  const found = new Set<Service<Resource>>();
  let open = true;
  forEachBit(engine.subjectOf(policy).may, (pod) => {
    const wanted = engine.portsAt(rule.ports, pod, 'upper');
    let published = NO_PORTS;
    const publish = (service: Service<Resource>, port: (typeof service.data.ports)[number]): void => {
      const backing = facts.backing(service);
      if (backing === undefined || !hasBit(backing.may, pod)) return;
      published = engine.ports.unite(published, targetPorts(engine, port, pod));
      found.add(service);
    };
    for (const service of facts.world.services) {
      if (service.data.reach !== 'cluster') for (const port of service.data.ports) publish(service, port);
    }
    for (const { service, port } of facts.entries()) publish(service, port);
    if (!engine.ports.includes(published, wanted)) open = false;
  });
  return open ? [...found] : [];
}
