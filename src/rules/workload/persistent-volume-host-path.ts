import { defineRule } from '../../engine/rule.ts';
import { classifyHostPath } from '../../k8s/host-path.ts';

export default defineRule({
  id: 'persistent-volume-host-path',
  title: 'PersistentVolume on a path of the node',
  category: 'workload',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['PersistentVolume'],
  messages: {
    hostPath: 'PersistentVolume "{name}" gives host path {path} to any claim that binds it: {gives}{open}',
    local: 'PersistentVolume "{name}" is the local disk path {path} of a node{open}',
  },
  check(volume, context) {
    const spec = volume.root.get('spec');
    const { name } = volume.head;
    const open = spec.get('claimRef').present ? '' : '; no claimRef restricts it';
    const hostPath = spec.get('hostPath').get('path');
    if (hostPath.string !== undefined) {
      const known = classifyHostPath(hostPath.string);
      const grave = known.kind === 'sensitive' || known.kind === 'runtime-socket';
      context.report(hostPath, 'hostPath', {
        data: { name, path: known.path, gives: grave ? known.gives : "a part of the node's file system", open },
        ...(grave ? { severity: known.writable } : {}),
      });
      return;
    }
    const local = spec.get('local').get('path');
    if (local.string === undefined) return;
    const known = classifyHostPath(local.string);
    // A raw disk is what local volumes are made for.
    const isDisk = known.path.startsWith('/dev/');
    if (!isDisk && (known.kind === 'sensitive' || known.kind === 'runtime-socket')) {
      context.report(local, 'hostPath', {
        data: { name, path: known.path, gives: known.gives, open },
        severity: known.writable,
      });
    } else {
      context.report(local, 'local', { data: { name, path: known.path, open }, severity: 'low', preset: 'strict' });
    }
  },
  docs: {
    why: 'Pod Security looks at pods, not at volumes: a claim that binds this volume carries the path of the node past `baseline` and `restricted`, and who may create claims chooses which pod gets it.',
    fix: 'Use a CSI driver or a local volume provisioner; where a hostPath volume has to be, tie it to its claim with `claimRef` and to the narrowest path.',
    frameworks: { mitre: ['T1611'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/concepts/storage/persistent-volumes/#types-of-persistent-volumes'],
    examples: {
      bad: [
        {
          title: 'a folder of the node',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: data\nspec:\n  capacity:\n    storage: 1Gi\n  accessModes: [ReadWriteOnce]\n  hostPath:\n    path: /data # finding: hostPath',
        },
        {
          title: 'the socket of the runtime',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: run\nspec:\n  claimRef:\n    namespace: ci\n    name: run\n  hostPath:\n    path: /var/run # finding: hostPath',
        },
        {
          title: 'a local disk',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: disk\nspec:\n  local:\n    path: /mnt/disks/ssd1 # finding: local',
        },
      ],
      good: [
        {
          title: 'a CSI driver',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: data\nspec:\n  csi:\n    driver: disk.example.com\n    volumeHandle: vol-1',
        },
      ],
    },
  },
});
