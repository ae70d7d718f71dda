import { type Routed, routingFact } from '../../engine/facts/routing.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import type { RouteData } from '../../k8s/network/routing.ts';
import { INGRESS_KINDS } from '../../k8s/network/routing.ts';
import type { Resource } from '../../k8s/resource.ts';

export default defineRule({
  id: 'ingress-host-path-conflict',
  title: 'Same host and path routed by two Ingresses or routes',
  category: 'ingress',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [...INGRESS_KINDS, 'HTTPRoute.gateway.networking.k8s.io'],
  facts: [routingFact],
  messages: {
    conflict: '{place} is also claimed by {kind} "{other}"{where}: which backend answers depends on the controller',
    below: '{place} lies below "{prefix}", which {kind} "{other}"{where} claims for another backend',
  },
  check(project, context) {
    const facts = project.fact(routingFact);
    const taken = new Map<string, Claim>();
    const claims: Claim[] = [];
    const keyOf = ({ scope, host }: Claim, type: string, path: string): string => [scope, host, type, path].join('\n');
    const claim = (own: Claim): void => {
      claims.push(own);
      const key = keyOf(own, own.type, own.path);
      const before = taken.get(key);
      if (before === undefined) {
        taken.set(key, own);
        return;
      }
      const same = before.resource.head.name === own.resource.head.name && before.namespace === own.namespace;
      if (same || (before.backend === own.backend && before.namespace === own.namespace)) return;
      const foreign = areForeign(before, own);
      // Objects of other folders that name no namespace are another example, another environment.
      if (before.namespace !== own.namespace && !foreign) return;
      const { head } = before.resource;
      context.report(siteAt(own.resource, own.at), 'conflict', {
        data: {
          place: placeOf(own),
          kind: head.kind,
          other: head.name,
          where: foreign ? ` of namespace "${head.namespace}"` : '',
        },
        related: [{ at: siteAt(before.resource, before.at), message: 'claimed here as well' }],
        ...(foreign ? { severity: 'high' } : {}),
      });
    };
    for (const ingress of facts.ingresses) {
      const { resource, data, namespace, whole } = ingress;
      if (data.canary) continue;
      const group = `${resource.head.annotations['alb.ingress.kubernetes.io/group.name'] ?? ''}:${resource.head.annotations['alb.ingress.kubernetes.io/group.order'] ?? ''}`;
      data.rules.forEach(({ host, paths }, rule) => {
        paths.forEach(({ path, pathType, backend }, at) => {
          claim({
            resource,
            namespace,
            scope: ['ingress', whole, data.ingressClass, group].join('\n'),
            host: host.toLowerCase(),
            type: pathType,
            path,
            backend: `${backend?.service}:${backend?.port}`,
            at: ['spec', 'rules', rule, 'http', 'paths', at, 'path'],
          });
        });
      });
    }
    for (const route of facts.routes) {
      if (route.resource.head.kind === 'HTTPRoute') claimRoute(route, claim);
    }
    for (const own of claims) {
      const above = pathsAbove(own)
        .map((path) => taken.get(keyOf(own, prefixType(own), path)))
        .find((each) => each !== undefined && areForeign(each, own));
      if (above === undefined) continue;
      const { head } = above.resource;
      context.report(siteAt(own.resource, own.at), 'below', {
        data: {
          place: placeOf(own),
          prefix: above.path,
          kind: head.kind,
          other: head.name,
          where: ` of namespace "${head.namespace}"`,
        },
        related: [{ at: siteAt(above.resource, above.at), message: 'the prefix' }],
        preset: 'strict',
      });
    }
  },
  docs: {
    why: 'Where two objects claim the same host and path, the controller picks one, usually the older. Whoever may write an Ingress in any namespace takes over the traffic of a host that way.',
    fix: 'Keep each host and path in one object, and hosts to one namespace.',
    frameworks: { nsa: ['N2'], mitre: ['T1557'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches'],
    limits:
      'A path below a prefix that another namespace claims is part of `strict`, since a host is commonly shared so. Objects of different kustomizations or charts, canaries, and routes with conditions on headers or queries are not compared.',
    examples: {
      bad: [
        {
          title: 'two namespaces, one host',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  rules:
    - host: shop.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: bank }
spec:
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: / # finding
            pathType: Prefix
            backend: { service: { name: phish, port: { number: 80 } } }
`,
        },
        {
          title: 'two routes of one Gateway',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: a, namespace: shop }
spec:
  parentRefs: [{ name: web }]
  hostnames: [shop.example.com]
  rules: [{ matches: [{ path: { type: PathPrefix, value: /cart } }], backendRefs: [{ name: a, port: 80 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: b, namespace: shop }
spec:
  parentRefs: [{ name: web }]
  hostnames: [shop.example.com]
  rules:
    - matches:
        - path: # finding
            type: PathPrefix
            value: /cart
      backendRefs: [{ name: b, port: 80 }]
`,
        },
      ],
      good: [
        {
          title: 'two hosts',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  rules:
    - host: shop.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: bank }
spec:
  rules:
    - host: bank.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
`,
        },
      ],
    },
  },
});

interface Claim {
  readonly resource: Resource;
  readonly namespace: string;
  /** What is compared at all: the same class, or the same listener. */
  readonly scope: string;
  readonly host: string;
  readonly type: string;
  readonly path: string;
  readonly backend: string;
  readonly at: readonly (string | number)[];
}

function areForeign(a: Claim, b: Claim): boolean {
  return a.namespace !== b.namespace && !a.namespace.startsWith('\n') && !b.namespace.startsWith('\n');
}

function placeOf({ host, path }: Claim): string {
  return `${host === '' ? 'any host' : `"${host}"`}${path === '' ? '' : ` with path "${path}"`}`;
}

function prefixType({ scope }: Claim): string {
  return scope.startsWith('route') ? 'PathPrefix' : 'Prefix';
}

/** The prefixes that hold a path, the longest first. */
function pathsAbove(own: Claim): readonly string[] {
  if (own.type !== 'Exact' && own.type !== prefixType(own)) return [];
  const parts = own.path.split('/').filter((part) => part !== '');
  const above = parts.map((_, at) => `/${parts.slice(0, at).join('/')}`).reverse();
  return own.type === 'Exact' ? [`/${parts.join('/')}`, ...above] : above;
}

function claimRoute({ resource, data, namespace, whole }: Routed<RouteData>, claim: (own: Claim) => void): void {
  for (const parent of data.parents) {
    const gateway = `${parent.namespace ?? namespace}/${parent.name}/${parent.section ?? ''}`;
    for (const host of data.hostnames.length === 0 ? [''] : data.hostnames) {
      data.rules.forEach(({ paths, backends }, rule) => {
        if (backends.length === 0) return;
        for (const { type, value, index } of paths) {
          claim({
            resource,
            namespace,
            scope: ['route', whole, gateway].join('\n'),
            host: host.toLowerCase(),
            type,
            path: value,
            backend: backends.map((each) => `${each.namespace ?? ''}/${each.service}:${each.port}`).join(),
            at: ['spec', 'rules', rule, 'matches', index, 'path'],
          });
        }
      });
    }
  }
}
