import { networkFact } from '../../engine/facts/network.ts';
import { type Routed, routingFact } from '../../engine/facts/routing.ts';
import { defineRule } from '../../engine/rule.ts';
import { type Site, siteAt } from '../../engine/site.ts';
import { INGRESS_KINDS, ROUTE_KINDS } from '../../k8s/network/routing.ts';
import type { Service } from '../../k8s/network/world.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { Resource } from '../../k8s/resource.ts';
import { nearest } from '../../text/nearest.ts';

/** Among more Services than this no guess is offered: it would be a poor one, and costs a look at each of them. */
const MOST_COMPARED = 300;

export default defineRule({
  id: 'ingress-backend-missing',
  title: 'Ingress or route backend does not exist',
  category: 'ingress',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  kinds: [...INGRESS_KINDS, ...ROUTE_KINDS],
  facts: [networkFact, routingFact],
  messages: {
    service: 'Service "{service}" is not defined in the namespace of the {kind}{hint}',
    port: 'Service "{service}" has no port {port}; it has {ports}',
    grant: 'no ReferenceGrant in namespace "{namespace}" lets this {kind} use Service "{service}"',
    parent: 'Gateway "{gateway}" has no listener "{section}"; it has {listeners}',
  },
  check(project, context) {
    if (project.world === 'open') return;
    const facts = project.fact(networkFact);
    const routing = project.fact(routingFact);
    if (routing.ingresses.length + routing.routes.length === 0) return;
    const services = new Map<string, Map<string, Service<Resource>>>();
    const unnamed = new Map<string, Service<Resource>>();
    for (const service of facts.world.services) {
      let own = services.get(service.namespace.key);
      if (own === undefined) {
        own = new Map();
        services.set(service.namespace.key, own);
      }
      own.set(service.name, service);
      if (service.namespace.name === '' || service.namespace.name === 'default') unnamed.set(service.name, service);
    }

    const judge = (
      routed: Routed<unknown>,
      namespace: string,
      service: string,
      port: number | string | null,
      place: { readonly name: Site; readonly port: Site },
    ): void => {
      // Objects that name no namespace may land beside those of other folders.
      const there = namespace.startsWith('\n') ? unnamed : services.get(namespace);
      // "use-annotation" names an action of the AWS controller instead of a Service.
      if (service === '' || isUnresolved(service) || port === 'use-annotation') return;
      if ((there?.size ?? 0) === 0 && project.world !== 'closed') return;
      const found = there?.get(service);
      const { kind } = routed.resource.head;
      if (found === undefined) {
        const meant =
          (there?.size ?? 0) > MOST_COMPARED
            ? undefined
            : nearest(
                service,
                [...(there?.keys() ?? [])].filter((own) => !isPartOf(own, service)),
              );
        // Operators and charts add Services of their own: certain is a slip, or an absence where all there is, is here.
        const doubtful = meant === undefined && project.world === 'auto';
        const { name } = place;
        context.report(name, 'service', {
          data: { service, kind, hint: meant === undefined ? '' : `; did you mean "${meant}"` },
          ...(doubtful ? { preset: 'strict' } : {}),
          ...(meant === undefined
            ? {}
            : {
                fix: {
                  title: `Use "${meant}"`,
                  safety: 'hardening',
                  changes: [{ op: 'set', path: [...name.steps], value: meant }],
                },
              }),
        });
        return;
      }
      if (port === null || found.data.serviceType === 'ExternalName' || found.data.ports.length === 0) return;
      if (typeof port === 'string' && isUnresolved(port)) return;
      if (found.data.ports.some((each) => (typeof port === 'number' ? each.port === port : each.name === port))) return;
      context.report(place.port, 'port', {
        data: {
          service,
          port: typeof port === 'number' ? port : `"${port}"`,
          ports: found.data.ports
            .map((each) => (each.name === '' ? `${each.port}` : `${each.port} ("${each.name}")`))
            .join(', '),
        },
        related: [{ at: found.ref, message: 'the Service' }],
      });
    };

    for (const routed of routing.ingresses) {
      const { resource, data, namespace } = routed;
      if (data.acme) continue;
      const all = [data.defaultBackend, ...data.rules.flatMap(({ paths }) => paths.map(({ backend }) => backend))];
      const seen = new Set<string>();
      for (const backend of all) {
        if (backend === undefined || seen.has(`${backend.service}:${backend.port}`)) continue;
        // One missing Service is one finding, however many paths lead to it.
        seen.add(`${backend.service}:${backend.port}`);
        const { at, port } = backend;
        const modern = at.at(-1) === 'service';
        judge(routed, namespace, backend.service, port, {
          name: siteAt(resource, [...at, modern ? 'name' : 'serviceName']),
          port: siteAt(
            resource,
            modern ? [...at, 'port', typeof port === 'number' ? 'number' : 'name'] : [...at, 'servicePort'],
          ),
        });
      }
    }
    for (const routed of routing.routes) {
      const { resource, data, namespace } = routed;
      data.rules.forEach(({ backends }, rule) => {
        for (const { service, namespace: other, port, index } of backends) {
          const place = (key: string) => siteAt(resource, ['spec', 'rules', rule, 'backendRefs', index, key]);
          if (
            other !== undefined &&
            other !== resource.head.namespace &&
            resource.head.namespace !== '' &&
            !isUnresolved(other)
          ) {
            const from = { kind: resource.head.kind, namespace: resource.head.namespace };
            const granted = routing.isGranted(from, { kind: 'Service', namespace: other, name: service });
            const known = services.has(other) || routing.grants.length > 0 || project.world === 'closed';
            if (!granted && known) {
              context.report(place('namespace'), 'grant', {
                data: { namespace: other, kind: resource.head.kind, service },
                severity: 'medium',
              });
              continue;
            }
          }
          judge(routed, other ?? namespace, service, port, { name: place('name'), port: place('port') });
        }
      });
      for (const { name, namespace: other, section, index } of data.parents) {
        const gateway = routing.gateway(other ?? namespace, name);
        if (gateway === undefined || section === undefined || isUnresolved(section)) continue;
        const { listeners } = gateway.data;
        if (listeners.some((listener) => listener.name === section)) continue;
        context.report(siteAt(resource, ['spec', 'parentRefs', index, 'sectionName']), 'parent', {
          data: { gateway: name, section, listeners: listeners.map((listener) => `"${listener.name}"`).join(', ') },
          related: [{ at: gateway.resource, message: 'the Gateway' }],
        });
      }
    }
  },
  docs: {
    why: 'Requests for a backend that does not exist end in an error page of the controller, and whoever may create a Service of that name gets them.',
    fix: 'Name a Service of the same namespace and one of its ports. For one of another namespace use Gateway API with a ReferenceGrant by its owner.',
    frameworks: {},
    equivalents: {
      'kube-linter': ['dangling-ingress'],
      kubescape: ['C-0298', 'C-0302'],
      'kube-score': ['ingress-targets-service'],
    },
    references: ['https://kubernetes.io/docs/concepts/services-networking/ingress/#the-ingress-resource'],
    limits:
      'A Service of an unlike name may come from an operator or a chart: its absence is part of `strict`, unless `world: closed` says that all there is, is in the input. Nothing is said where no Service of the namespace is in the input.',
    examples: {
      bad: [
        {
          title: 'a port that the Service does not have',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  defaultBackend:
    service:
      name: web
      port:
        number: 8080 # finding: port
`,
        },
        {
          title: 'a slip in the name',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec: { selector: { app: checkout }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  defaultBackend:
    service:
      name: chekout # finding: service
      port: { number: 80 }
`,
        },
        {
          title: 'a Service of others without their grant, and a listener that is not there',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: ledger, namespace: bank }
spec: { selector: { app: ledger }, ports: [{ port: 80 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  gatewayClassName: example
  listeners: [{ name: https, port: 443, protocol: HTTPS }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: shop }
spec:
  parentRefs:
    - name: web
      sectionName: http # finding: parent
  rules:
    - backendRefs:
        - name: ledger
          namespace: bank # finding: grant
          port: 80
`,
        },
      ],
      good: [
        {
          title: 'a Service and its port',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  defaultBackend: { service: { name: web, port: { number: 80 } } }
`,
        },
      ],
    },
  },
});

/** One name begins with the other: they are told apart on purpose. */
function isPartOf(one: string, other: string): boolean {
  // Most names differ in their first letter already.
  return one.charCodeAt(0) === other.charCodeAt(0) && (one.startsWith(other) || other.startsWith(one));
}
