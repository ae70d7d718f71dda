import { defineRule } from '../../engine/rule.ts';
import { parseCidr, unite } from '../../k8s/cidr.ts';
import {
  coversInternet,
  isIngressController,
  isRestrictedService,
  reachOfService,
} from '../../k8s/network/publicness.ts';
import { sensitivePort } from '../../k8s/network/sensitive-ports.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'service-load-balancer-unrestricted',
  title: 'Public LoadBalancer without source ranges',
  category: 'network',
  severity: 'medium',
  preset: 'strict',
  on: 'resource',
  kinds: ['Service'],
  messages: {
    open: 'the load balancer accepts any client address on port {ports}',
    any: 'loadBalancerSourceRanges lets in any address: {range}',
    ignored: 'loadBalancerSourceRanges has no effect on a Service of type {type}',
  },
  check(resource, context) {
    const spec: AnyNode = resource.root.get('spec' as never);
    const raw = spec.raw;
    if (!isMap(raw)) return;
    const ranges: AnyNode = spec.get('loadBalancerSourceRanges');
    const type: AnyNode = spec.get('type');
    if (type.string !== 'LoadBalancer') {
      if (ranges.items().length > 0) {
        context.report(ranges, 'ignored', { data: { type: type.string ?? 'ClusterIP' }, severity: 'low', atKey: true });
      }
      return;
    }
    const { annotations } = resource.head;
    if (reachOfService(raw, annotations) !== 'public' || isRestrictedService(raw, annotations)) return;
    const ports = (spec.get('ports').items() as readonly AnyNode[])
      .map((port) => port.get('port').number)
      .filter((port) => port !== undefined);
    // What is published there is the matter of another rule, at the port.
    if (ports.some((port) => sensitivePort(port, [resource.head.name]) !== undefined)) return;
    const wide = (ranges.items() as readonly AnyNode[]).find((range) => {
      const cidr = range.string === undefined ? undefined : parseCidr(range.string);
      return cidr !== undefined && coversInternet(unite([cidr]));
    });
    if (wide !== undefined) {
      context.report(wide, 'any', { data: { range: wide.string! } });
      return;
    }
    const web = ports.every((port) => port === 80 || port === 443);
    if (web && isIngressController(raw['selector'])) return;
    context.report(type, 'open', { data: { ports: ports.join(', ') } });
  },
  docs: {
    why: 'A load balancer without source ranges answers the whole internet. For anything but a public web site the clients are known and can be named.',
    fix: 'Name the clients in `loadBalancerSourceRanges`, or make the load balancer an internal one with the annotation of your cloud.',
    frameworks: { nsa: ['N2'], mitre: ['T1190', 'T1133'] },
    equivalents: { kubescape: ['C-0256'], 'kube-linter': ['exposed-services'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/'],
    limits:
      'Services of ingress controllers and gateways on ports 80 and 443, and load balancers of a class of their own, are left alone.',
    examples: {
      bad: [
        {
          title: 'anybody',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: LoadBalancer # finding: open
  selector: { app: web }
  ports: [{ port: 8080 }]
`,
        },
        {
          title: 'anybody, in so many words',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: LoadBalancer
  loadBalancerSourceRanges:
    - 0.0.0.0/0 # finding: any
  selector: { app: web }
  ports: [{ port: 8080 }]
`,
        },
        {
          title: 'ranges without a load balancer',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: NodePort
  loadBalancerSourceRanges: [203.0.113.0/24] # finding: ignored
  selector: { app: web }
  ports: [{ port: 8080 }]
`,
        },
      ],
      good: [
        {
          title: 'named clients',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [203.0.113.0/24]
  selector: { app: web }
  ports: [{ port: 8080 }]
`,
        },
        {
          title: 'the ingress controller',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: controller, namespace: ingress-nginx }
spec:
  type: LoadBalancer
  selector: { app.kubernetes.io/name: ingress-nginx }
  ports: [{ port: 80 }, { port: 443 }]
`,
        },
      ],
    },
  },
});
