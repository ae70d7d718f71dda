import { defineRule } from '../../engine/rule.ts';
import { forLinux } from './_hardening.ts';

export default defineRule({
  id: 'low-user-id',
  title: 'UID below 10000',
  category: 'pod-security',
  severity: 'info',
  preset: 'all',
  on: 'pod',
  options: {
    defaults: { minUid: 10_000 },
    schema: { type: 'object', properties: { minUid: { type: 'integer' } }, additionalProperties: false },
  },
  messages: { low: '{who} runs as UID {uid}, and UIDs under {min} often belong to accounts of the node' },
  check(pod, context) {
    const min = context.options.minUid;
    const ofPod = pod.securityContext.get('runAsUser');
    const own = pod.containers.map(({ securityContext, name }) => ({
      node: securityContext.get('runAsUser'),
      who: `container "${name}"`,
    }));
    // What every container overrides is nobody's UID.
    const inherited = own.some(({ node }) => !node.present);
    const holders = inherited ? [{ node: ofPod, who: 'pod' }, ...own] : own;
    for (const { node, who } of holders) {
      const uid = node.number;
      if (uid === undefined || uid < 1 || uid >= min) continue;
      if (!forLinux(pod) || pod.spec.get('hostUsers').raw === false) return;
      context.report(node, 'low', { data: { who, uid, min } });
    }
  },
  docs: {
    why: 'A process that leaves its container keeps its UID. Below 10000 that is likely to be an account of the node with files of its own.',
    fix: 'Build the image with a UID of 10000 or more and set `runAsUser` to it, or use a user namespace.',
    frameworks: { cis: ['5.6.3'], nsa: ['P1'] },
    equivalents: { trivy: ['KSV-0020', 'KSV-0021'], checkov: ['CKV_K8S_40'] },
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    examples: {
      bad: [{ title: 'UID 1000', in: 'pod', yaml: 'securityContext:\n  runAsUser: 1000 # finding' }],
      good: [
        { title: 'UID 10001', in: 'pod', yaml: 'securityContext:\n  runAsUser: 10001' },
        {
          title: 'every container overrides the pod',
          in: 'pod',
          yaml: 'securityContext:\n  runAsUser: 180\ncontainers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    securityContext:\n      runAsUser: 12000',
        },
        { title: 'a user namespace', in: 'pod', yaml: 'hostUsers: false\nsecurityContext:\n  runAsUser: 1000' },
      ],
    },
  },
});
