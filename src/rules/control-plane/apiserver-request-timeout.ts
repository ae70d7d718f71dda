import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { durationSeconds } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-request-timeout',
  title: 'Request timeout or flow control is far from its default',
  category: 'control-plane',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    long: '--request-timeout={value} keeps slow requests open',
    short: '--request-timeout={value} cuts ordinary requests off',
    flow: '--{flag}={value} leaves the API server without flow control',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const timeout = view.flag('request-timeout');
      const seconds = durationSeconds(timeout?.value);
      if (timeout !== undefined && seconds !== undefined) {
        const { node, ...place } = timeout.place;
        const data = { value: timeout.value };
        if (seconds > 300 || seconds <= 0) context.report(node, 'long', { ...place, data });
        else if (seconds < 10) context.report(node, 'short', { ...place, data });
      }
      const fairness = view.flag('enable-priority-and-fairness');
      const fair = view.boolean('enable-priority-and-fairness', true);
      const unlimited = ['max-requests-inflight', 'max-mutating-requests-inflight'].every(
        (name) => view.value(name) === '0',
      );
      const flag = fair === false ? fairness : unlimited ? view.flag('max-requests-inflight') : undefined;
      if (flag === undefined) continue;
      const { node, ...place } = flag.place;
      context.report(node, 'flow', { ...place, data: { flag: flag.name, value: flag.value } });
    }
  },
  docs: {
    why: 'A timeout of many minutes lets a few slow clients hold the server; none of seconds is enough for a large list. Without limits on requests one client can take everything.',
    fix: 'Drop the flags: the timeout is a minute, and priority and fairness share the server out.',
    frameworks: { cis: ['1.2.20'], nsa: ['N4'], mitre: ['T1499'] },
    equivalents: { kubescape: ['C-0134'] },
    references: ['https://kubernetes.io/docs/concepts/cluster-administration/flow-control/'],
    limits: 'CIS and Checkov also want the timeout to be written where the default is meant; this rule does not.',
    examples: {
      bad: [
        {
          title: 'an hour',
          in: 'container',
          yaml: example('kube-apiserver', ['--request-timeout=1h # finding: long']),
        },
        {
          title: 'no sharing',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--request-timeout=2s # finding: short',
            '--enable-priority-and-fairness=false # finding: flow',
          ]),
        },
      ],
      good: [{ title: 'five minutes', in: 'container', yaml: example('kube-apiserver', ['--request-timeout=300s']) }],
    },
  },
});
