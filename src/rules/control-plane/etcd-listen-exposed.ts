import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { hostOf, isEveryInterface, isLoopback } from '../../k8s/control-plane/values.ts';
import { componentsOf, example, presetOf } from './_component.ts';

export default defineRule({
  id: 'etcd-listen-exposed',
  title: 'etcd listens on every interface or lets browsers in',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    metrics: 'etcd serves metrics at {url} without TLS or authentication',
    every: 'etcd serves clients on every interface of the node: {url}',
    origin: '--{flag}=* lets any site or host talk to etcd',
    pprof: 'etcd serves profiles at /debug/pprof: --enable-pprof is true',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'etcd')) {
      const wider = { preset: 'strict', ...presetOf(view) } as const;
      for (const { text, place } of view.words('listen-metrics-urls')) {
        if (!text.startsWith('http://') || isLoopback(hostOf(text))) continue;
        const { node, ...part } = place;
        context.report(node, 'metrics', { ...part, ...wider, data: { url: text } });
      }
      for (const { text, place } of view.words('listen-client-urls')) {
        if (!text.startsWith('https://') || !isEveryInterface(hostOf(text))) continue;
        const { node, ...part } = place;
        context.report(node, 'every', { ...part, ...wider, data: { url: text } });
      }
      for (const name of ['cors', 'host-whitelist']) {
        const flag = view.flag(name);
        if (flag?.value !== '*') continue;
        const { node, ...part } = flag.place;
        context.report(node, 'origin', { ...part, ...presetOf(view), data: { flag: name } });
      }
      const pprof = view.flag('enable-pprof');
      if (pprof === undefined || view.boolean('enable-pprof', false) !== true) continue;
      const { node, ...part } = pprof.place;
      context.report(node, 'pprof', { ...part, ...wider, severity: 'low' });
    }
  },
  docs: {
    why: 'Only API servers and peers have business with etcd. A port on every interface is one that pods reach, and metrics without TLS name what is stored.',
    fix: 'Listen on the address that the API servers use, and serve metrics on the loopback address: `--listen-metrics-urls=http://127.0.0.1:2381`.',
    frameworks: { nsa: ['N5'], mitre: ['T1133'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#limiting-access-of-etcd-clusters',
    ],
    examples: {
      bad: [
        {
          title: 'metrics and clients everywhere',
          in: 'container',
          yaml: example('etcd', [
            '--listen-metrics-urls=http://0.0.0.0:2381 # finding: metrics',
            '--listen-client-urls=https://0.0.0.0:2379 # finding: every',
            "'--cors=*' # finding: origin",
            '--enable-pprof # finding: pprof',
          ]),
        },
      ],
      good: [
        {
          title: 'as kubeadm writes it',
          in: 'container',
          yaml: example('etcd', [
            '--listen-metrics-urls=http://127.0.0.1:2381',
            '--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.5:2379',
          ]),
        },
      ],
    },
  },
});
