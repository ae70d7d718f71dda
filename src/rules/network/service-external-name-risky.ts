import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { parseAddress } from '../../k8s/cidr.ts';
import { metadataServiceAt } from '../../k8s/network/addresses.ts';

export default defineRule({
  id: 'service-external-name-risky',
  title: 'ExternalName points at a local, metadata or foreign in-cluster name',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: ['Service'],
  facts: [networkFact],
  messages: {
    local: 'ExternalName "{target}" leads clients to {what}',
    foreign:
      'ExternalName "{target}" leads clients into namespace "{namespace}", past whatever checks references between namespaces',
    backend:
      'ExternalName "{target}" is the backend of {kind} "{entry}", which then forwards requests from outside there',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    for (const service of facts.world.services) {
      const { externalName, serviceType } = service.data;
      if (serviceType !== 'ExternalName' || externalName === undefined) continue;
      const at = () => service.ref.root.at(['spec', 'externalName']);
      const target = externalName.replace(/\.$/, '').toLowerCase();
      const what = localName(target);
      if (what !== undefined) {
        context.report(at(), 'local', { data: { target: externalName, what } });
        continue;
      }
      const entry = facts.world.entryPoints.find(
        ({ namespace, data }) =>
          namespace === service.namespace &&
          data.backends.some((backend) => backend.namespace === undefined && backend.service === service.name),
      );
      const foreign = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/.exec(target);
      if (foreign !== null) {
        const [, name, namespace] = foreign as unknown as [string, string, string];
        if (namespace === service.namespace.name) continue;
        const other = facts.world.services.find((each) => each.name === name && each.namespace.name === namespace);
        const owner = service.ref.head.labels['app.kubernetes.io/part-of'];
        if (owner !== undefined && owner === other?.ref.head.labels['app.kubernetes.io/part-of']) continue;
        context.report(at(), 'foreign', {
          data: { target: externalName, namespace },
          related: entry === undefined ? [] : [{ at: entry.ref, message: 'brings requests from outside to it' }],
          severity: 'medium',
        });
        continue;
      }
      if (entry !== undefined) {
        context.report(at(), 'backend', {
          data: { target: externalName, kind: entry.kind, entry: entry.name },
          related: [{ at: entry.ref, message: 'brings requests from outside to it' }],
          severity: 'low',
        });
      }
    }
  },
  docs: {
    why: 'A Service of type ExternalName is an alias in DNS: no selector and no policy applies to it. Pointed at localhost or at a metadata service it makes an ingress controller or a client talk to its own surroundings; pointed at another namespace it passes by what guards references between namespaces.',
    fix: 'Point it at a host outside the cluster, or use a Service in the namespace that owns the pods and a ReferenceGrant.',
    frameworks: { nsa: ['N2'], mitre: ['T1552.005', 'T1210'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/service/#externalname'],
    limits: 'A name in another namespace is left alone where both Services carry the same `app.kubernetes.io/part-of`.',
    examples: {
      bad: [
        {
          title: 'the metadata service',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: meta, namespace: shop }
spec:
  type: ExternalName
  externalName: metadata.google.internal # finding: local
`,
        },
        {
          title: 'a Service of others',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec:
  type: ExternalName
  externalName: db.bank.svc.cluster.local # finding: foreign
`,
        },
        {
          title: 'behind an Ingress',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: legacy, namespace: shop }
spec:
  type: ExternalName
  externalName: legacy.example.com # finding: backend
  ports: [{ port: 443 }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: legacy, namespace: shop }
spec:
  defaultBackend: { service: { name: legacy, port: { number: 443 } } }
`,
        },
      ],
      good: [
        {
          title: 'a host outside',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec:
  type: ExternalName
  externalName: db.example.com
`,
        },
      ],
    },
  },
});

const METADATA_NAMES: readonly string[] = [
  'metadata.google.internal',
  'metadata',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
];

/** What is wrong with a name by itself. */
function localName(target: string): string | undefined {
  if (target === 'localhost' || target.endsWith('.localhost') || target === 'localhost.localdomain')
    return 'themselves';
  if (METADATA_NAMES.includes(target) || metadataServiceAt(target) !== undefined)
    return 'the metadata service of the cloud';
  if (/^kubernetes\.default(?:\.|$)/.test(target)) return 'the API server';
  if (parseAddress(target) !== undefined) return 'an address, which DNS cannot alias';
  return undefined;
}
