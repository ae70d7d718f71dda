import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { and, isEmpty } from '../../k8s/network/bits.ts';
import { isIngressController } from '../../k8s/network/publicness.ts';
import type { Policy, Service } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';

export default defineRule({
  id: 'service-node-port',
  title: 'NodePort exposure',
  category: 'network',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  kinds: ['Service'],
  facts: [networkFact],
  options: {
    defaults: { range: [30000, 32767] as readonly number[] },
    schema: {
      type: 'object',
      properties: { range: { type: 'array', items: { type: 'number' } } },
      additionalProperties: false,
    },
  },
  messages: {
    exposed: 'the Service is published at the address of every node{ports}{lost}',
    range: 'nodePort {port} is outside the range {low}-{high} of the API server, which refuses it',
    duplicate: 'nodePort {port} over {protocol} belongs to Service "{other}" already',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    const [low = 30000, high = 32767] = context.options.range;
    const taken = new Map<string, Service<Resource>>();
    for (const service of facts.world.services) {
      const { serviceType, ports } = service.data;
      if (serviceType !== 'NodePort' && serviceType !== 'LoadBalancer') continue;
      ports.forEach(({ nodePort, protocol }, at) => {
        if (nodePort === null || nodePort === 0) return;
        const node = () => service.ref.root.at(['spec', 'ports', at, 'nodePort']);
        if (nodePort < low || nodePort > high) {
          context.report(node(), 'range', { data: { port: nodePort, low, high }, severity: 'medium' });
          return;
        }
        // Objects that name no namespace are compared with what stands beside them: examples are not one cluster.
        const key = `${service.namespace.name === '' ? service.namespace.key : ''}\n${protocol}/${nodePort}`;
        const other = taken.get(key);
        if (other === undefined) taken.set(key, service);
        else if (other.name !== service.name || other.namespace !== service.namespace) {
          context.report(node(), 'duplicate', {
            data: { port: nodePort, protocol, other: other.name },
            related: [{ at: other.ref, message: 'the other Service' }],
            severity: 'medium',
          });
        }
      });
      if (serviceType !== 'NodePort' || facts.isSystem(service.namespace)) continue;
      const root = service.ref.root;
      if (isIngressController(root.at(['spec', 'selector']).raw)) continue;
      const local = root.at(['spec', 'externalTrafficPolicy']).string === 'Local';
      const policies = local ? [] : policiesByAddress(facts, service);
      const fixed = ports.map(({ nodePort }) => nodePort).filter((port) => port !== null);
      context.report(root.at(['spec', 'type']), 'exposed', {
        data: {
          ports: fixed.length === 0 ? '' : ` on port ${fixed.join(', ')}`,
          lost:
            policies.length === 0
              ? ''
              : `; without externalTrafficPolicy Local the address of the client is lost, on which NetworkPolicy "${policies[0]!.name}" relies`,
        },
        related: policies.map(({ ref, name }) => ({
          at: ref,
          message: `"${name}" judges by the address of the client`,
        })),
        ...(policies.length === 0 ? {} : { severity: 'medium' }),
      });
    }
  },
  docs: {
    why: 'A NodePort opens a port on every node, past any load balancer and its rules, to whoever reaches a node. By default the address of the client is replaced on the way, so that policies by ipBlock judge the wrong one.',
    fix: 'Use type ClusterIP behind an Ingress or a Gateway.',
    frameworks: { nsa: ['N2'], mitre: ['T1133'] },
    equivalents: { 'kube-linter': ['exposed-services'], kubescape: ['C-0256'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport'],
    examples: {
      bad: [
        {
          title: 'a port on every node',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: NodePort # finding: exposed
  selector: { app: web }
  ports: [{ port: 80, nodePort: 30080 }]
`,
        },
        {
          title: 'out of range, and taken',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: NodePort # finding: exposed
  selector: { app: web }
  ports:
    - port: 80
      nodePort: 30080
    - port: 443
      nodePort: 443 # finding: range
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec:
  type: NodePort # finding: exposed
  selector: { app: api }
  ports:
    - port: 80
      nodePort: 30080 # finding: duplicate
`,
        },
      ],
      good: [
        {
          title: 'inside the cluster',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`,
        },
      ],
    },
  },
});

/** Policies for the pods of a Service that let clients in by their address. */
function policiesByAddress(facts: NetworkFacts, service: Service<Resource>): readonly Policy<Resource>[] {
  const policies = facts
    .policiesIn(service.namespace)
    .filter(
      ({ data }) =>
        data.isolates.ingress &&
        data.ingress.some(({ peers }) => peers?.some(({ block }) => block !== null && block.cidr !== '0.0.0.0/0')),
    );
  if (policies.length === 0) return [];
  const backing = facts.backing(service);
  return backing === undefined
    ? []
    : policies.filter((policy) => !isEmpty(and(facts.engine.subjectOf(policy).may, backing.may)));
}
