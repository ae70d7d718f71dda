import { defineRule } from '../../engine/rule.ts';
import { BUILT_IN_NAMESPACES, isNodeAgent } from '../../k8s/node-agent.ts';

export default defineRule({
  id: 'workload-in-kube-system',
  title: 'Workload among the components of the system',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: { among: '{kind} "{name}" runs in {namespace}, which policies usually leave alone' },
  check(pod, context) {
    const { resource } = pod;
    const { namespace, labels, kind, name } = resource.head;
    if (!BUILT_IN_NAMESPACES.includes(namespace) || isNodeAgent(pod)) return;
    const marked =
      'k8s-app' in labels ||
      'addonmanager.kubernetes.io/mode' in labels ||
      'kubernetes.io/cluster-service' in labels ||
      labels['tier'] === 'control-plane' ||
      pod.metadata.get('labels').get('k8s-app').present;
    if (marked) return;
    context.report(resource.metadata.get('namespace'), 'among', { data: { kind, name, namespace } });
  },
  docs: {
    why: 'kube-system is exempt from most admission policies, and the service accounts there are powerful. Attackers put their pods there because nobody looks.',
    fix: 'Put it into a namespace of its own.',
    frameworks: { nsa: ['N1'], mitre: ['T1036.005'] },
    equivalents: { trivy: ['KSV-0037'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces'],
    limits: 'Components that carry the labels of system add-ons, and known node agents, are left alone.',
    examples: {
      bad: [
        {
          title: 'an application',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: kube-system # finding\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'an add-on',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: dns\n  namespace: kube-system\n  labels:\n    k8s-app: dns\nspec:\n  template:\n    spec:\n      containers:\n        - name: dns\n          image: registry.example.com/dns:1.0.0',
        },
        {
          title: 'another namespace',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
    },
  },
});
