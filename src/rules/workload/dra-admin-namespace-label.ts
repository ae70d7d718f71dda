import { defineRule } from '../../engine/rule.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'dra-admin-namespace-label',
  title: 'Namespace open to the administration of devices',
  category: 'workload',
  severity: 'medium',
  preset: 'strict',
  on: 'resource',
  kinds: ['Namespace'],
  messages: {
    open: 'namespace "{name}" lets its pods administer devices that others use',
    stale:
      'label {key} of namespace "{name}" is ignored since Kubernetes 1.34; it is called resource.kubernetes.io/admin-access',
  },
  check(namespace, context) {
    const { labels, name } = namespace.head;
    if (isSystemNamespace(name)) return;
    for (const key of LABELS) {
      if (labels[key] !== 'true') continue;
      const node = namespace.metadata.get('labels').get(key) as AnyNode;
      if (key === OLD && context.minor >= 34) context.report(node, 'stale', { data: { key, name }, atKey: true });
      else context.report(node, 'open', { data: { name } });
    }
  },
  docs: {
    why: 'With this label anyone who may create claims in the namespace gets at the devices of every other tenant.',
    fix: 'Keep the label to the namespace of the monitoring that needs it.',
    frameworks: { mitre: ['T1611'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#admin-access'],
    examples: {
      bad: [
        {
          title: 'the label',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    resource.kubernetes.io/admin-access: "true" # finding: open',
        },
        {
          title: 'its old name',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    resource.k8s.io/admin-access: "true" # finding: stale',
        },
      ],
      good: [{ title: 'no label', in: 'manifests', yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop' }],
    },
  },
});

const OLD = 'resource.k8s.io/admin-access';
const LABELS: readonly string[] = ['resource.kubernetes.io/admin-access', OLD];
