import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { fixOf, judgeValue } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-seccomp-default',
  title: 'Pods without a seccomp profile run unconfined',
  category: 'node',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    bad: 'pods without a seccomp profile run unconfined: {name} is {state}',
  },
  check(project, context) {
    judgeValue(
      project,
      'seccompDefault',
      (value) => value === false,
      (setting, wider) => {
        const { node, ...place } = setting.place;
        const state = setting.missing ? 'not set' : 'false';
        const severity = setting.missing ? 'low' : 'medium';
        const fix = fixOf(setting, 'Set it to true', 'hardening', true);
        context.report(node, 'bad', { ...place, ...wider, data: { name: setting.name, state }, severity, ...fix });
      },
      'bad',
    );
  },
  docs: {
    why: 'A container without a profile may use every system call of the kernel, and most ways out of a container begin with a rare one. With this set the profile of the container runtime is used instead.',
    fix: 'Set `seccompDefault: true`.',
    frameworks: { cis: ['4.2.14'], nsa: ['P4'], mitre: ['T1611'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'switched off',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
seccompDefault: false # finding: bad`,
        },
        {
          title: 'left out',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration # finding: bad
cgroupDriver: systemd
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local`,
        },
      ],
      good: [
        {
          title: 'set',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
seccompDefault: true`,
        },
      ],
    },
  },
});
