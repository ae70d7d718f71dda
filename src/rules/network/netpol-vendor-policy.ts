import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { VENDOR_POLICIES } from '../../k8s/network/objects.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'netpol-vendor-policy',
  title: 'Policy of another product, not evaluated, or broadly open',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: VENDOR_POLICIES,
  facts: [networkFact],
  messages: {
    recognised: '{kind} is recognised and not evaluated: isolation of the pods that it may select is unknown',
    entities: '{key} admits "{entity}" on every port for every pod that endpointSelector means',
    notDefault: 'policy "{name}" does not deny by default: enableDefaultDeny.{direction} is false',
    allowAll: '{direction} rule {rule} allows everything for every pod',
    types: '{direction} rules are ignored because types has no {type}',
  },
  check(project, context) {
    project.fact(networkFact);
    for (const kind of VENDOR_POLICIES) {
      const resources = project.ofKind(kind);
      const [first] = resources;
      if (first === undefined) continue;
      context.report(first.root.at(['kind']), 'recognised', {
        data: { kind: first.head.kind },
        severity: 'info',
        preset: 'all',
      });
      for (const resource of resources) {
        if (isSystemNamespace(resource.head.namespace)) continue;
        if (kind.endsWith('.cilium.io')) checkCilium(resource);
        else if (kind.endsWith('projectcalico.org')) checkCalico(resource);
      }
    }

    function checkCilium(resource: Resource): void {
      const specs: readonly AnyNode[] = [resource.root.at(['spec']), ...resource.root.at(['specs']).items()];
      for (const spec of specs) {
        const selector: AnyNode = spec.get('endpointSelector');
        if (!selector.isMap || selector.entries().some(([, value]) => (value as AnyNode).entries().length > 0))
          continue;
        for (const [direction, key] of [
          ['ingress', 'fromEntities'],
          ['egress', 'toEntities'],
        ] as const) {
          for (const rule of spec.get(direction).items() as readonly AnyNode[]) {
            if (rule.get('toPorts').present) continue;
            const entities = rule.get(key).items() as readonly AnyNode[];
            const wide = entities.find(
              ({ string }) => string === 'all' || (direction === 'ingress' && string === 'world'),
            );
            if (wide !== undefined) context.report(wide, 'entities', { data: { key, entity: wide.string! } });
          }
          const deny: AnyNode = spec.at(['enableDefaultDeny', direction]);
          if (deny.boolean === false && /deny/i.test(resource.head.name)) {
            context.report(deny, 'notDefault', { data: { name: resource.head.name, direction } });
          }
        }
      }
    }

    function checkCalico(resource: Resource): void {
      const spec: AnyNode = resource.root.at(['spec']);
      const selector = spec.get('selector').string ?? '';
      const types = spec.get('types').strings;
      for (const [direction, type] of [
        ['ingress', 'Ingress'],
        ['egress', 'Egress'],
      ] as const) {
        const rules: AnyNode = spec.get(direction);
        if (types.length > 0 && !types.includes(type) && rules.items().length > 0) {
          context.report(rules, 'types', { data: { direction, type }, atKey: true });
          continue;
        }
        if (selector !== '' && selector !== 'all()') continue;
        if (direction === 'egress') continue;
        for (const rule of rules.items() as readonly AnyNode[]) {
          const restricted = ['source', 'destination', 'protocol', 'notProtocol', 'icmp', 'http', 'ipVersion'].some(
            (key) => {
              const value: AnyNode = rule.get(key);
              return value.present && (!value.isMap || value.entries().length > 0);
            },
          );
          if (rule.get('action').string === 'Allow' && !restricted) {
            context.report(rule.get('action'), 'allowAll', { data: { direction, rule: (rule.key as number) + 1 } });
          }
        }
      }
    }
  },
  docs: {
    why: 'Policies of Cilium, Calico, Antrea and OpenShift follow rules of their own. They are recognised, so that nobody takes their pods for unprotected, and not evaluated. What is plainly wide open or without effect is reported.',
    fix: 'Name peers and ports, and the directions that the policy is for.',
    frameworks: { nsa: ['N2'] },
    cks: 'Cluster Setup',
    references: [
      'https://docs.cilium.io/en/stable/security/policy/',
      'https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy',
      'https://antrea.io/docs/main/docs/antrea-network-policy/',
    ],
    limits: 'That a kind is recognised is said once a run, as info in `all`.',
    examples: {
      bad: [
        {
          title: 'Cilium: anybody',
          in: 'manifests',
          yaml: `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy # finding: recognised
metadata: { name: web, namespace: shop }
spec:
  endpointSelector: {}
  ingress:
    - fromEntities:
        - all # finding: entities
`,
        },
        {
          title: 'Cilium: a denial that is none',
          in: 'manifests',
          yaml: `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy # finding: recognised
metadata: { name: default-deny, namespace: shop }
spec:
  endpointSelector: {}
  enableDefaultDeny:
    ingress: false # finding: notDefault
  ingress: []
`,
        },
        {
          title: 'Calico: everything, and rules without effect',
          in: 'manifests',
          yaml: `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy # finding: recognised
metadata: { name: open }
spec:
  selector: all()
  types: [Ingress]
  ingress:
    - action: Allow # finding: allowAll
  egress: # finding: types
    - action: Deny
`,
        },
      ],
      good: [
        {
          title: 'no policy of another product',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
`,
        },
      ],
    },
  },
});
