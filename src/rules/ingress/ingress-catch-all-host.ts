import { type Routed, type RoutingFacts, routingFact } from '../../engine/facts/routing.ts';
import { defineRule } from '../../engine/rule.ts';
import type { IngressData, RouteData } from '../../k8s/network/routing.ts';
import { INGRESS_KINDS } from '../../k8s/network/routing.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { covers, isPublicSuffix } from './_host.ts';

export default defineRule({
  id: 'ingress-catch-all-host',
  title: 'Ingress claims every host or a wildcard',
  category: 'ingress',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  kinds: [...INGRESS_KINDS, 'HTTPRoute.gateway.networking.k8s.io'],
  facts: [routingFact],
  messages: {
    all: '{what} matches requests for any host{overlap}',
    wildcard: 'host "{host}" matches requests for any name below "{domain}"{overlap}',
    suffix: 'host "{host}" claims a domain under which anybody registers names',
    route:
      'the route names no host and listener "{listener}" of Gateway "{gateway}" neither: it matches requests for any host',
  },
  check(project, context) {
    const facts = project.fact(routingFact);
    for (const ingress of facts.ingresses) {
      const { resource, data } = ingress;
      if (data.acme) continue;
      const spec = () => resource.root.at(['spec']);
      data.rules.forEach(({ host, paths }, index) => {
        if (isUnresolved(host)) return;
        const node = () => spec().at(['rules', index, 'host']);
        if (host.startsWith('*.')) {
          const domain = host.slice(2);
          if (isPublicSuffix(domain)) {
            context.report(node(), 'suffix', { data: { host }, severity: 'high' });
            return;
          }
          const other = overlapped(facts, ingress, host);
          context.report(node(), 'wildcard', { data: { host, domain, overlap: describe(other) }, ...weigh(other) });
        } else if (host === '' || host === '*') {
          if (paths.length === 0) return;
          const other = overlapped(facts, ingress, '');
          const at = host === '' ? spec().at(['rules', index]) : node();
          context.report(at, 'all', {
            data: { what: 'a rule without a host', overlap: describe(other) },
            ...weigh(other),
          });
        }
      });
      if (
        data.defaultBackend !== undefined &&
        data.rules.length > 0 &&
        !data.internal &&
        !/default-?backend/.test(resource.head.name)
      ) {
        const other = overlapped(facts, ingress, '');
        const at = spec().at(data.defaultBackend.at.slice(1, 2));
        context.report(at, 'all', {
          data: { what: 'the default backend', overlap: describe(other) },
          ...weigh(other),
          atKey: true,
        });
      }
    }
    for (const route of facts.routes) {
      if (route.data.hostnames.length > 0 || route.resource.head.kind !== 'HTTPRoute') continue;
      for (const { name, namespace, section } of route.data.parents) {
        const gateway = facts.gateway(namespace ?? route.namespace, name);
        const listener = gateway?.data.listeners.find(
          (each) => (section === undefined || each.name === section) && each.hostname === '',
        );
        if (listener === undefined || !routesRequests(route)) continue;
        context.report(route.resource, 'route', { data: { listener: listener.name, gateway: name }, preset: 'strict' });
        break;
      }
    }
  },
  docs: {
    why: 'A rule without a host, or with a wildcard, also answers names that it was not written for: those of other teams that share the controller, and those that an attacker brings along in the Host header.',
    fix: 'Name the hosts.',
    frameworks: { nsa: ['N2'], mitre: ['T1557'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards'],
    limits:
      'Part of `strict`, save where the wildcard covers a host of another namespace (medium) or a public suffix (high).',
    examples: {
      bad: [
        {
          title: 'no host',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  tls: [{ secretName: web }]
  rules:
    - http: # finding: all
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }]
`,
        },
        {
          title: 'a wildcard over the host of others, and over a whole country',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  rules:
    - host: "*.example.com" # finding: wildcard
    - host: "*.co.uk" # finding: suffix
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: login, namespace: bank }
spec:
  rules:
    - host: login.example.com
`,
        },
        {
          title: 'a route for whatever comes',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  gatewayClassName: example
  listeners: [{ name: https, port: 443, protocol: HTTPS }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web # finding: route
  namespace: shop
spec:
  parentRefs: [{ name: web }]
  rules: [{ backendRefs: [{ name: web, port: 80 }] }]
`,
        },
      ],
      good: [
        {
          title: 'one host',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  tls: [{ secretName: web }]
  rules:
    - host: shop.example.com
      http:
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }]
`,
        },
      ],
    },
  },
});

interface Overlap {
  readonly host: string;
  readonly ingress: Routed<IngressData>;
}

/** An Ingress of another namespace and the same class whose host the pattern covers too; '' covers all. */
function overlapped(facts: RoutingFacts, own: Routed<IngressData>, pattern: string): Overlap | undefined {
  for (const ingress of facts.ingresses) {
    if (
      ingress.namespace === own.namespace ||
      ingress.whole !== own.whole ||
      ingress.data.ingressClass !== own.data.ingressClass
    )
      continue;
    // Objects without a namespace may well end up in the same one.
    if (ingress.namespace.startsWith('\n') || own.namespace.startsWith('\n')) continue;
    const rule = ingress.data.rules.find(
      ({ host }) => host !== '' && host !== '*' && (pattern === '' || covers(pattern, host)),
    );
    if (rule !== undefined) return { host: rule.host, ingress };
  }
  return undefined;
}

function describe(overlap: Overlap | undefined): string {
  if (overlap === undefined) return '';
  return `, "${overlap.host}" of namespace "${overlap.ingress.resource.head.namespace}" among them`;
}

function weigh(overlap: Overlap | undefined) {
  if (overlap === undefined) return { preset: 'strict' as const };
  return { severity: 'medium' as const, related: [{ at: overlap.ingress.resource, message: 'the other Ingress' }] };
}

function routesRequests({ data }: Routed<RouteData>): boolean {
  return data.rules.some(({ redirects, backends }) => !redirects && backends.length > 0);
}
