import { defineRule } from '../../engine/rule.ts';
import { forbiddenSource } from '../../k8s/pod-security/volumes.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'volume-type-restricted',
  title: 'Inline volume type outside the restricted list',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: {
    inline:
      'volume "{volume}" uses {source} inline; Pod Security "restricted" allows it only through a PersistentVolumeClaim',
  },
  check(pod, context) {
    const volumes = pod.spec.get('volumes');
    if (!volumes.isList) return;
    for (const volume of volumes.items() as readonly AnyNode[]) {
      const source = isMap(volume.raw) ? forbiddenSource(volume.raw) : undefined;
      // These two have rules of their own.
      if (source === undefined || source === 'hostPath' || source === 'gitRepo') continue;
      const node: AnyNode = volume.get(source);
      if (!node.isMap) continue;
      context.report(node, 'inline', { data: { volume: volume.get('name').string ?? '', source }, atKey: true });
    }
  },
  docs: {
    why: 'A pod that names storage itself passes by who may use it: whoever writes the pod picks the server, the path and the credentials. A claim is bound by a class that an administrator made.',
    fix: 'Put a PersistentVolume or a StorageClass in front and use a PersistentVolumeClaim.',
    frameworks: { pss: 'restricted' },
    equivalents: { trivy: ['KSV-0028'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [
        {
          title: 'an NFS share',
          in: 'pod',
          yaml: 'volumes:\n  - name: share\n    nfs: # finding\n      server: nfs.example.com\n      path: /export',
        },
      ],
      good: [
        {
          title: 'a claim, and an emptyDir by default',
          in: 'pod',
          yaml: 'volumes:\n  - name: share\n    persistentVolumeClaim:\n      claimName: share\n  - name: scratch',
        },
      ],
    },
  },
});
