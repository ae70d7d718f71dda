import { defineRule } from '../../engine/rule.ts';
import { hostPathVolumes } from '../../k8s/host-path.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'host-path-subpath',
  title: 'subPath on a host-backed volume',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: { subPath: 'mount "{mountPath}" of container "{name}" uses {field} on hostPath volume "{volume}"' },
  check(pod, context) {
    for (const volume of hostPathVolumes(pod)) {
      for (const { container, mount } of volume.mounts) {
        for (const field of ['subPath', 'subPathExpr']) {
          const node: AnyNode = mount.get(field);
          if (node.string === undefined || node.string === '') continue;
          context.report(node, 'subPath', {
            data: { mountPath: mount.get('mountPath').string ?? '', name: container.name, field, volume: volume.name },
            severity: readsConfigMap(container.node, node.string) ? 'medium' : 'low',
          });
        }
      }
    }
  },
  docs: {
    why: 'The kubelet resolves a subPath on the node. Twice (CVE-2017-1002101, CVE-2021-25741) a link swapped in at the right moment led it out of the volume, to any file of the node.',
    fix: 'Mount the folder itself: make the volume as narrow as the subPath was.',
    frameworks: { mitre: ['T1611'] },
    equivalents: { kubescape: ['C-0058'] },
    cks: 'System Hardening',
    references: [
      'https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath',
      'https://github.com/kubernetes/kubernetes/issues/104980',
    ],
    limits: 'Volumes that several containers of a pod share without the host are not looked at.',
    examples: {
      bad: [
        {
          title: 'a folder of a host path',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: data\n        mountPath: /data\n        subPath: app # finding\nvolumes:\n  - name: data\n    hostPath:\n      path: /srv',
        },
      ],
      good: [
        {
          title: 'the folder itself',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: data\n        mountPath: /data\nvolumes:\n  - name: data\n    hostPath:\n      path: /srv/app',
        },
        {
          title: 'another kind of volume',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: data\n        mountPath: /data\n        subPath: app\nvolumes:\n  - name: data\n    emptyDir: {}',
        },
      ],
    },
  },
});

/** `subPathExpr: $(DIR)` with the variable from a ConfigMap: whoever edits that chooses the path. */
function readsConfigMap(container: AnyNode, expression: string): boolean {
  return (container.get('env').items() as readonly AnyNode[]).some(
    (variable) =>
      variable.at(['valueFrom', 'configMapKeyRef']).present && expression.includes(`$(${variable.get('name').string})`),
  );
}
