import { type Routed, type RoutingFacts, routingFact } from '../../engine/facts/routing.ts';
import { defineRule } from '../../engine/rule.ts';
import type { GatewayData, Listener } from '../../k8s/network/routing.ts';
import { sensitivePort } from '../../k8s/network/sensitive-ports.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isInternalHost } from './_host.ts';

export default defineRule({
  id: 'gateway-listener-no-tls',
  title: 'Gateway listener without TLS, or TLS misconfigured',
  category: 'ingress',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: ['Gateway.gateway.networking.k8s.io', 'Gateway.networking.istio.io'],
  facts: [routingFact],
  messages: {
    plain: 'listener "{listener}" serves plain HTTP on port {port}{routes}',
    incomplete: 'listener "{listener}" of protocol {protocol} {what}',
    ignored: 'listener "{listener}" of protocol {protocol} cannot have tls',
    sensitive: 'listener "{listener}" publishes {product} on port {port}',
    istio: 'server on port {port} serves plain HTTP without a redirect to HTTPS',
  },
  check(project, context) {
    const facts = project.fact(routingFact);
    for (const gateway of facts.gateways) {
      if (isMesh(gateway.data.gatewayClass)) continue;
      gateway.data.listeners.forEach((listener, index) => {
        const node = () => gateway.resource.root.at(['spec', 'listeners', index]);
        const { name, protocol, port } = listener;
        if (protocol === 'HTTPS' || protocol === 'TLS') {
          const what = faultOfTls(node().at(['tls']), listener);
          if (what !== undefined)
            context.report(node().at(['tls']), 'incomplete', { data: { listener: name, protocol, what } });
          return;
        }
        const tls = node().at(['tls']);
        if (tls.present) {
          context.report(tls, 'ignored', { data: { listener: name, protocol }, atKey: true });
          return;
        }
        if (protocol === 'HTTP') {
          const routes = routesOf(facts, gateway, listener);
          if (routes === 'redirects') return;
          context.report(node().at(['protocol']), 'plain', {
            data: {
              listener: name,
              port: port ?? 80,
              routes: routes === 'none' ? '' : `, and "${routes}" is served there`,
            },
            ...(isInternalHost(listener.hostname) && listener.hostname !== '' ? { severity: 'low' } : {}),
          });
          return;
        }
        if (protocol !== 'TCP' || port === undefined) return;
        const product = sensitivePort(port, [name, gateway.resource.head.name]);
        if (product !== undefined)
          context.report(node().at(['port']), 'sensitive', {
            data: { listener: name, port, product },
            severity: 'high',
          });
      });
    }
    for (const gateway of project.ofKind('Gateway.networking.istio.io')) {
      for (const server of gateway.root.at(['spec', 'servers']).items() as readonly AnyNode[]) {
        const protocol = server.at(['port', 'protocol']);
        if (protocol.string !== 'HTTP' || server.at(['tls', 'httpsRedirect']).boolean === true) continue;
        const hosts: AnyNode = server.get('hosts');
        const internal =
          hosts.strings.length > 0 &&
          hosts.strings.every((host) => isInternalHost(host.replace(/^.*\//, '')) && host !== '*');
        context.report(protocol, 'istio', {
          data: { port: server.at(['port', 'number']).number ?? 80 },
          ...(internal ? { severity: 'low' } : {}),
        });
      }
    }
  },
  docs: {
    why: 'Without TLS everybody on the way reads and changes what is sent: session cookies, passwords, answers.',
    fix: `Serve HTTPS, and let the HTTP listener do nothing but redirect:

\`\`\`yaml
listeners:
  - { name: http, port: 80, protocol: HTTP }
  - name: https
    port: 443
    protocol: HTTPS
    tls: { certificateRefs: [{ name: shop-tls }] }
\`\`\`

with an HTTPRoute for \`sectionName: http\` whose rules hold a RequestRedirect filter with \`scheme: https\`.`,
    frameworks: { nsa: ['N2'], mitre: ['T1557', 'T1040'] },
    equivalents: { kubescape: ['C-0266'] },
    cks: 'Cluster Setup',
    references: ['https://gateway-api.sigs.k8s.io/guides/tls/'],
    limits:
      'A plain listener is left alone where every route that is known to attach to it does nothing but redirect to HTTPS. Gateways of a mesh are not looked at.',
    examples: {
      bad: [
        {
          title: 'plain HTTP',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  gatewayClassName: example
  listeners:
    - name: http
      port: 80
      protocol: HTTP # finding: plain
`,
        },
        {
          title: 'TLS half configured, and in the wrong place',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  gatewayClassName: example
  listeners:
    - name: https
      port: 443
      protocol: HTTPS
      tls: # finding: incomplete
        mode: Passthrough
    - name: tcp
      port: 8443
      protocol: TCP
      tls: # finding: ignored
        certificateRefs: [{ name: shop-tls }]
    - name: db
      port: 5432 # finding: sensitive
      protocol: TCP
`,
        },
        {
          title: 'a gateway of Istio',
          in: 'manifests',
          yaml: `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  servers:
    - port:
        number: 80
        name: http
        protocol: HTTP # finding: istio
      hosts: [shop.example.com]
`,
        },
      ],
      good: [
        {
          title: 'HTTPS, and HTTP that redirects',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  gatewayClassName: example
  listeners:
    - { name: http, port: 80, protocol: HTTP }
    - { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: shop-tls }] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: redirect, namespace: shop }
spec:
  parentRefs: [{ name: web, sectionName: http }]
  rules:
    - filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: shop }
spec:
  parentRefs: [{ name: web, sectionName: https }]
  hostnames: [shop.example.com]
  rules:
    - backendRefs: [{ name: web, port: 80 }]
`,
        },
      ],
    },
  },
});

/** Data planes inside a mesh, where the mesh encrypts. */
function isMesh(gatewayClass: string): boolean {
  return /waypoint|mesh|internal|private/.test(gatewayClass);
}

function faultOfTls(tls: AnyNode, { protocol, certificates }: Listener): string | undefined {
  if (!tls.present) return 'has no tls';
  const mode = tls.get('mode').string ?? 'Terminate';
  if (protocol === 'HTTPS' && mode === 'Passthrough') return 'cannot pass TLS through, only protocol TLS can';
  if (mode === 'Passthrough' || certificates.length > 0 || tls.get('certificateRefs').present) return undefined;
  const options: AnyNode = tls.get('options');
  return options.isMap && options.entries().length > 0 ? undefined : 'terminates TLS without a certificate';
}

/** What the routes do that attach to a listener: `redirects`, `none` known, or the name of one that serves. */
function routesOf(facts: RoutingFacts, gateway: Routed<GatewayData>, listener: Listener): string {
  const attached = facts.routes.filter((route) =>
    route.data.parents.some(
      ({ name, namespace, section }) =>
        name === gateway.resource.head.name &&
        (namespace ?? route.namespace) === gateway.namespace &&
        (section === undefined || section === listener.name),
    ),
  );
  if (attached.length === 0) return 'none';
  const serving = attached.find(
    ({ data }) =>
      !data.rules.every(
        ({ redirects, paths }) =>
          redirects || paths.every(({ value }) => value.startsWith('/.well-known/acme-challenge')),
      ),
  );
  return serving === undefined ? 'redirects' : serving.resource.head.name;
}
