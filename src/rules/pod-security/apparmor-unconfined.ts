import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { type AppArmorSetting, appArmorAnnotations, appArmorOf } from '../../k8s/pod-security/apparmor.ts';
import { forLinux } from './_hardening.ts';

export default defineRule({
  id: 'apparmor-unconfined',
  title: 'AppArmor switched off',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: { unconfined: '{who} without AppArmor: {source} says Unconfined{note}' },
  check(pod, context) {
    const annotations = appArmorAnnotations(pod);
    const unconfined: { readonly setting: AppArmorSetting; readonly containers: ContainerView[] }[] = [];
    for (const container of pod.containers) {
      const setting = appArmorOf(container, annotations, context.minor);
      if (setting?.unconfined !== true) continue;
      // A profile of the pod decides for several containers, and is one fault.
      const same = unconfined.find((each) => each.setting.node.path === setting.node.path);
      if (same === undefined) unconfined.push({ setting, containers: [container] });
      else same.containers.push(container);
    }
    if (unconfined.length === 0 || !forLinux(pod)) return;
    for (const { setting, containers } of unconfined) {
      const worst: Severity = containers.every(({ privileged }) => privileged) ? 'info' : 'medium';
      const subject = containers.length === 1 ? containers[0]! : pod;
      const judged = judgeNodeAgent(worst, subject, context.options);
      if (judged === undefined) continue;
      const names = containers.map(({ name }) => `"${name}"`).join(', ');
      const source = setting.source === 'annotation' ? 'the annotation' : 'appArmorProfile.type';
      context.report(setting.node, 'unconfined', {
        data: {
          who: containers.length === 1 ? `container ${names} runs` : `containers ${names} run`,
          source,
          note: judged.note,
        },
        severity: judged.severity,
        fix: {
          title: 'Use the profile of the runtime',
          safety: 'hardening',
          changes: [
            {
              op: 'set',
              path: setting.node.steps,
              value: setting.source === 'annotation' ? 'runtime/default' : 'RuntimeDefault',
            },
          ],
        },
      });
    }
  },
  docs: {
    why: "On nodes with AppArmor the runtime's profile keeps a container from writing to /proc and /sys and from mounting. Without it one bug fewer is needed to get out.",
    fix: 'Use `RuntimeDefault` (as an annotation `runtime/default`), or a `Localhost` profile that allows what the program needs.',
    frameworks: { cis: ['5.6.3'], nsa: ['P6'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: { trivy: ['KSV-0002'], kubeaudit: ['AppArmorDisabled'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/apparmor/'],
    examples: {
      bad: [
        {
          title: 'the field',
          in: 'container',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: Unconfined # finding',
        },
        {
          title: 'the annotation',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: unconfined # finding',
        },
        {
          title: 'the annotation beats the field of the pod',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: unconfined # finding\nsecurityContext:\n  appArmorProfile:\n    type: RuntimeDefault',
        },
        {
          title: 'the pod, told once',
          in: 'pod',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: Unconfined # finding\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n  - name: proxy\n    image: registry.example.com/proxy:1.0.0',
        },
      ],
      good: [
        {
          title: 'the profile of the runtime',
          in: 'pod',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: RuntimeDefault',
        },
        {
          title: 'the container overrides the pod',
          in: 'pod',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: Unconfined\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      appArmorProfile:\n        type: RuntimeDefault',
        },
        {
          title: 'a cluster that does not know the field',
          in: 'pod',
          since: '1.29',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: Unconfined',
        },
      ],
    },
  },
});
