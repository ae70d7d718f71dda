import { defineRule } from '../../engine/rule.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'mount-propagation-bidirectional',
  title: 'Mounts leak back to the node',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: { bidirectional: 'container "{name}" propagates its mounts to the node through {mountPath}{note}' },
  options: NODE_AGENT_OPTIONS,
  check(container, context) {
    const mounts = container.value['volumeMounts'];
    if (!isList(mounts)) return;
    for (let index = 0; index < mounts.length; index++) {
      const value = mounts[index];
      if (!isMap(value) || value['mountPropagation'] !== 'Bidirectional') continue;
      const mount: AnyNode = container.node.at(['volumeMounts', index]);
      const propagation: AnyNode = mount.get('mountPropagation');
      const judged = judgeNodeAgent('high', container, context.options);
      if (judged === undefined) continue;
      context.report(propagation, 'bidirectional', {
        data: { name: container.name, mountPath: mount.get('mountPath').string ?? '', note: judged.note },
        severity: judged.severity,
        fix: {
          title: 'Propagate from the node only',
          safety: 'hardening',
          changes: [{ op: 'set', path: propagation.steps, value: 'HostToContainer' }],
        },
      });
    }
  },
  docs: {
    why: 'What the container mounts there appears on the node and in every other pod that shares the path. It can lay its own files over those of the node.',
    fix: 'Use `None`, or `HostToContainer` where the container has to see mounts of the node. Only storage drivers need `Bidirectional`.',
    frameworks: { mitre: ['T1611'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/concepts/storage/volumes/#mount-propagation'],
    examples: {
      bad: [
        {
          title: 'both ways',
          in: 'container',
          yaml: 'volumeMounts:\n  - name: data\n    mountPath: /data\n    mountPropagation: Bidirectional # finding',
        },
      ],
      good: [
        {
          title: 'from the node only',
          in: 'container',
          yaml: 'volumeMounts:\n  - name: data\n    mountPath: /data\n    mountPropagation: HostToContainer\n  - name: other\n    mountPath: /other',
        },
      ],
    },
  },
});
