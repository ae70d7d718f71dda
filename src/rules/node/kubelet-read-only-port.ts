import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from '../control-plane/_component.ts';
import { fixOf, kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-read-only-port',
  title: 'Kubelet serves its read-only port',
  category: 'node',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { open: 'kubelet shows pods and metrics on port {port} without authentication: {name} is {state}' },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      const setting = kubelet.setting('readOnlyPort');
      const { node, ...place } = setting.place;
      const { name, value } = setting;
      if (typeof value === 'number' && value !== 0) {
        const fix = fixOf(setting, 'Close the port', 'safe', 0);
        context.report(node, 'open', { ...place, data: { port: value, name, state: String(value) }, ...fix });
      } else if (setting.missing && kubelet.defaults === 'flags') {
        context.report(node, 'open', { ...place, data: { port: 10255, name, state: 'not set' } });
      }
    }
  },
  docs: {
    why: 'The port serves the specification of every pod of the node, values of environment variables included, and metrics, to anyone who asks.',
    fix: 'Set `readOnlyPort: 0` (the default of the configuration file), or `--read-only-port=0` for a kubelet without one.',
    frameworks: { cis: ['4.2.4'], nsa: ['N4'], mitre: ['T1613'] },
    equivalents: { trivy: ['KCV-0082'], kubescape: ['C-0175'], checkov: ['CKV_K8S_141'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/'],
    examples: {
      bad: [
        {
          title: 'the usual port',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 10255 # finding: open`,
        },
        {
          title: 'the old default of the flag',
          in: 'container',
          yaml: example('kubelet', ['--anonymous-auth=false'], 'open'),
        },
      ],
      good: [
        {
          title: 'closed',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 0`,
        },
        { title: 'closed by flag', in: 'container', yaml: example('kubelet', ['--read-only-port=0']) },
      ],
    },
  },
});
