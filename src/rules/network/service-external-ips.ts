import { defineRule } from '../../engine/rule.ts';
import { setContains } from '../../k8s/cidr.ts';
import {
  addressRange,
  LINK_LOCAL_RANGES,
  LOOPBACK_RANGES,
  metadataServiceAt,
  PRIVATE_RANGES,
} from '../../k8s/network/addresses.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'service-external-ips',
  title: 'Service sets externalIPs',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Service'],
  options: {
    defaults: { allow: [] as readonly string[] },
    schema: {
      type: 'object',
      properties: { allow: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: {
    external: 'externalIPs {addresses} draws traffic of the cluster for {what} to the pods of this Service',
    status:
      'the address {address} of a load balancer stands in the manifest: whoever writes it draws traffic for it to this Service',
  },
  check(resource, context) {
    const root: AnyNode = resource.root;
    const list: AnyNode = root.at(['spec', 'externalIPs']);
    const addresses = list.strings.filter((address) => !context.options.allow.includes(address));
    if (addresses.length > 0) {
      const worst = addresses.find(isGrave);
      const what = worst === undefined ? 'an address that nobody verifies' : describe(worst);
      context.report(list, 'external', {
        data: { addresses: addresses.join(', '), what },
        ...(worst === undefined ? {} : { severity: 'critical' }),
        fix: { title: 'Remove externalIPs', safety: 'hardening', changes: [{ op: 'remove', path: [...list.steps] }] },
      });
    }
    for (const entry of root.at(['status', 'loadBalancer', 'ingress']).items() as readonly AnyNode[]) {
      const address: AnyNode = entry.get('ip');
      if (address.string !== undefined)
        context.report(address, 'status', { data: { address: address.string }, severity: 'medium' });
    }
  },
  docs: {
    why: 'kube-proxy redirects packets of every pod and node for an external IP to the pods of the Service, and nobody checks whose address it is: a tenant may put the address of a DNS server or a bank there and answer in its place (CVE-2020-8554).',
    fix: 'Publish the Service with type LoadBalancer, an Ingress or a Gateway, and keep others from the field with the admission plugin DenyServiceExternalIPs.',
    frameworks: { cis: ['1.2.3'], nsa: ['N2'], mitre: ['T1557'] },
    equivalents: { trivy: ['KSV-0108'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/service/#external-ips',
      'https://github.com/kubernetes/kubernetes/issues/97076',
      'https://github.com/kubernetes/enhancements/issues/5707',
    ],
    limits: '`allow` names addresses that are yours.',
    examples: {
      bad: [
        {
          title: 'a public address',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  externalIPs: [8.8.8.8] # finding: external
  ports: [{ port: 443 }]
`,
        },
        {
          title: 'a status in the repository',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: LoadBalancer
  ports: [{ port: 443 }]
status:
  loadBalancer:
    ingress:
      - ip: 203.0.113.7 # finding: status
`,
        },
      ],
      good: [
        {
          title: 'no external address',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ port: 443 }]
`,
        },
      ],
    },
  },
});

/** Somebody else's for sure: public, a metadata service, loopback. */
function isGrave(address: string): boolean {
  if (isUnresolved(address)) return false;
  const range = addressRange(address);
  if (range === undefined) return false;
  return !PRIVATE_RANGES.some((own) => setContains([own], range));
}

function describe(address: string): string {
  const range = addressRange(address)!;
  if (metadataServiceAt(address) !== undefined) return `the metadata service at ${address}`;
  if (LOOPBACK_RANGES.some((own) => setContains([own], range))) return `the loopback address ${address}`;
  if (LINK_LOCAL_RANGES.some((own) => setContains([own], range))) return `the link-local address ${address}`;
  return `the public address ${address}`;
}
