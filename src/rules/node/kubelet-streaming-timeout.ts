import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { durationSeconds } from '../../k8s/control-plane/values.ts';
import { example } from '../control-plane/_component.ts';
import { kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-streaming-timeout',
  title: 'Idle exec and attach sessions are never closed',
  category: 'node',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    never: 'idle exec, attach and port-forward sessions are never closed: {name} is 0',
  },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      const setting = kubelet.setting('streamingConnectionIdleTimeout');
      // In a file zero is what an unset duration looks like, and the default takes its place: kubeadm writes it so.
      if (setting.field !== undefined || typeof setting.value !== 'string' || durationSeconds(setting.value) !== 0)
        continue;
      const { node, ...place } = setting.place;
      context.report(node, 'never', { ...place, data: { name: setting.name } });
    }
  },
  docs: {
    why: 'A session that is never closed stays open when its user has gone, and each of them holds a connection and memory on the node.',
    fix: 'Drop it: the default is four hours. `5m` closes what is idle soon.',
    frameworks: { cis: ['4.2.5'], nsa: ['N4'], mitre: ['T1499'] },
    equivalents: { trivy: ['KCV-0085'], kubescape: ['C-0177'], checkov: ['CKV_K8S_143'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'the flag',
          in: 'container',
          yaml: example('kubelet', ['--streaming-connection-idle-timeout=0 # finding: never']),
        },
      ],
      good: [
        {
          title: 'zero in a file is the default',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
streamingConnectionIdleTimeout: 0s`,
        },
        {
          title: 'five minutes',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
streamingConnectionIdleTimeout: 5m`,
        },
      ],
    },
  },
});
