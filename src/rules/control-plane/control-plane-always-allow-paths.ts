import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'control-plane-always-allow-paths',
  title: 'Paths of a component need no authorization',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { open: 'path "{path}" of {component} needs no authorization' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-controller-manager', 'kube-scheduler', 'cloud-controller-manager')) {
      for (const { text, place } of view.words('authorization-always-allow-paths')) {
        if (HARMLESS.test(text)) continue;
        const { node, ...part } = place;
        context.report(node, 'open', { ...part, data: { path: text, component: view.component } });
      }
    }
  },
  docs: {
    why: 'Metrics name objects of all namespaces, and profiles hold memory of the component. On these paths everyone who reaches the port may read them.',
    fix: 'Leave `/healthz,/readyz,/livez` and give scrapers a role for `/metrics`.',
    frameworks: { nsa: ['A1'], mitre: ['T1613'] },
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/'],
    examples: {
      bad: [
        {
          title: 'metrics for everyone',
          in: 'container',
          yaml: example('kube-controller-manager', [
            '--authorization-always-allow-paths=/healthz,/metrics # finding: open',
          ]),
        },
      ],
      good: [
        {
          title: 'health alone',
          in: 'container',
          yaml: example('kube-controller-manager', ['--authorization-always-allow-paths=/healthz,/readyz,/livez']),
        },
      ],
    },
  },
});

const HARMLESS = /^\/(?:healthz|livez|readyz)(?:\/[^*]*)?$/;
