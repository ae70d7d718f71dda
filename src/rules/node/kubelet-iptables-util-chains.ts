import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { fixOf, judgeValue } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-iptables-util-chains',
  title: 'Kubelet does not keep its iptables chains',
  category: 'node',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    bad: 'the kubelet does not keep its iptables chains: {name} is {state}',
  },
  check(project, context) {
    judgeValue(
      project,
      'makeIPTablesUtilChains',
      (value) => value === false,
      (setting, wider) => {
        const { node, ...place } = setting.place;
        const state = setting.missing ? 'not set' : 'false';
        const severity = setting.missing ? 'low' : 'medium';
        const fix = fixOf(setting, 'Set it to true', 'hardening', true);
        context.report(node, 'bad', { ...place, ...wider, data: { name: setting.name, state }, severity, ...fix });
      },
      'good',
    );
  },
  docs: {
    why: 'The chains mark packets that must not leave and drop what claims to come from the loopback address. Without them the rules of the node depend on whoever wrote them last.',
    fix: 'Drop the field: it is true by default.',
    frameworks: { cis: ['4.2.6'], nsa: ['N4'] },
    equivalents: { trivy: ['KCV-0084'], kubescape: ['C-0177'], checkov: ['CKV_K8S_145'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'switched off',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
makeIPTablesUtilChains: false # finding: bad`,
        },
      ],
      good: [
        {
          title: 'set',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
makeIPTablesUtilChains: true`,
        },
      ],
    },
  },
});
