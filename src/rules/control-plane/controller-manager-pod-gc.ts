import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { integer } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'controller-manager-pod-gc',
  title: 'Finished pods are kept',
  category: 'control-plane',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    never: 'finished pods are never collected: --terminated-pod-gc-threshold is {value}',
    many: 'up to {value} finished pods are kept: --terminated-pod-gc-threshold',
    default: 'up to 12500 finished pods are kept: --terminated-pod-gc-threshold is not set',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-controller-manager')) {
      const flag = view.flag('terminated-pod-gc-threshold');
      if (flag === undefined) {
        if (view.complete) context.report(view.anchor, 'default', { preset: 'all' });
        continue;
      }
      const count = integer(flag.value);
      if (count === undefined) continue;
      const { node, ...place } = flag.place;
      const data = { value: flag.value };
      if (count <= 0) context.report(node, 'never', { ...place, data });
      else if (count > 12_500) context.report(node, 'many', { ...place, data });
    }
  },
  docs: {
    why: 'Every finished pod stays in etcd, and in every list of pods. Where Jobs run often the API server slows down, and with no limit it runs out of memory.',
    fix: 'Set `--terminated-pod-gc-threshold` to what is worth keeping, 1000 say.',
    frameworks: { cis: ['1.3.1'], nsa: ['N4'], mitre: ['T1499'] },
    equivalents: { trivy: ['KCV-0033'], kubescape: ['C-0144'], checkov: ['CKV_K8S_106'] },
    references: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection'],
    examples: {
      bad: [
        {
          title: 'never',
          in: 'container',
          yaml: example('kube-controller-manager', ['--terminated-pod-gc-threshold=0 # finding: never']),
        },
        {
          title: 'many',
          in: 'container',
          yaml: example('kube-controller-manager', ['--terminated-pod-gc-threshold=100000 # finding: many']),
        },
        {
          title: 'the default',
          in: 'container',
          yaml: example('kube-controller-manager', ['--leader-elect=true'], 'default'),
        },
      ],
      good: [
        {
          title: 'a thousand',
          in: 'container',
          yaml: example('kube-controller-manager', ['--terminated-pod-gc-threshold=1000']),
        },
      ],
    },
  },
});
