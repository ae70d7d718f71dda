import { defineRule } from '../../engine/rule.ts';
import { classifyHostPath, hostPathVolumes, isWritable } from '../../k8s/host-path.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';

export default defineRule({
  id: 'host-path-volume',
  title: 'hostPath volume',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  expectedOfControlPlane: true,
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: {
    writable:
      'volume "{volume}" uses hostPath {path}: the pod depends on and can alter the file system of the node{note}',
    readOnly: 'volume "{volume}" uses hostPath {path}: the pod depends on the file system of the node{note}',
  },
  check(pod, context) {
    for (const volume of hostPathVolumes(pod)) {
      const written = volume.path.string!;
      if (isUnresolved(written)) continue;
      const { kind, path } = classifyHostPath(written);
      // Sockets of runtimes, sensitive folders and kernel modules have rules of their own.
      if (kind === 'runtime-socket' || kind === 'sensitive' || kind === 'modules') continue;
      const writable = isWritable(volume);
      const quiet = kind === 'harmless' || !writable;
      const judged = judgeNodeAgent(quiet ? 'low' : 'medium', pod, context.options);
      if (judged === undefined) continue;
      context.report(volume.hostPath, writable ? 'writable' : 'readOnly', {
        data: { volume: volume.name, path, note: judged.note },
        severity: judged.severity,
        related: volume.mounts.map(({ mount, container }) => ({
          at: mount.get('mountPath'),
          message: `mounted by container "${container.name}"`,
        })),
      });
    }
  },
  docs: {
    why: 'A path of the node outlives the pod, is shared by every pod that names it, and is checked by nobody. The levels baseline and restricted forbid it.',
    fix: 'Use a PersistentVolumeClaim, a ConfigMap, a Secret or an `emptyDir`. Where the node itself is meant, mount read-only and keep the namespace to such workloads.',
    frameworks: { cis: ['5.2.11'], nsa: ['P4'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: { trivy: ['KSV-0023'], kubescape: ['C-0048'], polaris: ['hostPathSet'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/storage/volumes/',
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    ],
    examples: {
      bad: [
        {
          title: 'a folder of the node, written and read',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: data\n        mountPath: /data\n      - name: zone\n        mountPath: /etc/localtime\n        readOnly: true\nvolumes:\n  - name: data\n    hostPath: # finding: writable\n      path: /data\n  - name: zone\n    hostPath: # finding: readOnly\n      path: /etc/localtime',
        },
      ],
      good: [
        {
          title: 'a claim',
          in: 'pod',
          yaml: 'volumes:\n  - name: data\n    persistentVolumeClaim:\n      claimName: data',
        },
        {
          title: 'a sensitive folder is told by host-path-sensitive',
          in: 'pod',
          yaml: 'volumes:\n  - name: etc\n    hostPath:\n      path: /etc/kubernetes',
        },
      ],
    },
  },
});
