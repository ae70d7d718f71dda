import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { PodView } from '../../k8s/pod.ts';
import { allowedSeLinuxTypes } from '../../k8s/pod-security/checks/se-linux-options.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { forLinux, holds, removing } from './_hardening.ts';

const UNCONFINED: readonly string[] = ['spc_t', 'unconfined_t', 'container_runtime_t'];

export default defineRule({
  id: 'selinux-options-unsafe',
  title: 'SELinux type, user or role outside the allowed set',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: {
    type: '{who} sets SELinux type "{value}", which Pod Security "baseline" forbids{note}',
    unconfined: '{who} sets SELinux type "{value}", which removes the confinement of containers{note}',
    identity: '{who} sets SELinux {key} "{value}", which Pod Security "baseline" forbids{note}',
  },
  check(pod, context) {
    if (holds(pod.securityContext, 'seLinuxOptions')) look(pod.securityContext, 'pod', pod);
    for (const container of pod.containers) {
      const { securityContext, name } = container;
      if (holds(securityContext, 'seLinuxOptions')) look(securityContext, `container "${name}"`, container);
    }

    function look(securityContext: AnyNode, who: string, subject: PodView | ContainerView): void {
      const options: AnyNode = securityContext.get('seLinuxOptions');
      if (!options.isMap || !forLinux(pod)) return;
      const type: AnyNode = options.get('type');
      if (type.string !== undefined && !allowedSeLinuxTypes(context.minor).includes(type.string)) {
        report(type, type.string, UNCONFINED.includes(type.string) ? 'unconfined' : 'type', who, subject);
      }
      for (const key of ['user', 'role']) {
        const node: AnyNode = options.get(key);
        if (node.string) report(node, node.string, 'identity', who, subject);
      }
    }

    function report(
      node: AnyNode,
      value: string,
      message: 'type' | 'unconfined' | 'identity',
      who: string,
      subject: PodView | ContainerView,
    ): void {
      if (isUnresolved(value)) return;
      const judged = judgeNodeAgent(message === 'unconfined' ? 'high' : 'medium', subject, context.options);
      if (judged === undefined) return;
      const key = String(node.key);
      context.report(node, message, {
        data: { who, value, key, note: judged.note },
        severity: judged.severity,
        fix: { title: `Remove seLinuxOptions.${key}`, safety: 'hardening', changes: removing(node) },
      });
    }
  },
  docs: {
    why: 'On nodes with SELinux the type of a process says what it may touch. `spc_t` and its like may touch everything; another user or role opens domains that are closed to containers.',
    fix: 'Leave `type`, `user` and `role` to the runtime. `level` is free and keeps tenants apart.',
    frameworks: { nsa: ['P6'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: { trivy: ['KSV-0025'] },
    cks: 'System Hardening',
    references: [
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
    ],
    examples: {
      bad: [
        {
          title: 'a container without confinement',
          in: 'container',
          yaml: 'securityContext:\n  seLinuxOptions:\n    type: spc_t # finding: unconfined',
        },
        {
          title: 'another type, user and role for the pod',
          in: 'pod',
          yaml: 'securityContext:\n  seLinuxOptions:\n    type: svirt_lxc_net_t # finding: type\n    user: system_u # finding: identity\n    role: system_r # finding: identity',
        },
        {
          title: 'a type that is allowed from 1.31 on',
          in: 'container',
          since: '1.30',
          yaml: 'securityContext:\n  seLinuxOptions:\n    type: container_engine_t # finding: type',
        },
      ],
      good: [
        {
          title: 'a level',
          in: 'container',
          yaml: 'securityContext:\n  seLinuxOptions:\n    level: "s0:c123,c456"',
        },
        {
          title: 'a type that is allowed',
          in: 'pod',
          yaml: 'securityContext:\n  seLinuxOptions:\n    type: container_kvm_t',
        },
      ],
    },
  },
});
