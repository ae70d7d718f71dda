import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { judgeValue } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-pod-pids-limit',
  title: 'One pod may use up all process ids of its node',
  category: 'node',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    bad: 'one pod may use up the process ids of its node: {name} is {state}',
  },
  check(project, context) {
    judgeValue(
      project,
      'podPidsLimit',
      (value) => typeof value === 'number' && (value <= 0 || value > 32_768),
      (setting, wider) => {
        const { node, ...place } = setting.place;
        const state = setting.missing ? 'not set' : String(setting.value);
        const severity = setting.missing ? 'low' : 'medium';
        context.report(node, 'bad', { ...place, ...wider, data: { name: setting.name, state }, severity });
      },
      'bad',
    );
  },
  docs: {
    why: 'A process that forks without end takes every process id of the node, and with them the kubelet and all other pods. The limit is for a pod as a whole.',
    fix: 'Set `podPidsLimit: 4096`, or what the largest workload needs.',
    frameworks: { cis: ['4.2.13'], nsa: ['N3'], mitre: ['T1499'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'no limit',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
podPidsLimit: -1 # finding: bad`,
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
          title: 'a limit',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
podPidsLimit: 4096`,
        },
      ],
    },
  },
});
