import { defineRule } from '../../engine/rule.ts';
import { classifyHostPath, hostPathVolumes } from '../../k8s/host-path.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { isPlaceholder } from '../../k8s/secret-patterns.ts';

/** To be of use these are written to, or connected to. */
const NO_FILES: ReadonlySet<string> = new Set(['Socket', 'CharDevice', 'BlockDevice']);

export default defineRule({
  id: 'host-path-writable',
  title: 'hostPath mounted read-write',
  category: 'workload',
  severity: 'medium',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'pod',
  messages: { writable: 'container "{name}" can write to host path {path}{note}' },
  options: NODE_AGENT_OPTIONS,
  check(pod, context) {
    for (const volume of hostPathVolumes(pod)) {
      const { kind, path } = classifyHostPath(volume.path.string!);
      // Those have a rule of their own, which says so.
      if (kind === 'sensitive' || kind === 'runtime-socket' || kind === 'modules') continue;
      if (NO_FILES.has(volume.hostPath.get('type').string ?? '') || isSocket(path) || isPlaceholder(path)) continue;
      for (const { container, mount, readOnly } of volume.mounts) {
        if (readOnly) continue;
        const judged = judgeNodeAgent('medium', container, context.options);
        if (judged === undefined) continue;
        const place = mount.get('mountPath');
        context.report(place, 'writable', {
          data: { name: container.name, path, note: judged.note },
          severity: judged.severity,
          ...(mount.get('mountPropagation').string === 'Bidirectional'
            ? {}
            : {
                fix: {
                  title: 'Mount it read-only',
                  safety: 'hardening',
                  changes: [{ op: 'set', path: [...mount.steps, 'readOnly'], value: true }],
                },
              }),
        });
      }
    }
  },
  docs: {
    why: 'What a container leaves on the node outlives the pod, is seen by the next one, and may be a program or a configuration that something on the node picks up.',
    fix: 'Add `readOnly: true` to the mount, or keep data that is written on a PersistentVolumeClaim or an emptyDir.',
    frameworks: { cis: ['5.2.11'], mitre: ['T1543.005'], pss: 'baseline' },
    equivalents: { 'kube-linter': ['writable-host-mount'], kubescape: ['C-0045'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/concepts/storage/volumes/#hostpath'],
    examples: {
      bad: [
        {
          title: 'readOnly is left out',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: data\n        mountPath: /data # finding\nvolumes:\n  - name: data\n    hostPath:\n      path: /srv/app',
        },
      ],
      good: [
        {
          title: 'read-only',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: data\n        mountPath: /data\n        readOnly: true\nvolumes:\n  - name: data\n    hostPath:\n      path: /srv/app',
        },
        {
          title: 'a device',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: tty\n        mountPath: /dev/ttyUSB0\nvolumes:\n  - name: tty\n    hostPath:\n      path: /dev/ttyUSB0\n      type: CharDevice',
        },
      ],
    },
  },
});

function isSocket(path: string): boolean {
  return path === '/dev/log' || path.endsWith('.sock');
}
