import { hostPortsFact } from '../../engine/facts/host-ports.ts';
import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { listBits } from '../../k8s/network/bits.ts';
import type { ServicePort } from '../../k8s/network/objects.ts';
import { administrationImage, sensitivePort } from '../../k8s/network/sensitive-ports.ts';
import type { Endpoint, Service } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';

export default defineRule({
  id: 'service-sensitive-port-public',
  title: 'Administrative or database port published outside the cluster',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  supersedes: ['host-port'],
  on: 'project',
  when: (project) => project.ofKind('Service').length > 0 || project.fact(hostPortsFact),
  facts: [networkFact, hostPortsFact],
  options: {
    defaults: { ports: {} as Readonly<Record<string, string>> },
    schema: { type: 'object', properties: { ports: { type: 'object' } }, additionalProperties: false },
  },
  messages: {
    service: 'Service "{name}" of type {type} publishes {product} (port {port}) to any client',
    image: 'Service "{name}" of type {type} publishes "{image}", an administration tool, to any client',
    entry: '{kind} "{name}" publishes {product} (port {port} of Service "{service}") to any client',
    host: 'hostPort {port} publishes {product} at the address of every node that runs the pod',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    const { ports: extra } = context.options;
    for (const service of facts.world.services) {
      const { reach, restricted, serviceType } = service.data;
      if (reach === 'cluster' || reach === 'internal' || restricted || facts.isSystem(service.namespace)) continue;
      service.data.ports.forEach((port, at) => {
        const pods = podsOf(facts, service);
        const words = wordsOf(service, port, pods);
        const number = targetOf(port, pods);
        const product = number === undefined ? undefined : sensitivePort(number, words, extra);
        const node = () => service.ref.root.at(['spec', 'ports', at]);
        const related = pods
          .slice(0, 2)
          .map(({ ref, workload }) => ({ at: ref, message: `"${workload.name}" is behind it` }));
        if (product !== undefined) {
          const target = node().get('targetPort');
          context.report(target.present ? target : node().get('port'), 'service', {
            data: { name: service.name, type: serviceType, product, port: number! },
            related,
          });
          return;
        }
        const image = at === 0 ? administrationImage(pods.flatMap(({ pod }) => pod.images)) : undefined;
        if (image !== undefined) {
          context.report(node().get('port'), 'image', {
            data: { name: service.name, type: serviceType, image },
            related,
          });
        }
      });
    }
    for (const entry of facts.world.entryPoints) {
      if (entry.data.internal === true) continue;
      for (const { service, port } of facts.entriesOf(entry)) {
        const pods = podsOf(facts, service);
        const number = targetOf(port, pods);
        if (number === undefined) continue;
        const product = sensitivePort(number, wordsOf(service, port, pods), extra);
        if (product === undefined) continue;
        context.report(entry.ref, 'entry', {
          data: { kind: entry.kind, name: entry.name, product, port: number, service: service.name },
          related: [{ at: service.ref, message: 'the Service behind it' }],
          severity: 'medium',
        });
      }
    }
    for (const { namespace, pod, ref, podIndex, workload } of facts.world.endpoints) {
      if (pod.hostNetwork === true || facts.isSystem(namespace)) continue;
      for (const { hostPort, number, name, at } of pod.ports) {
        if (hostPort === undefined) continue;
        const product = sensitivePort(number, [name, workload.name, ...pod.images], extra);
        const view = ref.pods[podIndex];
        if (product === undefined || view === undefined) continue;
        const address = view.spec.at([...at, 'hostIP']).string;
        if (address === '127.0.0.1' || address === '::1') continue;
        context.report(view.spec.at([...at, 'hostPort']), 'host', {
          data: { port: hostPort, product },
          severity: 'medium',
        });
      }
    }
  },
  docs: {
    why: 'Databases, control-plane ports and administration tools are made for trusted clients. At an address that anybody reaches they are found by scanners within hours.',
    fix: 'Use type ClusterIP and `kubectl port-forward`, a VPN or an internal load balancer; where clients outside are needed, name them in `loadBalancerSourceRanges`.',
    frameworks: { nsa: ['N2', 'N4'], mitre: ['T1133'] },
    equivalents: { kubescape: ['C-0021', 'C-0274'], 'kube-linter': ['ssh-port'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/security/'],
    limits:
      'Ports that many programs use (5000, 8888, 9090 …) count only where a name or an image speaks of the product. `ports` adds numbers: `{ "7000": "Cassandra" }`.',
    examples: {
      bad: [
        {
          title: 'Redis behind a load balancer',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: cache, namespace: shop }
spec:
  type: LoadBalancer
  selector: { app: cache }
  ports:
    - port: 6379 # finding: service
`,
        },
        {
          title: 'an administration tool',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: admin, namespace: shop, labels: { app: admin } }
spec: { containers: [{ name: admin, image: "docker.io/library/adminer:5.4.0", ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: admin, namespace: shop }
spec:
  type: NodePort
  selector: { app: admin }
  ports:
    - port: 80 # finding: image
      targetPort: 8080
`,
        },
        {
          title: 'Prometheus behind an Ingress',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: prometheus, namespace: monitoring }
spec: { selector: { app: prometheus }, ports: [{ port: 80, targetPort: 9090 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: monitoring # finding: entry
  namespace: monitoring
spec:
  tls: [{ hosts: [monitoring.example.com], secretName: monitoring }]
  defaultBackend: { service: { name: prometheus, port: { number: 80 } } }
`,
        },
        {
          title: 'a port of the node',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop }
spec:
  containers:
    - name: db
      image: registry.example.com/postgres:17.0
      ports:
        - containerPort: 5432
          hostPort: 5432 # finding: host
`,
        },
      ],
      good: [
        {
          title: 'inside the cluster',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: cache, namespace: shop }
spec:
  selector: { app: cache }
  ports:
    - port: 6379
`,
        },
        {
          title: 'an internal load balancer',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata:
  name: cache
  namespace: shop
  annotations: { networking.gke.io/load-balancer-type: Internal }
spec:
  type: LoadBalancer
  selector: { app: cache }
  ports:
    - port: 6379
`,
        },
        {
          title: 'a web application that happens to use 9090',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: LoadBalancer
  selector: { app: web }
  ports:
    - { port: 80, targetPort: 9090 }
`,
        },
      ],
    },
  },
});

function podsOf(facts: NetworkFacts, service: Service<Resource>): readonly Endpoint<Resource>[] {
  const backing = facts.backing(service);
  return backing === undefined ? [] : listBits(backing.must).flatMap((pod) => facts.engine.classes[pod]!.endpoints);
}

/** What could speak of a product: names of the Service, its port and its pods, and their images. */
function wordsOf(
  service: Service<Resource>,
  port: ServicePort,
  pods: readonly Endpoint<Resource>[],
): readonly string[] {
  return [service.name, port.name, ...pods.flatMap(({ pod, workload }) => [workload.name, ...pod.images])];
}

/** The number of the port on the pod, where it can be told. */
function targetOf({ targetPort, protocol }: ServicePort, pods: readonly Endpoint<Resource>[]): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  for (const { pod } of pods) {
    const declared = pod.ports.find((each) => each.name === targetPort && each.protocol === protocol);
    if (declared !== undefined) return declared.number;
  }
  return undefined;
}
