import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { judgeValue } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-event-qps',
  title: 'Kubelet drops events or sends them without limit',
  category: 'node',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    few: 'the kubelet drops events: {name} is {state}',
    flood: 'the kubelet sends events without limit: {name} is 0',
  },
  check(project, context) {
    judgeValue(
      project,
      'eventRecordQPS',
      (value) => typeof value === 'number' && value >= 0 && value < 5,
      (setting, wider) => {
        const { node, ...place } = setting.place;
        const state = String(setting.value);
        const { name } = setting;
        if (setting.value === 0) context.report(node, 'flood', { ...place, ...wider, data: { name } });
        else context.report(node, 'few', { ...place, ...wider, data: { name, state } });
      },
      'good',
    );
  },
  docs: {
    why: 'Events tell what happened to pods and images. A small limit loses them when many things happen, which is when they are wanted; none at all lets one node flood the API server.',
    fix: 'Drop the field: it is 50 by default.',
    frameworks: { cis: ['4.2.8'], nsa: ['L1'] },
    equivalents: { trivy: ['KCV-0087'], kubescape: ['C-0179'], checkov: ['CKV_K8S_147'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'one a second',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
eventRecordQPS: 1 # finding: few`,
        },
        {
          title: 'no limit',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
eventRecordQPS: 0 # finding: flood`,
        },
      ],
      good: [
        {
          title: 'the default',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
eventRecordQPS: 50`,
        },
      ],
    },
  },
});
