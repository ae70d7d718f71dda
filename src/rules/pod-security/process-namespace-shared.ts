import { defineRule } from '../../engine/rule.ts';
import type { PodView } from '../../k8s/pod.ts';
import { addsCapability } from './_hardening.ts';

export default defineRule({
  id: 'process-namespace-shared',
  title: 'Containers share one PID namespace',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: {
    shared: "containers of this pod see each other's processes, their environment and their files by way of /proc",
  },
  check(pod, context) {
    const shared = pod.spec.get('shareProcessNamespace');
    if (shared.boolean !== true) return;
    context.report(shared, 'shared', { severity: isUneven(pod) ? 'medium' : 'low' });
  },
  docs: {
    why: 'Each container of the pod may signal the processes of the others and, as the same user or root, read their environment and their file system under `/proc/<pid>/root`.',
    fix: 'Leave `shareProcessNamespace` out, or debug with `kubectl debug --target`, which shares the namespace of one container for that time.',
    frameworks: { mitre: ['T1552.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/'],
    examples: {
      bad: [{ title: 'shared', in: 'pod', yaml: 'shareProcessNamespace: true # finding' }],
      good: [{ title: 'not shared', in: 'pod', yaml: 'shareProcessNamespace: false' }],
    },
  },
});

/** One container has power over the processes of the rest. */
function isUneven({ containers }: PodView): boolean {
  const roots = containers.filter((container) => container.effective('runAsUser').number === 0).length;
  return (
    (roots > 0 && roots < containers.length) ||
    containers.some((container) => container.privileged || addsCapability(container, 'SYS_PTRACE'))
  );
}
