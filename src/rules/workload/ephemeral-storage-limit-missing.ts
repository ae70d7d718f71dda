import { requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { missingRequirements } from './_missing-requirement.ts';

export default defineRule({
  id: 'ephemeral-storage-limit-missing',
  title: 'No bound on local disk',
  category: 'workload',
  severity: 'low',
  preset: 'all',
  expectedOfControlPlane: true,
  on: 'project',
  facts: [requirementsFact],
  messages: {
    missing: 'container "{name}" can fill the disk of the node: resources.limits.ephemeral-storage is not set',
  },
  check(project, context) {
    const missing = missingRequirements(project, 'limits', 'ephemeral-storage', 'low', ({ kind }) => kind !== 'init');
    for (const { container, at } of missing) {
      const writable = container.securityContext.get('readOnlyRootFilesystem').boolean !== true;
      if (writable || hasOpenEmptyDir(container.pod.spec.get('volumes'))) {
        context.report(at, 'missing', { data: { name: container.name } });
      }
    }
  },
  docs: {
    why: 'Logs, the writable layer and emptyDirs live on the disk of the node. When it is full the kubelet evicts pods, innocent ones too.',
    fix: 'Set `resources.limits.ephemeral-storage`, or make the root file system read-only and give each emptyDir a `sizeLimit`.',
    frameworks: { mitre: ['T1499'] },
    references: ['https://kubernetes.io/docs/concepts/storage/ephemeral-storage/'],
    examples: {
      bad: [
        {
          title: 'only memory is bounded',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      limits: # finding\n        memory: 64Mi',
        },
      ],
      good: [
        {
          title: 'a bound',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      limits:\n        memory: 64Mi\n        ephemeral-storage: 1Gi',
        },
        {
          title: 'nowhere to write',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    securityContext:\n      readOnlyRootFilesystem: true\n    resources:\n      limits:\n        memory: 64Mi',
        },
      ],
    },
  },
});

function hasOpenEmptyDir(volumes: AnyNode): boolean {
  return (volumes.items() as readonly AnyNode[]).some((volume) => {
    const emptyDir: AnyNode = volume.get('emptyDir');
    return emptyDir.present && !emptyDir.get('sizeLimit').present;
  });
}
