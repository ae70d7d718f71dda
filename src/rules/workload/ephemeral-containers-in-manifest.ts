import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'ephemeral-containers-in-manifest',
  title: 'ephemeralContainers in a manifest',
  category: 'workload',
  severity: 'low',
  preset: 'recommended',
  on: 'pod',
  messages: {
    present: 'ephemeralContainers cannot be created from a manifest: this looks like the export of a debugged pod',
  },
  check(pod, context) {
    const list = pod.spec.get('ephemeralContainers');
    if (!list.isList || list.items().length === 0) return;
    if (pod.resource.groupKind === 'Pod') context.report(list, 'present', { atKey: true });
    else {
      context.report(list, 'present', {
        atKey: true,
        fix: {
          title: 'Remove ephemeralContainers',
          safety: 'safe',
          changes: [{ op: 'remove', path: list.steps }],
        },
      });
    }
  },
  docs: {
    why: 'The API server refuses a pod that is created with ephemeral containers, and a template cannot have any: they come in by a subresource of a running pod. What stands here was copied from a debugging session, with whatever it could do.',
    fix: 'Remove the field; use `kubectl debug` when it is needed.',
    frameworks: { mitre: ['T1609'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/'],
    examples: {
      bad: [
        {
          title: 'an exported pod',
          in: 'pod',
          yaml: 'ephemeralContainers: # finding\n  - name: debugger\n    image: busybox:1.37.0',
        },
      ],
      good: [{ title: 'an empty list', in: 'pod', yaml: 'ephemeralContainers: []' }],
    },
  },
});
