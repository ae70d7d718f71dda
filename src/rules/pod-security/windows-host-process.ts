import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { holds } from './_hardening.ts';

export default defineRule({
  id: 'windows-host-process',
  title: 'Windows HostProcess container',
  category: 'pod-security',
  severity: 'critical',
  preset: 'recommended',
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: { host: '{who} runs as a Windows HostProcess container, with the full privileges of the node{note}' },
  check(pod, context) {
    if (holds(pod.securityContext, 'windowsOptions')) look(pod.securityContext, 'pod', pod);
    for (const container of pod.containers) {
      const { securityContext, name } = container;
      if (holds(securityContext, 'windowsOptions')) look(securityContext, `container "${name}"`, container);
    }

    function look(securityContext: AnyNode, who: string, subject: PodView | ContainerView): void {
      const hostProcess: AnyNode = securityContext.get('windowsOptions').get('hostProcess');
      if (hostProcess.boolean !== true) return;
      const judged = judgeNodeAgent('critical', subject, context.options);
      if (judged === undefined) return;
      context.report(hostProcess, 'host', { data: { who, note: judged.note }, severity: judged.severity });
    }
  },
  docs: {
    why: 'A HostProcess container is a process of the Windows node like any other: its file system, its network, its services, often as SYSTEM.',
    fix: 'Run as `ContainerUser` in an ordinary container. HostProcess is for agents of the node; keep their namespace to themselves.',
    frameworks: { cis: ['5.2.10'], nsa: ['P4'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: { trivy: ['KSV-0103'], kubescape: ['C-0202'], polaris: ['hostProcess'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/',
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    ],
    examples: {
      bad: [
        {
          title: 'the pod',
          in: 'pod',
          yaml: "hostNetwork: true\nsecurityContext:\n  windowsOptions:\n    hostProcess: true # finding\n    runAsUserName: 'NT AUTHORITY\\SYSTEM'",
        },
        {
          title: 'a container',
          in: 'container',
          yaml: 'securityContext:\n  windowsOptions:\n    hostProcess: true # finding',
        },
      ],
      good: [
        {
          title: 'an ordinary user',
          in: 'pod',
          yaml: 'os:\n  name: windows\nsecurityContext:\n  windowsOptions:\n    runAsUserName: ContainerUser',
        },
      ],
    },
  },
});
