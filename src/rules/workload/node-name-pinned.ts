import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';

export default defineRule({
  id: 'node-name-pinned',
  title: 'nodeName bypasses the scheduler',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: { pinned: 'nodeName "{node}" skips the scheduler and with it taints, affinity and the fit of resources' },
  check(pod, context) {
    const node = pod.spec.get('nodeName');
    if (node.string === undefined || node.string === '' || isUnresolved(node.string)) return;
    context.report(node, 'pinned', { data: { node: node.string } });
  },
  docs: {
    why: 'A pod with a nodeName runs there whatever the node says against it, control-plane nodes included.',
    fix: 'Use a nodeSelector on `kubernetes.io/hostname`, which the scheduler weighs with everything else.',
    frameworks: { mitre: ['T1610'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename'],
    examples: {
      bad: [{ title: 'a node by name', in: 'pod', yaml: 'nodeName: cp-1 # finding' }],
      good: [{ title: 'a selector', in: 'pod', yaml: 'nodeSelector:\n  kubernetes.io/hostname: worker-1' }],
    },
  },
});
