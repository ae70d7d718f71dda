import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'emptydir-memory-unbounded',
  title: 'emptyDir in memory without a size',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: {
    unbounded:
      'volume "{volume}" is kept in memory without a sizeLimit, and {container} that mounts it has no memory limit',
  },
  check(pod, context) {
    const volumes = pod.spec.get('volumes');
    if (!volumes.present) return;
    for (const volume of volumes.items() as readonly AnyNode[]) {
      const emptyDir: AnyNode = volume.get('emptyDir');
      const medium: AnyNode = emptyDir.get('medium');
      if (medium.string !== 'Memory' || emptyDir.get('sizeLimit').present) continue;
      const name = volume.get('name').string;
      const open = pod.containers.find(
        (container) =>
          !container.node.get('resources').get('limits').get('memory').present &&
          (container.node.get('volumeMounts').items() as readonly AnyNode[]).some(
            (mount) => mount.get('name').string === name,
          ),
      );
      if (open === undefined || (pod.spec as AnyNode).at(['resources', 'limits', 'memory']).present) continue;
      context.report(medium, 'unbounded', { data: { volume: name ?? '', container: `container "${open.name}"` } });
    }
  },
  docs: {
    why: 'What is written there is memory of the node. Without a bound a container fills it, up to half of all there is.',
    fix: 'Set `sizeLimit` on the volume, or a memory limit on the containers that mount it.',
    frameworks: { mitre: ['T1499'] },
    references: ['https://kubernetes.io/docs/concepts/storage/volumes/#emptydir'],
    limits: 'Defaults of a LimitRange are not looked at.',
    examples: {
      bad: [
        {
          title: 'no bound of either kind',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: cache\n        mountPath: /cache\nvolumes:\n  - name: cache\n    emptyDir:\n      medium: Memory # finding',
        },
      ],
      good: [
        {
          title: 'a size',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: cache\n        mountPath: /cache\nvolumes:\n  - name: cache\n    emptyDir:\n      medium: Memory\n      sizeLimit: 64Mi',
        },
        {
          title: 'a memory limit',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      limits:\n        memory: 64Mi\n    volumeMounts:\n      - name: cache\n        mountPath: /cache\nvolumes:\n  - name: cache\n    emptyDir:\n      medium: Memory',
        },
      ],
    },
  },
});
