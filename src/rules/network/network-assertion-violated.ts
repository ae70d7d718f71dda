import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { overlaps, parseAddress } from '../../k8s/cidr.ts';
import { type LabelSelector, matches, selectorOfLabels } from '../../k8s/labels.ts';
import type { PeerIndex } from '../../k8s/network/engine.ts';
import { ALL_PORTS, isProtocol, NO_PORTS, type PortSetId, type PortSets } from '../../k8s/network/port-set.ts';
import { PUBLIC_IPV4 } from '../../k8s/network/publicness.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { nameRule } from './_policy.ts';

/** One end of an assertion: pods of a namespace, with labels; an address; the internet; or anything. */
interface End {
  readonly ns?: string;
  readonly pods?: Readonly<Record<string, string>>;
  readonly ip?: string;
  readonly kind?: 'internet' | 'any';
}

interface Assertion {
  readonly name: string;
  readonly expect: 'allow' | 'deny';
  readonly from: End;
  readonly to: End;
  /** `5432`, `TCP 8080-8090`, `UDP 53`; every port where there are none. */
  readonly ports?: readonly (string | number)[];
}

const END = {
  type: 'object',
  properties: {
    ns: { type: 'string' },
    pods: { type: 'object' },
    ip: { type: 'string' },
    kind: { type: 'string', enum: ['internet', 'any'] },
  },
  additionalProperties: false,
};

export default defineRule({
  id: 'network-assertion-violated',
  title: 'Declared reachability expectation does not hold',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  when: (_project, { assertions }) => assertions.length > 0,
  facts: [networkFact],
  options: {
    defaults: { assertions: [] as readonly Assertion[] },
    schema: {
      type: 'object',
      properties: {
        assertions: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              expect: { type: 'string', enum: ['allow', 'deny'] },
              from: END,
              to: END,
              ports: { type: 'array' },
            },
            additionalProperties: false,
          },
        },
      },
      additionalProperties: false,
    },
  },
  messages: {
    reached: 'assertion "{name}" does not hold: {source} can reach {destination} on {ports}{doubt}, allowed by {by}',
    blocked: 'assertion "{name}" does not hold: {source} cannot reach {destination} on {ports}',
    nothing: 'assertion "{name}" says nothing about the input: no workload matches its {end}',
  },
  check(project, context) {
    const { assertions } = context.options;
    if (assertions.length === 0) return;
    const facts = project.fact(networkFact);
    const { engine } = facts;
    for (const { name, expect, from, to, ports } of assertions) {
      const [sources, destinations] = [peersOf(facts, from), peersOf(facts, to)];
      const missing = sources.length === 0 ? 'from' : destinations.length === 0 ? 'to' : undefined;
      if (missing !== undefined) {
        const at = facts.world.endpoints[0]?.ref;
        if (at !== undefined) context.report(at, 'nothing', { data: { name, end: missing }, severity: 'info' });
        continue;
      }
      const wanted = portsOf(engine.ports, ports);
      for (const destination of destinations) {
        const broken = sources.find((source) => {
          if (source === destination || (engine.isExternal(source) && engine.isExternal(destination))) return false;
          return expect === 'deny'
            ? engine.ports.intersect(engine.connection(source, destination, 'upper'), wanted) !== NO_PORTS
            : !engine.ports.includes(engine.connection(source, destination, 'lower'), wanted);
        });
        if (broken === undefined) continue;
        const [source, target] = [describe(facts, broken), describe(facts, destination)];
        const end = engine.isExternal(destination) ? broken : destination;
        if (expect === 'allow') {
          context.report(engine.classes[end]!.endpoints[0]!.ref, 'blocked', {
            data: { name, source, destination: target, ports: engine.ports.format(wanted) },
          });
          continue;
        }
        const certain = engine.ports.intersect(engine.connection(broken, destination, 'lower'), wanted);
        const open =
          certain === NO_PORTS
            ? engine.ports.intersect(engine.connection(broken, destination, 'upper'), wanted)
            : certain;
        const deciding = decider(facts, broken, destination, wanted);
        context.report(deciding?.at ?? engine.classes[end]!.endpoints[0]!.ref, 'reached', {
          data: {
            name,
            source,
            destination: target,
            ports: engine.ports.format(open),
            doubt: certain === NO_PORTS ? ' (possibly)' : '',
            by: deciding?.name ?? 'default, since no policy isolates it',
          },
        });
      }
    }
  },
  docs: {
    why: 'Who may talk to whom is a promise that every later change of labels, namespaces and policies can break without anybody noticing. Written down, it is checked with each change.',
    fix: `State what must hold in the configuration, and mend the policy that the finding points at:

\`\`\`yaml
rules:
  network-assertion-violated:
    options:
      assertions:
        - name: only web reaches the database
          expect: deny
          from: { ns: shop, pods: { app: worker } }
          to: { ns: shop, pods: { app: db } }
        - name: web reaches the database
          expect: allow
          from: { ns: shop, pods: { app: web } }
          to: { ns: shop, pods: { app: db } }
          ports: [5432]
        - { name: database is not public, expect: deny, from: { kind: internet }, to: { pods: { app: db } } }
\`\`\``,
    frameworks: { nsa: ['N2'], mitre: ['T1210'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
    limits:
      'Silent without assertions. A denial counts as broken where the connection is merely possible; an allowance has to hold for certain.',
    examples: {
      bad: [
        {
          title: 'nothing keeps the other namespace out',
          in: 'manifests',
          options: {
            assertions: [{ name: 'db', expect: 'deny', from: { ns: 'b' }, to: { ns: 'a', pods: { app: 'db' } } }],
          },
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: db # finding: reached
  namespace: a
  labels: { app: db }
spec: { containers: [{ name: db, image: registry.example.com/db:1.0.0 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: x, namespace: b, labels: { app: x } }
spec: { containers: [{ name: x, image: registry.example.com/x:1.0.0 }] }
`,
        },
        {
          title: 'a rule lets it in, and another keeps out what should come',
          in: 'manifests',
          options: {
            assertions: [
              { name: 'closed', expect: 'deny', from: { kind: 'internet' }, to: { ns: 'a', pods: { app: 'db' } } },
              { name: 'open', expect: 'allow', from: { ns: 'a' }, to: { pods: { app: 'db' } }, ports: [5432] },
              { name: 'stale', expect: 'deny', from: { ns: 'gone' }, to: { ns: 'a' } },
            ],
          },
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: db # finding: blocked, nothing
  namespace: a
  labels: { app: db }
spec: { containers: [{ name: db, image: registry.example.com/db:1.0.0 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: a }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress:
    - from: # finding: reached
        - ipBlock: { cidr: 0.0.0.0/1 }
`,
        },
      ],
      good: [
        {
          title: 'the policy keeps the promise',
          in: 'manifests',
          options: {
            assertions: [{ name: 'db', expect: 'deny', from: { ns: 'b' }, to: { ns: 'a', pods: { app: 'db' } } }],
          },
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: db, namespace: a, labels: { app: db } }
spec: { containers: [{ name: db, image: registry.example.com/db:1.0.0 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: x, namespace: b, labels: { app: x } }
spec: { containers: [{ name: x, image: registry.example.com/x:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: a }
spec: { podSelector: {}, policyTypes: [Ingress] }
`,
        },
      ],
    },
  },
});

function peersOf({ engine, world }: NetworkFacts, { ns, pods, ip, kind }: End): readonly PeerIndex[] {
  if (ip !== undefined) {
    const address = parseAddress(ip);
    const peer = engine.externalPeers().find((each) => {
      const range = engine.rangeOf(each);
      return (
        address !== undefined &&
        range.family === address.family &&
        range.low <= address.value &&
        address.value <= range.high
      );
    });
    return peer === undefined ? [] : [peer];
  }
  if (kind === 'internet') {
    return engine.externalPeers().filter((peer) => PUBLIC_IPV4.some((range) => overlaps(range, engine.rangeOf(peer))));
  }
  const selector: LabelSelector = pods === undefined ? [] : selectorOfLabels({ ...pods });
  const classes = new Set<PeerIndex>();
  for (const endpoint of world.endpoints) {
    const { namespace, pod } = endpoint;
    if (ns !== undefined && namespace.name !== ns && !(namespace.name === '' && ns === 'default')) continue;
    if (matches(selector, { labels: pod.labels, open: pod.openLabels === true }) === true)
      classes.add(engine.classOf(endpoint));
  }
  return kind === 'any' ? [...classes, ...engine.externalPeers()] : [...classes];
}

function portsOf(sets: PortSets, ports: readonly (string | number)[] | undefined): PortSetId {
  if (ports === undefined || ports.length === 0) return ALL_PORTS;
  let wanted: PortSetId = NO_PORTS;
  for (const port of ports) {
    const match = /^(?:(TCP|UDP|SCTP)[ /])?(\d+)(?:-(\d+))?(?:\/(TCP|UDP|SCTP))?$/.exec(String(port));
    if (match === null) continue;
    const protocol = match[1] ?? match[4] ?? 'TCP';
    if (isProtocol(protocol))
      wanted = sets.unite(wanted, sets.range(protocol, Number(match[2]), Number(match[3] ?? match[2])));
  }
  return wanted;
}

function describe({ engine }: NetworkFacts, peer: PeerIndex): string {
  if (engine.isExternal(peer)) return 'the outside of the cluster';
  const { workload } = engine.classes[peer]!.endpoints[0]!;
  return `"${workload.id.replace(/^\//, '')}"`;
}

/** The rule that lets it through, on the side of the destination first. */
function decider(
  facts: NetworkFacts,
  source: PeerIndex,
  destination: PeerIndex,
  wanted: PortSetId,
): { readonly at: AnyNode | Resource; readonly name: string } | undefined {
  const { engine } = facts;
  for (const [direction, pod, peer] of [
    ['ingress', destination, source],
    ['egress', source, destination],
  ] as const) {
    if (engine.isExternal(pod)) continue;
    for (const { policy, rule, action, ports } of engine.decisions(direction, pod, peer, 'upper')) {
      if (action !== 'Accept' || policy === undefined || engine.ports.intersect(ports, wanted) === NO_PORTS) continue;
      const at = policy.ref.root.at(['spec', direction, rule!]);
      return { at, name: `${nameRule(direction, rule!, policy.data[direction].length)} of "${policy.name}"` };
    }
  }
  return undefined;
}
