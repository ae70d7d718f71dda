import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { PodView } from '../../k8s/pod.ts';
import { isConfinedSeccomp } from '../../k8s/pod-security/checks/seccomp-profile-baseline.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { forLinux, holds } from './_hardening.ts';

export default defineRule({
  id: 'seccomp-unconfined',
  title: 'Seccomp switched off',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: {
    unconfined: '{who} disables the filtering of system calls: seccompProfile.type is "Unconfined"{note}',
    unknown: '{who} sets seccompProfile.type to "{value}", which is none of RuntimeDefault, Localhost and Unconfined',
  },
  check(pod, context) {
    const ofPod = unconfinedType(pod.securityContext);
    if (ofPod !== undefined) {
      const inheritors = pod.containers.filter(({ securityContext }) => !securityContext.get('seccompProfile').present);
      // What nobody inherits does no harm; a privileged container has no filter in any case.
      const severity: Severity =
        inheritors.length === 0 ? 'low' : inheritors.every(({ privileged }) => privileged) ? 'info' : 'medium';
      report(ofPod, 'pod', severity, pod);
    }
    for (const container of pod.containers) {
      const own = unconfinedType(container.securityContext);
      if (own === undefined) continue;
      report(own, `container "${container.name}"`, container.privileged ? 'info' : 'medium', container);
    }

    function report(type: AnyNode, who: string, severity: Severity, subject: PodView | ContainerView): void {
      const value = type.string!;
      if (!forLinux(pod)) return;
      if (value !== 'Unconfined') {
        context.report(type, 'unknown', { data: { who, value }, severity });
        return;
      }
      const judged = judgeNodeAgent(severity, subject, context.options);
      if (judged === undefined) return;
      context.report(type, 'unconfined', {
        data: { who, note: judged.note },
        severity: judged.severity,
        fix: {
          title: 'Use the profile of the runtime',
          safety: 'hardening',
          changes: [{ op: 'set', path: type.steps, value: 'RuntimeDefault' }],
        },
      });
    }
  },
  docs: {
    why: "The runtime's default profile keeps some sixty system calls from a container that no ordinary program needs and many kernel exploits do. `Unconfined` opens them all.",
    fix: 'Use `RuntimeDefault`, or a `Localhost` profile that adds what the program needs.',
    frameworks: { cis: ['5.6.2'], nsa: ['P6'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: {
      trivy: ['KSV-0104'],
      checkov: ['CKV_K8S_31'],
      kubeaudit: ['SeccompDisabledPod', 'SeccompDisabledContainer'],
    },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/seccomp/'],
    examples: {
      bad: [
        {
          title: 'a container',
          in: 'container',
          yaml: 'securityContext:\n  seccompProfile:\n    type: Unconfined # finding: unconfined',
        },
        {
          title: 'the pod',
          in: 'pod',
          yaml: 'securityContext:\n  seccompProfile:\n    type: Unconfined # finding: unconfined',
        },
        {
          title: 'no such type',
          in: 'container',
          yaml: 'securityContext:\n  seccompProfile:\n    type: runtime/default # finding: unknown',
        },
      ],
      good: [
        {
          title: 'the profile of the runtime',
          in: 'pod',
          yaml: 'securityContext:\n  seccompProfile:\n    type: RuntimeDefault',
        },
        {
          title: 'a profile of the node',
          in: 'container',
          yaml: 'securityContext:\n  seccompProfile:\n    type: Localhost\n    localhostProfile: profiles/app.json',
        },
      ],
    },
  },
});

function unconfinedType(securityContext: AnyNode): AnyNode | undefined {
  if (!holds(securityContext, 'seccompProfile')) return undefined;
  const type: AnyNode = securityContext.get('seccompProfile').get('type');
  return type.string === undefined || isConfinedSeccomp(type.string) || isUnresolved(type.string) ? undefined : type;
}
