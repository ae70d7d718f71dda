import { listNames, type NetworkFacts, networkFact, workloadNames } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { someBit } from '../../k8s/network/bits.ts';
import type { PeerIndex } from '../../k8s/network/engine.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import { NO_PORTS } from '../../k8s/network/port-set.ts';
import type { Endpoint, Policy } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';
import { mayInclude } from './_policy.ts';

export default defineRule({
  id: 'netpol-egress-blocks-dns',
  title: 'Isolated egress without a DNS allowance',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  messages: {
    none: 'egress of {names} is restricted by {policies} and port 53 is allowed nowhere: service names will not resolve',
    udpOnly: 'egress of {names} allows DNS over UDP and not over TCP, which long answers need',
  },
  check(project, context) {
    if (project.world === 'open') return;
    const facts = project.fact(networkFact);
    if (!facts.world.policies.some(({ data }) => data.isolates.egress)) return;
    const { engine } = facts;
    const groups = new Map<
      string,
      { readonly policies: readonly Policy<Resource>[]; readonly pods: Endpoint<Resource>[]; readonly tcp: boolean }
    >();
    for (const endpoint of facts.world.endpoints) {
      const pod = engine.classOf(endpoint);
      if (
        engine.isolation('egress', pod) !== 'yes' ||
        !asksForNames(endpoint) ||
        facts.mayBeIsolatedByVendor('egress', pod)
      )
        continue;
      const allowed = dnsOf(facts, pod);
      if (allowed === undefined || (allowed.udp && allowed.tcp)) continue;
      const policies = engine.selecting('egress', pod).map(({ policy }) => policy);
      const key = `${endpoint.namespace.key}\n${engine.signatureOf('egress', pod)}\n${allowed.udp}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { policies, pods: [endpoint], tcp: !allowed.udp });
      else group.pods.push(endpoint);
    }
    for (const { policies, pods, tcp } of groups.values()) {
      const busiest = [...policies].sort(
        (a, b) => b.data.egress.length - a.data.egress.length || (a.name < b.name ? -1 : 1),
      )[0]!;
      const data = { names: listNames(workloadNames(pods)), policies: listNames(policies.map(({ name }) => name)) };
      const at = siteAt(busiest.ref, ['spec', 'egress']);
      const related = policies
        .filter((policy) => policy !== busiest)
        .slice(0, 5)
        .map(({ ref, name }) => ({ at: ref, message: `"${name}" isolates them as well` }));
      if (tcp) context.report(at, 'none', { data, related });
      else context.report(at, 'udpOnly', { data, related, severity: 'low', preset: 'strict' });
    }
    for (const policy of facts.world.policies) {
      // Pods are elsewhere; a policy for all of them speaks for itself.
      const { namespace, data } = policy;
      if (
        facts.hasPods(namespace) ||
        facts.isSystem(namespace) ||
        data.pods.length > 0 ||
        !data.isolates.egress ||
        data.rejected
      )
        continue;
      const rules = facts
        .policiesIn(namespace)
        .filter((other) => other.data.isolates.egress)
        .flatMap((other) => other.data.egress);
      if (
        data.egress.length === 0 ||
        rules.some(({ ports }) => mayInclude(ports, 'UDP', 53) || mayInclude(ports, 'TCP', 53))
      )
        continue;
      if (facts.world.clusterPolicies.length > 0 || facts.world.vendorPolicies.length > 0) continue;
      context.report(siteAt(policy.ref, ['spec', 'egress']), 'none', {
        data: { names: `all pods of ${facts.describe(namespace)}`, policies: `"${policy.name}"` },
      });
    }
  },
  docs: {
    why: 'A pod whose egress is isolated cannot resolve a name unless port 53 to the resolver is allowed: every connection by service name fails, and the policy is soon taken out again as a whole.',
    fix: `Allow DNS in a policy of its own for the namespace:

\`\`\`yaml
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-dns
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: kube-system }
          podSelector:
            matchLabels: { k8s-app: kube-dns }
      ports:
        - { protocol: UDP, port: 53 }
        - { protocol: TCP, port: 53 }
\`\`\`

Where NodeLocal DNSCache runs, allow its address (commonly 169.254.20.10) as well.`,
    frameworks: { nsa: ['N2'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/tasks/administer-cluster/declare-network-policy/',
      'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/',
    ],
    limits:
      'Pods without any egress rule are taken to be cut off on purpose, and pods with `dnsPolicy: None` to have their own way of resolving. DNS over UDP without TCP is low and part of `strict`.',
    examples: {
      bad: [
        {
          title: 'the database alone',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  policyTypes: [Egress]
  egress: # finding: none
    - to:
        - podSelector: { matchLabels: { app: db } }
      ports:
        - port: 5432
`,
        },
        {
          title: 'UDP alone',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: # finding: udpOnly
    - ports:
        - { port: 53, protocol: UDP }
`,
        },
      ],
      good: [
        {
          title: 'DNS over both',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - ports:
        - { port: 53, protocol: UDP }
        - { port: 53, protocol: TCP }
`,
        },
        {
          title: 'cut off on purpose',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
`,
        },
      ],
    },
  },
});

function asksForNames({ pod }: Endpoint<Resource>): boolean {
  return pod.dnsPolicy !== 'None';
}

/** Whether port 53 is open to anybody; undefined for a pod that may not open any connection at all. */
function dnsOf({ engine }: NetworkFacts, pod: PeerIndex): { readonly udp: boolean; readonly tcp: boolean } | undefined {
  const allowances = engine.allowances('egress', pod, 'upper');
  const sets = new Set<number>();
  if (allowances === undefined) {
    const row = engine.row('egress', pod, 'upper');
    for (let peer = 0; peer < row.length; peer++) if (peer !== pod) sets.add(row[peer]!);
  }
  for (const { peers, ports } of allowances ?? []) if (someBit(peers, (peer) => peer !== pod)) sets.add(ports);
  sets.delete(NO_PORTS);
  if (sets.size === 0) return undefined;
  return {
    udp: [...sets].some((ports) => engine.ports.has(ports, 'UDP', 53)),
    tcp: [...sets].some((ports) => engine.ports.has(ports, 'TCP', 53)),
  };
}
