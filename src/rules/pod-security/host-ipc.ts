import { defineRule } from '../../engine/rule.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';

export default defineRule({
  id: 'host-ipc',
  title: 'Host IPC namespace',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: { shared: 'pod can read and write the shared memory of processes of the node{note}' },
  check(pod, context) {
    const hostIPC = pod.spec.get('hostIPC');
    if (hostIPC.boolean !== true) return;
    const judged = judgeNodeAgent('high', pod, context.options);
    if (judged === undefined) return;
    context.report(hostIPC, 'shared', {
      data: { note: judged.note },
      severity: judged.severity,
      fix: {
        title: 'Leave the IPC namespace of the node',
        safety: 'hardening',
        changes: [{ op: 'remove', path: hostIPC.steps }],
      },
    });
  },
  docs: {
    why: 'Processes of the node exchange data by shared memory, semaphores and message queues. A pod in their namespace reads and changes them.',
    fix: 'Remove `hostIPC`.',
    frameworks: { cis: ['5.2.4'], nsa: ['P4'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: {
      'kube-linter': ['host-ipc'],
      trivy: ['KSV-0008'],
      checkov: ['CKV_K8S_18'],
      kubescape: ['C-0276'],
      polaris: ['hostIPCSet'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [{ title: 'the shared memory of the node', in: 'pod', yaml: 'hostIPC: true # finding' }],
      good: [{ title: 'shared memory of its own', in: 'pod', yaml: 'hostIPC: false' }],
    },
  },
});
