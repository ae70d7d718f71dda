import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { type Bits, isEmpty, listBits, newBits, orInto } from '../../k8s/network/bits.ts';
import type { PeerIndex } from '../../k8s/network/engine.ts';
import type { Direction, PortEntry, ServicePort } from '../../k8s/network/objects.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import type { Policy, Service } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';
import { ruleSite, rulesInForce } from './_policy.ts';

export default defineRule({
  id: 'netpol-service-port-mismatch',
  title: "Policy opens the Service's port instead of the pod's target port",
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  messages: {
    mismatch:
      'port {port} is the port of Service "{service}"; policies act on ports of pods, and "{workload}" listens on {target}',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    if (facts.world.policies.length === 0 || facts.world.services.length === 0) return;
    const byPort = indexByPort(facts.world.services);
    for (const policy of facts.world.policies) {
      for (const { direction, index, rule } of rulesInForce(policy)) {
        (rule.ports ?? []).forEach((entry, at) => {
          if (typeof entry.port !== 'number' || (entry.endPort !== null && entry.endPort !== entry.port)) return;
          const found = mismatch(facts, policy, direction, index, entry, byPort);
          if (found === undefined) return;
          const { service, port, pod } = found;
          const node = ruleSite(policy, direction, index, 'ports', at, 'port');
          context.report(node, 'mismatch', {
            data: {
              port: entry.port,
              service: service.name,
              workload: facts.engine.classes[pod]!.endpoints[0]!.workload.name,
              target: port.targetPort,
            },
            related: [{ at: service.ref, message: `maps ${port.port} to ${port.targetPort}` }],
            fix: {
              title: `Allow ${port.targetPort}`,
              safety: 'hardening',
              changes: [{ op: 'set', path: [...node.steps], value: port.targetPort }],
            },
          });
        });
      }
    }
  },
  docs: {
    why: 'By the time a policy sees a packet, the port of the Service has been replaced by that of the pod. A rule for the port of the Service allows nothing, and the connection is blocked.',
    fix: "Write the `targetPort`, by number or by the name of the pod's port.",
    frameworks: { nsa: ['N2'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/service/',
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
    ],
    limits: 'Headless Services are left alone, since their clients use the ports of pods.',
    examples: {
      bad: [
        {
          title: 'the Service maps 80 to 8080',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  ingress:
    - from:
        - podSelector: {}
      ports:
        - port: 80 # finding
`,
        },
        {
          title: 'seen from the client',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0, ports: [{ name: http, containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client, namespace: shop, labels: { app: client } }
spec: { containers: [{ name: client, image: registry.example.com/client:1.0.0 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: client, namespace: shop }
spec:
  podSelector: { matchLabels: { app: client } }
  policyTypes: [Egress]
  egress:
    - to:
        - podSelector: { matchLabels: { app: web } }
      ports:
        - port: 80 # finding
`,
        },
      ],
      good: [
        {
          title: 'the port of the pod',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  ingress:
    - from:
        - podSelector: {}
      ports:
        - port: 8080
`,
        },
      ],
    },
  },
});

interface Mismatch {
  readonly service: Service<Resource>;
  readonly port: ServicePort;
  readonly pod: PeerIndex;
}

/** A pod behind a Service whose port the entry names, while nothing allows the port that the pod listens on. */
function mismatch(
  facts: NetworkFacts,
  policy: Policy<Resource>,
  direction: Direction,
  index: number,
  { port: wanted, protocol }: PortEntry,
  byPort: ServicesByPort,
): Mismatch | undefined {
  const services = byPort.get(`${protocol} ${wanted}`);
  if (services === undefined) return undefined;
  const { engine } = facts;
  const subject = engine.subjectOf(policy).must;
  const peers = policy.data[direction][index]!.peers;
  // Seen from the client the destinations are the peers; without any there is no telling which are meant.
  if (direction === 'egress' && peers === null) return undefined;
  let pods = subject;
  if (direction === 'egress') {
    pods = newBits();
    peers!.forEach(({ block }, at) => {
      if (block !== null) return;
      const { must } = engine.selectPeer(policy, 'egress', index, at);
      orInto(pods, must);
    });
  }
  if (isEmpty(pods)) return undefined;
  for (const { service, port, pod } of pairs(facts, services, engine.withoutSymbols(pods))) {
    const { endpoints } = engine.classes[pod]!;
    const target = engine.portsAt([{ protocol, port: port.targetPort, endPort: null }], pod, 'lower');
    if (target === 0) continue;
    if (endpoints.some((each) => each.pod.ports.some((own) => own.number === wanted && own.protocol === protocol)))
      continue;
    const clients = direction === 'ingress' ? [pod] : listBits(subject);
    const open = clients.some((client) =>
      engine.letsThrough(direction, client, 'upper', target, direction === 'egress' ? [pod] : 'any'),
    );
    if (!open) return { service, port, pod };
  }
  return undefined;
}

/** Services with the pods of a set that stand behind them, in the order of the Services, then of the pods. */
function pairs(facts: NetworkFacts, services: ReadonlyMap<Service<Resource>, Mapped>, pods: Bits): readonly Mismatch[] {
  const found: (Mismatch & { readonly order: number })[] = [];
  // Port 80 is that of nearly every Service, and a policy is for few pods: these are asked what they stand behind.
  for (const pod of listBits(pods)) {
    const [endpoint] = facts.engine.classes[pod]!.endpoints;
    for (const service of endpoint === undefined ? [] : facts.servicesOn(endpoint)) {
      const mapped = services.get(service);
      if (mapped !== undefined) found.push({ service, pod, ...mapped });
    }
  }
  return found.sort((one, other) => one.order - other.order || one.pod - other.pod);
}

interface Mapped {
  readonly port: ServicePort;
  /** The place of the Service among all. */
  readonly order: number;
}

type ServicesByPort = ReadonlyMap<string, ReadonlyMap<Service<Resource>, Mapped>>;

/** Services by protocol and port, where the pods listen on another one. */
function indexByPort(services: readonly Service<Resource>[]): ServicesByPort {
  const index = new Map<string, Map<Service<Resource>, Mapped>>();
  for (const [order, service] of services.entries()) {
    if (service.data.headless) continue;
    const seen = new Set<string>();
    for (const port of service.data.ports) {
      const key = `${port.protocol} ${port.port}`;
      // Of two entries for one port the first counts.
      if (seen.has(key)) continue;
      seen.add(key);
      if (port.targetPort === port.port) continue;
      const same = index.get(key);
      if (same === undefined) index.set(key, new Map([[service, { port, order }]]));
      else same.set(service, { port, order });
    }
  }
  return index;
}
