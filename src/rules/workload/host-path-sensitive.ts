import { defineRule } from '../../engine/rule.ts';
import { classifyHostPath, hostPathVolumes, isWritable, mountersOf } from '../../k8s/host-path.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';

export default defineRule({
  id: 'host-path-sensitive',
  title: 'hostPath into a sensitive folder of the node',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  expectedOfControlPlane: true,
  on: 'pod',
  messages: {
    mounted: 'volume "{volume}" mounts host path {path} {mode} into {containers}: {gives}{note}',
    unmounted: 'volume "{volume}" is host path {path}: {gives}; no container mounts it yet',
  },
  options: NODE_AGENT_OPTIONS,
  check(pod, context) {
    for (const volume of hostPathVolumes(pod)) {
      const known = classifyHostPath(volume.path.string!);
      if (known.kind !== 'sensitive') continue;
      const { path, gives } = known;
      if (volume.mounts.length === 0) {
        context.report(volume.path, 'unmounted', { data: { volume: volume.name, path, gives }, severity: 'info' });
        continue;
      }
      const writable = isWritable(volume);
      const judged = judgeNodeAgent(writable ? known.writable : known.readOnly, pod, context.options);
      if (judged === undefined) continue;
      context.report(volume.path, 'mounted', {
        data: {
          volume: volume.name,
          path,
          mode: writable ? 'read-write' : 'read-only',
          containers: mountersOf(volume),
          gives,
          note: judged.note,
        },
        severity: judged.severity,
        related: volume.mounts.map(({ mount }) => ({ at: mount, message: 'mounted here' })),
      });
    }
  },
  docs: {
    why: "Some folders of a node are the node: with `/`, `/etc`, the kubelet's or the control plane's data, the kernel's settings or its raw devices, a container takes the machine over, and from there the other pods on it. Read access alone gives keys and tokens away.",
    fix: 'Mount a ConfigMap, a Secret, an emptyDir or a PersistentVolumeClaim instead, or the narrowest path there is, with `readOnly: true`.',
    frameworks: { cis: ['5.2.11'], nsa: ['P4'], mitre: ['T1611', 'T1552.001'], pss: 'baseline' },
    equivalents: {
      'kube-linter': ['sensitive-host-mounts'],
      trivy: ['KSV-0023', 'KSV-0121'],
      kubescape: ['C-0048', 'C-0020'],
      kubeaudit: ['SensitivePathsMounted'],
    },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/concepts/storage/volumes/#hostpath'],
    limits:
      'Of `/run` only what controls the node counts (systemd, D-Bus, sockets of runtimes): `/run/flannel` and the like are ordinary host paths.',
    examples: {
      bad: [
        {
          title: 'the root of the node',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: root\n        mountPath: /host\nvolumes:\n  - name: root\n    hostPath:\n      path: / # finding: mounted',
        },
        {
          title: 'control-plane keys, read-only',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: pki\n        mountPath: /pki\n        readOnly: true\nvolumes:\n  - name: pki\n    hostPath:\n      path: /etc/kubernetes/pki # finding: mounted',
        },
        {
          title: 'a folder above a sensitive one, by a roundabout path',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: lib\n        mountPath: /lib\nvolumes:\n  - name: lib\n    hostPath:\n      path: /var/cache/..//lib/ # finding: mounted',
        },
        {
          title: 'nobody mounts it yet',
          in: 'pod',
          yaml: 'volumes:\n  - name: proc\n    hostPath:\n      path: /proc # finding: unmounted',
        },
      ],
      good: [
        {
          title: 'a folder of its own is a matter for host-path-volume',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: data\n        mountPath: /data\nvolumes:\n  - name: data\n    hostPath:\n      path: /srv/app',
        },
        {
          title: 'harmless files',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: tz\n        mountPath: /etc/localtime\nvolumes:\n  - name: tz\n    hostPath:\n      path: /etc/localtime',
        },
      ],
    },
  },
});
