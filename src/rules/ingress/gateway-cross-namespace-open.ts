import { defineRule } from '../../engine/rule.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'gateway-cross-namespace-open',
  title: 'Gateway accepts routes from all namespaces, or a grant is broad',
  category: 'ingress',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    'Gateway.gateway.networking.k8s.io',
    'ListenerSet.gateway.networking.k8s.io',
    'XListenerSet.gateway.networking.x-k8s.io',
    'ReferenceGrant.gateway.networking.k8s.io',
  ],
  options: {
    defaults: { platformNamespaces: [] as readonly string[] },
    schema: {
      type: 'object',
      properties: { platformNamespaces: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: {
    routes: 'listener "{listener}" lets every namespace attach routes{hostname}',
    secrets: 'the grant lets {from} use any Secret of the namespace',
    many: 'the grant is for {count} namespaces',
    system: 'the grant opens {kind}s of namespace "{namespace}"',
  },
  check(resource, context) {
    const { head, root } = resource;
    const spec: AnyNode = root.get('spec' as never);
    if (head.kind === 'ReferenceGrant') {
      const from = spec.get('from').items() as readonly AnyNode[];
      const names = [...new Set(from.map((each) => each.get('namespace').string ?? ''))];
      for (const to of spec.get('to').items() as readonly AnyNode[]) {
        const kind: AnyNode = to.get('kind');
        const named = to.get('name').present;
        if (
          isSystemNamespace(head.namespace) &&
          head.namespace.startsWith('kube-') &&
          (kind.string === 'Secret' || kind.string === 'Service')
        ) {
          context.report(kind, 'system', { data: { kind: kind.string, namespace: head.namespace }, severity: 'high' });
        } else if (kind.string === 'Secret' && !named) {
          context.report(kind, 'secrets', { data: { from: names.map((name) => `namespace "${name}"`).join(', ') } });
        }
      }
      if (names.length >= 5) context.report(spec.get('from'), 'many', { data: { count: names.length }, atKey: true });
      return;
    }
    for (const listener of spec.get('listeners').items() as readonly AnyNode[]) {
      const namespaces: AnyNode = listener.at(['allowedRoutes', 'namespaces']);
      const from: AnyNode = namespaces.get('from');
      const selector: AnyNode = namespaces.get('selector');
      const everywhere =
        from.string === 'All' || (from.string === 'Selector' && selector.isMap && isEmptySelector(selector));
      if (!everywhere) continue;
      const hostname = listener.get('hostname').string ?? '';
      const specific = hostname !== '' && !hostname.startsWith('*');
      const platform = context.options.platformNamespaces.includes(head.namespace);
      context.report(from.string === 'All' ? from : selector, 'routes', {
        data: {
          listener: listener.get('name').string ?? '',
          hostname: hostname === '' ? ' and claim any hostname' : ` for "${hostname}"`,
        },
        ...(platform
          ? { severity: 'info', preset: 'all' }
          : specific
            ? { severity: 'low', preset: 'strict' }
            : hostname === ''
              ? {}
              : { preset: 'strict' }),
      });
    }
  },
  docs: {
    why: 'A listener that takes routes from every namespace lets any tenant claim hosts of the Gateway, those of others included. A ReferenceGrant without a name hands out every Secret of a namespace, certificates and keys of others among them.',
    fix: `Name the namespaces, and give each listener its hostname:

\`\`\`yaml
allowedRoutes:
  namespaces:
    from: Selector
    selector:
      matchExpressions:
        - { key: kubernetes.io/metadata.name, operator: In, values: [shop, bank] }
\`\`\``,
    frameworks: { nsa: ['N1'], mitre: ['T1557'] },
    cks: 'Cluster Setup',
    references: ['https://gateway-api.sigs.k8s.io/concepts/security-model/'],
    limits:
      'A listener with a wildcard hostname is part of `strict`, one with a specific hostname low besides. `platformNamespaces` names namespaces whose Gateways are meant for everybody.',
    examples: {
      bad: [
        {
          title: 'any namespace, any host',
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
      allowedRoutes:
        namespaces:
          from: All # finding: routes
`,
        },
        {
          title: 'any Secret, and those of the system',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: certificates, namespace: certificates }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: shop }]
  to:
    - group: ""
      kind: Secret # finding: secrets
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: dns, namespace: kube-system }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop }]
  to:
    - group: ""
      kind: Service # finding: system
      name: kube-dns
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: many, namespace: shared }
spec:
  from: # finding: many
    - { group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: a }
    - { group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: b }
    - { group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: c }
    - { group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: d }
    - { group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: e }
  to: [{ group: "", kind: Service, name: api }]
`,
        },
      ],
      good: [
        {
          title: 'its own namespace',
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
      allowedRoutes:
        namespaces:
          from: Same
`,
        },
      ],
    },
  },
});

function isEmptySelector(selector: AnyNode): boolean {
  return selector.get('matchLabels').entries().length === 0 && selector.get('matchExpressions').items().length === 0;
}
