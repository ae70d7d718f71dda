import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { integer } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-secure-port-zero',
  title: 'Secure port is off or out of range',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    refused: '--secure-port={value} is no port between 1 and 65535, so kube-apiserver does not start',
    off: '--secure-port=0 switches off the health and metrics endpoints of {component}',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler')) {
      const flag = view.flag('secure-port');
      const port = flag?.known === true ? integer(flag.value) : undefined;
      if (flag === undefined || port === undefined) continue;
      const { node, ...place } = flag.place;
      if (view.component !== 'kube-apiserver') {
        if (port !== 0) continue;
        const { component } = view;
        context.report(node, 'off', { ...place, data: { component }, severity: 'low', preset: 'all' });
      } else if (port < 1 || port > 65_535) {
        const changes = flag.change('6443');
        const fix =
          changes === undefined ? {} : { fix: { title: 'Serve on port 6443', safety: 'safe', changes } as const };
        context.report(node, 'refused', { ...place, data: { value: flag.value }, ...fix });
      }
    }
  },
  docs: {
    why: 'The API server has no other port any more: with this one off it ends at once, and the control plane with it.',
    fix: 'Set `--secure-port=6443`.',
    frameworks: { unmapped: 'CIS dropped the item when the server began to refuse the value' },
    equivalents: { trivy: ['KCV-0017'], kubescape: ['C-0128'], checkov: ['CKV_K8S_89'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        {
          title: 'no port',
          in: 'container',
          yaml: example('kube-apiserver', ['--secure-port=0 # finding: refused']),
        },
        {
          title: 'a scheduler without health checks',
          in: 'container',
          yaml: example('kube-scheduler', ['--secure-port=0 # finding: off']),
        },
      ],
      good: [{ title: 'the usual port', in: 'container', yaml: example('kube-apiserver', ['--secure-port=6443']) }],
    },
  },
});
