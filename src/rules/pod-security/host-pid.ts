import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { addsCapability } from './_hardening.ts';

export default defineRule({
  id: 'host-pid',
  title: 'Host PID namespace',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: {
    shared: 'pod sees every process of the node, and by way of /proc their environment and files{note}',
    enters: 'pod sees every process of the node, and container "{name}" has the means to enter them{note}',
  },
  check(pod, context) {
    const hostPID = pod.spec.get('hostPID');
    if (hostPID.boolean !== true) return;
    const intruder = pod.containers.find(canEnterProcesses);
    const judged = judgeNodeAgent(intruder === undefined ? 'high' : 'critical', pod, context.options);
    if (judged === undefined) return;
    const { severity, note } = judged;
    const fix = {
      title: 'Leave the PID namespace of the node',
      safety: 'hardening',
      changes: [{ op: 'remove', path: hostPID.steps }],
    } as const;
    if (intruder === undefined) context.report(hostPID, 'shared', { data: { note }, severity, fix });
    else context.report(hostPID, 'enters', { data: { name: intruder.name, note }, severity, fix });
  },
  docs: {
    why: 'The pod may see and, as root, signal every process of the node. Their environment holds credentials, and `/proc/<pid>/root` is their file system; with SYS_PTRACE or privileged the node itself is one `nsenter` away.',
    fix: 'Remove `hostPID`.',
    frameworks: { cis: ['5.2.3'], nsa: ['P4'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: {
      'kube-linter': ['host-pid'],
      trivy: ['KSV-0010'],
      checkov: ['CKV_K8S_17'],
      kubescape: ['C-0038', 'C-0275'],
      polaris: ['hostPIDSet'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [
        { title: 'the processes of the node', in: 'pod', yaml: 'hostPID: true # finding: shared' },
        {
          title: 'and the means to enter them',
          in: 'pod',
          yaml: 'hostPID: true # finding: enters\ncontainers:\n  - name: debug\n    image: registry.example.com/debug:1.0.0\n    securityContext:\n      privileged: true',
        },
      ],
      good: [{ title: 'processes of its own', in: 'pod', yaml: 'hostPID: false' }],
    },
  },
});

function canEnterProcesses(container: ContainerView): boolean {
  if (container.privileged || addsCapability(container, 'SYS_PTRACE') || addsCapability(container, 'SYS_ADMIN'))
    return true;
  if (addsCapability(container, 'ALL')) return true;
  if (container.effective('runAsUser').number !== 0) return false;
  const words = [...container.node.get('command').strings, ...container.node.get('args').strings];
  return words.some((word) => /\bnsenter\b/.test(word));
}
