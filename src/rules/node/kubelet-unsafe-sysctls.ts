import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { isList } from '../../yaml/value.ts';
import { kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-unsafe-sysctls',
  title: 'Pods may set unsafe sysctls on the node',
  category: 'node',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { allowed: 'pods may set unsafe sysctls on this node: {list}' },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      const setting = kubelet.setting('allowedUnsafeSysctls');
      const list = isList(setting.value) ? setting.value.map(String) : [];
      if (list.length === 0) continue;
      const { node, ...place } = setting.place;
      const wide = list.some((each) => each.startsWith('kernel.') || each === '*' || each === 'net.*');
      context.report(node, 'allowed', {
        ...place,
        data: { list: list.join(', ') },
        severity: wide ? 'high' : 'medium',
      });
    }
  },
  docs: {
    why: 'Unsafe sysctls are not limited to the pod that sets them: with some a pod disturbs its neighbours or takes memory of the whole node, with others it weakens the kernel under all of them.',
    fix: 'Allow the one that a workload needs, on nodes that are tainted for it.',
    frameworks: { nsa: ['P4'], mitre: ['T1611'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#enabling-unsafe-sysctls'],
    examples: {
      bad: [
        {
          title: 'everything of the kernel',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
allowedUnsafeSysctls: # finding: allowed
  - kernel.*`,
        },
      ],
      good: [
        {
          title: 'none',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
allowedUnsafeSysctls: []`,
        },
      ],
    },
  },
});
