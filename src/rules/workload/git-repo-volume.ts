import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'git-repo-volume',
  title: 'gitRepo volume',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  messages: {
    used: 'volume "{volume}" uses gitRepo: the node clones it as root',
    refused: 'volume "{volume}" uses gitRepo, which kubelets refuse to run since Kubernetes {since}',
  },
  check(pod, context) {
    const volumes = pod.spec.get('volumes');
    if (!volumes.present) return;
    for (const volume of volumes.items() as readonly AnyNode[]) {
      const source: AnyNode = volume.get('gitRepo');
      if (!source.present) continue;
      const name = volume.get('name').string ?? String(volume.key);
      // The GitRepoVolumeDriver gate is off by default since 1.33 and locked off since 1.36.
      const { minor } = context;
      if (minor >= 33) {
        context.report(source, 'refused', {
          data: { volume: name, since: minor >= 36 ? '1.36' : '1.33' },
          atKey: true,
        });
      } else context.report(source, 'used', { data: { volume: name }, atKey: true });
    }
  },
  docs: {
    why: 'The clone ran on the node, as root, with the settings and hooks of a repository that someone else writes: CVE-2024-10220 made code execution on the node of it. The driver is therefore off by default since 1.33, and such a pod does not start.',
    fix: 'Clone in an init container, or with git-sync, into an emptyDir.',
    frameworks: { mitre: ['T1611'], pss: 'restricted' },
    equivalents: { trivy: ['KSV-0028'], checkov: ['CKV_K8S_159'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/storage/volumes/#gitrepo',
      'https://github.com/kubernetes/kubernetes/issues/128885',
    ],
    examples: {
      bad: [
        {
          title: 'a repository as a volume',
          in: 'pod',
          yaml: 'volumes:\n  - name: site\n    gitRepo: # finding: refused\n      repository: https://git.example.com/site.git',
        },
        {
          title: 'where it still runs',
          in: 'pod',
          since: '1.30',
          yaml: 'volumes:\n  - name: site\n    gitRepo: # finding: used\n      repository: https://git.example.com/site.git',
        },
      ],
      good: [
        {
          title: 'an emptyDir that an init container fills',
          in: 'pod',
          yaml: 'volumes:\n  - name: site\n    emptyDir: {}',
        },
      ],
    },
  },
});
