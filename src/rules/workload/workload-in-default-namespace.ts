import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'workload-in-default-namespace',
  title: 'Object put into the namespace "default"',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  messages: { inDefault: '{kind} "{name}" is put into the namespace "default"' },
  check(resource, context) {
    const { head, groupKind, pods } = resource;
    if (head.namespace !== 'default' || !(pods.length > 0 || KINDS.has(groupKind))) return;
    if (groupKind === 'ServiceAccount' && head.name === 'default') return;
    if (groupKind === 'ConfigMap' && head.name === 'kube-root-ca.crt') return;
    // The API server puts it there.
    if (groupKind === 'Service' && head.name === 'kubernetes') return;
    context.report(resource.metadata.get('namespace'), 'inDefault', { data: { kind: head.kind, name: head.name } });
  },
  docs: {
    why: 'Namespaces are what roles, network policies, quotas and Pod Security are cut by. In `default` everything that nobody placed meets, and rights given there reach all of it.',
    fix: 'Give each application a namespace of its own. A manifest without a namespace is not reported: it is placed by whoever applies it.',
    frameworks: { cis: ['5.6.4'], nsa: ['N1'] },
    equivalents: {
      trivy: ['KSV-0110'],
      checkov: ['CKV_K8S_21'],
      kubescape: ['C-0061', 'C-0212'],
      'kube-linter': ['use-namespace'],
    },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/'],
    examples: {
      bad: [
        {
          title: 'a Service',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: default # finding\nspec:\n  selector:\n    app: web\n  ports:\n    - port: 80',
        },
      ],
      good: [
        {
          title: 'a namespace of its own',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: shop',
        },
        {
          title: 'placed by whoever applies it',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web',
        },
      ],
    },
  },
});

const KINDS: ReadonlySet<string> = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Service',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'PersistentVolumeClaim',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'Ingress.networking.k8s.io',
]);
