import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { fixOf, judgeValue } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-protect-kernel-defaults',
  title: 'Kubelet changes kernel tunables by itself',
  category: 'node',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    bad: 'the kubelet changes kernel tunables instead of stopping where they differ: {name} is {state}',
  },
  check(project, context) {
    judgeValue(
      project,
      'protectKernelDefaults',
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
    why: 'The kubelet needs some kernel parameters and sets them silently where they differ. Set, it stops instead, so that a node whose kernel was tuned by someone is noticed.',
    fix: 'Set the parameters on the node (`vm.overcommit_memory=1`, `kernel.panic=10`, `kernel.panic_on_oops=1`), then `protectKernelDefaults: true`.',
    frameworks: { nsa: ['N4'] },
    equivalents: { trivy: ['KCV-0083'], kubescape: ['C-0176'], checkov: ['CKV_K8S_144'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'switched off',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
protectKernelDefaults: false # finding: bad`,
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
protectKernelDefaults: true`,
        },
      ],
    },
  },
});
