import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { isSandboxHandler } from '../../k8s/sandbox.ts';
import { removing } from './_hardening.ts';

export default defineRule({
  id: 'privileged-container',
  title: 'Privileged container',
  category: 'pod-security',
  severity: 'critical',
  preset: 'recommended',
  on: 'container',
  options: NODE_AGENT_OPTIONS,
  messages: {
    privileged: 'container "{name}" runs privileged{note}',
    cancels: 'container "{name}" runs privileged, which cancels its {settings}{note}',
  },
  check(container, context) {
    const privileged = container.securityContext.get('privileged');
    if (privileged.boolean !== true) return;
    // Behind a sandbox the node is one flaw further away.
    const sandboxed = isSandboxHandler(container.pod.spec.get('runtimeClassName').string ?? '');
    const judged = judgeNodeAgent(sandboxed ? 'high' : 'critical', container, context.options);
    if (judged === undefined) return;
    const { name } = container;
    const { severity, note } = judged;
    const settings = cancelledSettings(container);
    const fix = { title: 'Remove privileged', safety: 'hardening', changes: removing(privileged) } as const;
    if (settings === '') context.report(privileged, 'privileged', { data: { name, note }, severity, fix });
    else context.report(privileged, 'cancels', { data: { name, settings, note }, severity, fix });
  },
  docs: {
    why: 'A privileged container holds every capability, sees every device of the node and is confined by neither seccomp nor AppArmor: whoever runs code in it owns the node, with no further flaw.',
    fix: 'Remove `privileged: true` and add the one capability or device that the program needs. Devices come from a device plugin or a resource claim.',
    frameworks: { cis: ['5.2.2'], nsa: ['P4', 'P6'], mitre: ['T1611', 'T1610'], pss: 'baseline' },
    equivalents: {
      'kube-linter': ['privileged-container'],
      trivy: ['KSV-0017'],
      checkov: ['CKV_K8S_16'],
      kubescape: ['C-0057'],
      polaris: ['runAsPrivileged'],
      kubeaudit: ['PrivilegedTrue'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
      'https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/',
    ],
    limits:
      'A sandboxed runtime (gVisor, Kata) keeps a privileged container from the node for a while: where `runtimeClassName` is the name of one, the severity is high. The handler behind the name is not looked up.',
    examples: {
      bad: [
        {
          title: 'privileged is true',
          in: 'container',
          yaml: 'securityContext:\n  privileged: true # finding: privileged',
        },
        {
          title: 'privileged beside hardening that it cancels',
          in: 'container',
          yaml: 'securityContext:\n  privileged: true # finding: cancels\n  capabilities:\n    drop: [ALL]\n  seccompProfile:\n    type: RuntimeDefault',
        },
      ],
      good: [
        { title: 'privileged is false', in: 'container', yaml: 'securityContext:\n  privileged: false' },
        { title: 'nothing is said', in: 'container', yaml: 'image: nginx:1.29.1' },
        {
          title: 'a string is a matter of the schema',
          in: 'container',
          yaml: 'securityContext:\n  privileged: "true"',
        },
      ],
    },
  },
});

/** Privileged mode ignores what drops capabilities and filters system calls; the file system stays as it is. */
function cancelledSettings(container: ContainerView): string {
  const settings: string[] = [];
  if (container.securityContext.get('capabilities').get('drop').strings.length > 0) settings.push('capabilities.drop');
  for (const key of ['seccompProfile', 'appArmorProfile'] as const) {
    const type = container.effective(key).get('type').string;
    if (type === 'RuntimeDefault' || type === 'Localhost') settings.push(key);
  }
  return settings.join(' and ');
}
