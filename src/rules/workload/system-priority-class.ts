import { defineRule } from '../../engine/rule.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';

export default defineRule({
  id: 'system-priority-class',
  title: 'System priority outside system namespaces',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: { system: 'priorityClassName {priority} lets this pod evict others, parts of the system among them' },
  check(pod, context) {
    const priority = pod.spec.get('priorityClassName');
    if (priority.string !== 'system-node-critical' && priority.string !== 'system-cluster-critical') return;
    const { namespace } = pod.resource.head;
    // Where the namespace is filled in later nothing is known.
    if (namespace === '' || isSystemNamespace(namespace)) return;
    context.report(priority, 'system', { data: { priority: priority.string } });
  },
  docs: {
    why: 'These two classes are meant for what keeps the cluster alive. Under pressure such a pod pushes out any other, and is never pushed out itself.',
    fix: 'Make a PriorityClass of your own with a value below 1000000000.',
    frameworks: { mitre: ['T1499'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/'],
    examples: {
      bad: [
        {
          title: 'an application',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  priorityClassName: system-node-critical # finding\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'part of the system',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: dns\n  namespace: kube-system\nspec:\n  priorityClassName: system-cluster-critical\n  containers:\n    - name: dns\n      image: registry.example.com/dns:1.0.0',
        },
        { title: 'a class of its own', in: 'pod', yaml: 'priorityClassName: important' },
      ],
    },
  },
});
