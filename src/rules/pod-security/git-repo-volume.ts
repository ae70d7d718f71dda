import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'git-repo-volume',
  title: 'gitRepo volume',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  messages: {
    used: 'volume "{volume}" uses gitRepo: the node clones the repository as root',
    refused: 'volume "{volume}" uses gitRepo, which kubelets refuse to run since Kubernetes {since}',
  },
  check(pod, context) {
    const volumes = pod.spec.get('volumes');
    if (!volumes.isList) return;
    for (const volume of volumes.items()) {
      const gitRepo = volume.get('gitRepo');
      if (!gitRepo.isMap) continue;
      const name = volume.get('name').string ?? '';
      // The GitRepoVolumeDriver gate is off by default from 1.33 on, and locked off from 1.36.
      if (context.minor >= 33) {
        const since = context.minor >= 36 ? '1.36' : '1.33';
        context.report(gitRepo, 'refused', { data: { volume: name, since }, atKey: true });
      } else context.report(gitRepo, 'used', { data: { volume: name }, atKey: true });
    }
  },
  docs: {
    why: 'The clone runs on the node as root, and a repository could make it run code there (CVE-2024-10220). The driver is off by default from 1.33 on and gone from 1.36; the API still accepts the volume.',
    fix: 'Clone in an init container or with git-sync into an `emptyDir`.',
    frameworks: { mitre: ['T1611'], pss: 'restricted' },
    equivalents: { trivy: ['KSV-0028'], checkov: ['CKV_K8S_159'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/storage/volumes/#gitrepo',
      'https://nvd.nist.gov/vuln/detail/CVE-2024-10220',
    ],
    examples: {
      bad: [
        {
          title: 'a repository',
          in: 'pod',
          yaml: 'volumes:\n  - name: source\n    gitRepo: # finding: refused\n      repository: https://git.example.com/app.git',
        },
        {
          title: 'a repository in an older cluster',
          in: 'pod',
          since: '1.32',
          yaml: 'volumes:\n  - name: source\n    gitRepo: # finding: used\n      repository: https://git.example.com/app.git',
        },
      ],
      good: [{ title: 'an emptyDir', in: 'pod', yaml: 'volumes:\n  - name: source\n    emptyDir: {}' }],
    },
  },
});
