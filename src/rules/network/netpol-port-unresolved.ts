import { listNames, type NetworkFacts, networkFact, workloadNames } from '../../engine/facts/network.ts';
import { defineRule, type FixProposal } from '../../engine/rule.ts';
import { NAMESPACE_NAME_LABEL } from '../../k8s/labels.ts';
import { andNot, isEmpty, listBits } from '../../k8s/network/bits.ts';
import type { Direction, PolicyRule } from '../../k8s/network/objects.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import type { Endpoint, Policy } from '../../k8s/network/world.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { Resource } from '../../k8s/resource.ts';
import { nearest } from '../../text/nearest.ts';
import { ruleSite, rulesInForce } from './_policy.ts';

export default defineRule({
  id: 'netpol-port-unresolved',
  title: 'Named port of a policy exists on no destination pod',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  messages: {
    nowhere: 'port "{port}" over {protocol} is declared by none of {which}: the entry allows nothing{hint}',
    partly: 'port "{port}" over {protocol} is not declared by {missing}: the entry allows nothing there',
    block:
      'port "{port}" is a name, which addresses outside the cluster do not have: the entry allows nothing for ipBlock peers',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    for (const policy of facts.world.policies) {
      for (const { direction, index, rule } of rulesInForce(policy)) {
        if (rule.ports === null) continue;
        rule.ports.forEach(({ port, protocol }, at) => {
          if (typeof port !== 'string' || isUnresolved(port) || /^\d+$/.test(port)) return;
          const node = () => ruleSite(policy, direction, index, 'ports', at, 'port');
          if (direction === 'egress' && rule.peers !== null && rule.peers.every(({ block }) => block !== null)) {
            context.report(node(), 'block', { data: { port } });
            return;
          }
          const pods = destinations(facts, policy, direction, index, rule);
          if (pods === undefined || pods.length === 0) return;
          const declaring = pods.filter(({ pod }) =>
            pod.ports.some((own) => own.name === port && own.protocol === protocol),
          );
          if (declaring.length === pods.length) return;
          if (declaring.length > 0) {
            const missing = pods.filter((endpoint) => !declaring.includes(endpoint));
            context.report(node(), 'partly', {
              data: { port, protocol, missing: listNames(workloadNames(missing)) },
              severity: 'info',
              preset: 'strict',
            });
            return;
          }
          const declared = pods.flatMap(({ pod }) => pod.ports);
          const otherProtocol = declared.find(({ name }) => name === port);
          const meant = nearest(
            port,
            new Set(declared.filter((own) => own.protocol === protocol && own.name !== '').map(({ name }) => name)),
          );
          const hint =
            otherProtocol !== undefined
              ? `; it is declared over ${otherProtocol.protocol}`
              : meant === undefined
                ? ''
                : `; did you mean "${meant}"`;
          const entry = ruleSite(policy, direction, index, 'ports', at);
          const fix: FixProposal | undefined =
            otherProtocol !== undefined
              ? {
                  title: `Use ${otherProtocol.protocol}`,
                  safety: 'hardening',
                  changes: [{ op: 'set', path: [...entry.steps, 'protocol'], value: otherProtocol.protocol }],
                }
              : meant === undefined
                ? undefined
                : {
                    title: `Use "${meant}"`,
                    safety: 'hardening',
                    changes: [{ op: 'set', path: [...entry.steps, 'port'], value: meant }],
                  };
          const names = workloadNames(pods);
          context.report(node(), 'nowhere', {
            data: {
              port,
              protocol,
              hint,
              which: `the ${names.length === 1 ? 'pods of' : `${names.length} workloads`} ${listNames(names)}`,
            },
            related: pods.slice(0, 3).map(({ ref, workload }) => ({
              at: ref,
              message: `"${workload.name}" declares ${describe(workload.endpoints)}`,
            })),
            ...(fix === undefined ? {} : { fix }),
          });
        });
      }
    }
  },
  docs: {
    why: 'A port by name is looked up on the destination pod, with its protocol. Where no pod declares it, the entry allows nothing: the traffic that it was written for is blocked.',
    fix: 'Use the name and protocol of a `containerPort`, or the number.',
    frameworks: { nsa: ['N2'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/'],
    limits:
      'Only where the destination pods are in the input. Where some of them declare the port and others do not, it is info and part of `strict`.',
    examples: {
      bad: [
        {
          title: 'a slip in the name',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0, ports: [{ name: http, containerPort: 8080 }] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  ingress:
    - ports:
        - port: htpp # finding: nowhere
`,
        },
        {
          title: 'addresses have no named ports',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - ipBlock: { cidr: 203.0.113.0/24 }
      ports:
        - port: https # finding: block
`,
        },
        {
          title: 'one of two pods',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0, ports: [{ name: http, containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop }
spec: { containers: [{ name: db, image: registry.example.com/db:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: all, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - ports:
        - port: http # finding: partly
`,
        },
      ],
      good: [
        {
          title: 'the name that the pod declares',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0, ports: [{ name: http, containerPort: 8080 }] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  ingress:
    - ports:
        - port: http
`,
        },
      ],
    },
  },
});

/** The pods that packets go to; undefined where not all of them can be known. */
function destinations(
  facts: NetworkFacts,
  policy: Policy<Resource>,
  direction: Direction,
  index: number,
  rule: PolicyRule,
): readonly Endpoint<Resource>[] | undefined {
  const { engine } = facts;
  if (direction === 'ingress') {
    const { must, may } = engine.subjectOf(policy);
    if (must !== may && !policy.data.rejected) return undefined;
    return listBits(may).flatMap((pod) => engine.classes[pod]!.endpoints);
  }
  if (rule.peers === null) return undefined;
  const found: Endpoint<Resource>[] = [];
  for (let at = 0; at < rule.peers.length; at++) {
    const { namespaces, block } = rule.peers[at]!;
    if (block !== null) continue;
    if (
      namespaces !== null &&
      !namespaces.some(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In')
    )
      return undefined;
    const { must, may } = engine.selectPeer(policy, 'egress', index, at);
    if (!isEmpty(engine.withoutSymbols(andNot(may, must)))) return undefined;
    for (const pod of listBits(must)) found.push(...engine.classes[pod]!.endpoints);
  }
  return found;
}

function describe(endpoints: readonly Endpoint<Resource>[]): string {
  const ports = endpoints
    .flatMap(({ pod }) => pod.ports)
    .map(({ name, number, protocol }) => `${name === '' ? '' : `"${name}" = `}${protocol} ${number}`);
  return ports.length === 0 ? 'no port' : [...new Set(ports)].join(', ');
}
