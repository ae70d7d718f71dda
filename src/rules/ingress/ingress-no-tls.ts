import { defineRule } from '../../engine/rule.ts';
import { isInternalIngress } from '../../k8s/network/publicness.ts';
import { INGRESS_KINDS } from '../../k8s/network/routing.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';
import { covers, isInternalHost } from './_host.ts';

/** Annotations that say that TLS ends at a load balancer in front. */
const TERMINATED: readonly string[] = [
  'alb.ingress.kubernetes.io/certificate-arn',
  'networking.gke.io/managed-certificates',
  'networking.gke.io/certmap',
  'ingress.gcp.kubernetes.io/pre-shared-cert',
  'appgw.ingress.kubernetes.io/appgw-ssl-certificate',
];

/** Annotations that ask clients for credentials, which then travel in the clear. */
const CREDENTIALS = /(?:^|\/)(?:auth-type|auth-url|auth-secret|auth-signin|auth-realm)$/;

export default defineRule({
  id: 'ingress-no-tls',
  title: 'Ingress serves plain HTTP',
  category: 'ingress',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: INGRESS_KINDS,
  options: {
    defaults: { terminatedUpstream: ['cloudflare-tunnel', 'tailscale', 'ngrok'] as readonly string[] },
    schema: {
      type: 'object',
      properties: { terminatedUpstream: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: {
    none: 'the Ingress has no tls: requests for {hosts} travel unencrypted{credentials}',
    host: 'host "{host}" is not among the hosts of tls: its requests travel unencrypted{credentials}',
    redirect: '{annotation} keeps plain HTTP open beside TLS',
  },
  check(resource, context) {
    const { annotations, labels } = resource.head;
    const spec: AnyNode = resource.root.get('spec' as never);
    if (!isMap(spec.raw) || labels['acme.cert-manager.io/http01-solver'] !== undefined) return;
    const name = spec.get('ingressClassName').string ?? annotations['kubernetes.io/ingress.class'];
    if (name !== undefined && context.options.terminatedUpstream.includes(name)) return;
    if (
      TERMINATED.some((key) => annotations[key] !== undefined) ||
      /HTTPS/.test(annotations['alb.ingress.kubernetes.io/listen-ports'] ?? '')
    )
      return;

    const tls = spec.get('tls').items() as readonly AnyNode[];
    const rules = spec.get('rules').items() as readonly AnyNode[];
    const credentials = Object.keys(annotations).some((key) => CREDENTIALS.test(key)) ? ', credentials included' : '';
    const internal = isInternalIngress(spec.raw, annotations);
    const severity = (hosts: readonly string[]) =>
      credentials !== ''
        ? { severity: 'high' as const }
        : internal || hosts.every((host) => host !== '' && isInternalHost(host))
          ? { severity: 'low' as const }
          : {};

    if (tls.length === 0) {
      const hosts = [...new Set(rules.map((rule) => rule.get('host').string ?? ''))];
      if (hosts.length === 0) hosts.push('');
      const named = hosts.filter((host) => host !== '');
      const listed =
        named.length === 0
          ? 'any host'
          : named.length > 3
            ? `${named.length} hosts`
            : named.map((host) => `"${host}"`).join(', ');
      const at: AnyNode = spec.get('tls');
      context.report(at, 'none', {
        data: { hosts: listed, credentials },
        ...severity(hosts),
        ...(named.length === 0
          ? {}
          : {
              fix: {
                title: 'Add tls for the hosts',
                safety: 'hardening',
                changes: [
                  {
                    op: 'set',
                    path: [...at.steps],
                    value: [{ hosts: named, secretName: `${resource.head.name}-tls` }],
                  },
                ],
              },
            }),
      });
      return;
    }
    const covered = tls.map((entry) => entry.get('hosts').strings);
    if (!covered.some((hosts) => hosts.length === 0)) {
      for (const rule of rules) {
        const host = rule.get('host');
        const own = host.string ?? '';
        if (
          own === '' ||
          isUnresolved(own) ||
          covered.some((hosts) => hosts.some((pattern) => isUnresolved(pattern) || covers(pattern, own)))
        )
          continue;
        context.report(host, 'host', { data: { host: own, credentials }, ...severity([own]) });
      }
    }
    const redirect = 'nginx.ingress.kubernetes.io/ssl-redirect';
    const forced = annotations['nginx.ingress.kubernetes.io/force-ssl-redirect'] === 'true';
    const entryPoints = annotations['traefik.ingress.kubernetes.io/router.entrypoints'];
    const open =
      annotations[redirect] === 'false' && !forced
        ? redirect
        : entryPoints?.split(',').every((each) => each.trim() === 'web')
          ? 'traefik.ingress.kubernetes.io/router.entrypoints'
          : undefined;
    if (open !== undefined) {
      context.report(resource.metadata.get('annotations').get(open), 'redirect', {
        data: { annotation: open },
        ...(internal ? { severity: 'low' } : {}),
      });
    }
  },
  docs: {
    why: 'Without TLS everybody on the way reads and changes what is sent: session cookies, passwords, answers.',
    fix: `Add the hosts to \`tls\`, with a Secret of type kubernetes.io/tls:

\`\`\`yaml
spec:
  tls:
    - hosts: [shop.example.com]
      secretName: shop-tls
\`\`\``,
    frameworks: { nsa: ['N2'], mitre: ['T1557', 'T1040'] },
    equivalents: { kubescape: ['C-0263'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/ingress/#tls'],
    limits:
      'TLS that ends in front of the Ingress is known by the annotations of AWS, Google Cloud and Azure and by the class (`terminatedUpstream`). Internal Ingresses and hosts of private domains are low.',
    examples: {
      bad: [
        {
          title: 'no TLS at all',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec: # finding: none
  rules:
    - host: shop.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
`,
        },
        {
          title: 'one host forgotten, and plain HTTP kept open',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/ssl-redirect: "false" # finding: redirect
spec:
  tls: [{ hosts: ["*.example.com"], secretName: shop-tls }]
  rules:
    - host: shop.example.com
    - host: a.shop.example.com # finding: host
`,
        },
      ],
      good: [
        {
          title: 'TLS for the host',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  tls: [{ hosts: [shop.example.com], secretName: shop-tls }]
  rules:
    - host: shop.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
`,
        },
        {
          title: 'TLS ends at the load balancer',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations: { alb.ingress.kubernetes.io/certificate-arn: "arn:aws:acm:eu-central-1:111122223333:certificate/x" }
spec:
  rules:
    - host: shop.example.com
`,
        },
      ],
    },
  },
});
