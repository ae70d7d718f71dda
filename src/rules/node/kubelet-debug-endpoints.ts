import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'kubelet-debug-endpoints',
  title: 'Kubelet serves logs of the node or takes changes of its log level',
  category: 'node',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: ['KubeletConfiguration.kubelet.config.k8s.io'],
  messages: { exposed: '{field} is true: {what} through the API of the kubelet' },
  check(resource, context) {
    for (const [field, what] of FIELDS) {
      const node = resource.root.at([field]);
      if (node.boolean === true) context.report(node, 'exposed', { data: { field, what } });
    }
  },
  docs: {
    why: 'Whoever may use `nodes/proxy` then reads the system logs of the node, or changes what the kubelet logs.',
    fix: 'Drop the field, and set it for the time that you need it.',
    frameworks: { nsa: ['N4'], mitre: ['T1613'] },
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'system logs',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
enableSystemLogQuery: true # finding: exposed`,
        },
      ],
      good: [
        {
          title: 'not served',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
enableSystemLogQuery: false`,
        },
      ],
    },
  },
});

const FIELDS = [
  ['enableSystemLogQuery', 'logs of the node are read'],
  ['enableDebugFlagsHandler', 'the log level is changed'],
] as const;
