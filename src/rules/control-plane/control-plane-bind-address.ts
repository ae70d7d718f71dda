import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { isLoopback } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'control-plane-bind-address',
  title: 'Controller manager or scheduler listens on every interface',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    explicit: '{component} serves on {address}, where other machines reach it',
    default: '{component} serves on every interface, as it does without --bind-address',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-controller-manager', 'kube-scheduler')) {
      const { component } = view;
      const flag = view.flag('bind-address');
      if (view.value('secure-port') === '0') continue;
      if (flag === undefined) {
        if (view.complete) context.report(view.anchor, 'default', { data: { component }, preset: 'strict' });
        continue;
      }
      if (!flag.known || isLoopback(flag.value)) continue;
      const { node, ...place } = flag.place;
      const changes = flag.change('127.0.0.1');
      const fix =
        changes === undefined
          ? {}
          : { fix: { title: 'Serve on the loopback address', safety: 'hardening', changes } as const };
      context.report(node, 'explicit', { ...place, data: { component, address: flag.value }, ...fix });
    }
  },
  docs: {
    why: 'The port serves metrics and health, and profiles where profiling is on. Nobody outside of the node needs it unless metrics are scraped from there.',
    fix: 'Set `--bind-address=127.0.0.1`, as kubeadm does.',
    frameworks: { cis: ['1.3.7', '1.4.2'], nsa: ['N4'], mitre: ['T1133'] },
    equivalents: {
      trivy: ['KCV-0039', 'KCV-0041'],
      kubescape: ['C-0150', 'C-0152'],
      checkov: ['CKV_K8S_113', 'CKV_K8S_115'],
    },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/'],
    examples: {
      bad: [
        {
          title: 'opened',
          in: 'container',
          yaml: example('kube-scheduler', ['--bind-address=0.0.0.0 # finding: explicit']),
        },
        {
          title: 'left open',
          in: 'container',
          yaml: example('kube-controller-manager', ['--leader-elect=true'], 'default'),
        },
      ],
      good: [
        {
          title: 'this node alone',
          in: 'container',
          yaml: example('kube-scheduler', ['--bind-address=127.0.0.1']),
        },
      ],
    },
  },
});
