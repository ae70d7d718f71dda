import { defineRule } from '../../engine/rule.ts';
import type { ComponentView } from '../../k8s/control-plane/component-view.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { hostOf, isLoopback } from '../../k8s/control-plane/values.ts';
import { componentsOf, example, presetOf } from './_component.ts';

export default defineRule({
  id: 'etcd-peer-tls',
  title: 'etcd members do not authenticate each other',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    plain: 'etcd talks to its peers at {url} without encryption',
    'no-certificate': 'etcd has no certificate for its peers: {flags} not set',
    anyone: 'etcd asks its peers for no certificate: --peer-client-cert-auth is not true',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'etcd')) {
      // A single member that listens on the loopback address has no peers.
      const alone = isAlone(view);
      const wider = alone ? ({ preset: 'strict', severity: 'low', ...presetOf(view) } as const) : presetOf(view);
      const plain = view
        .words('listen-peer-urls')
        .find(({ text }) => text.startsWith('http://') && !isLoopback(hostOf(text)));
      if (plain !== undefined) {
        const { node, ...place } = plain.place;
        context.report(node, 'plain', { ...place, ...wider, data: { url: plain.text } });
        continue;
      }
      if (view.boolean('peer-auto-tls', false) !== false) continue;
      const unset = ['peer-cert-file', 'peer-key-file'].filter((name) => !view.sets(name));
      if (unset.length > 0) {
        if (!view.complete) continue;
        const flags = `${unset.map((name) => `--${name}`).join(' and ')} ${unset.length > 1 ? 'are' : 'is'}`;
        context.report(view.anchor, 'no-certificate', { ...wider, data: { flags } });
      } else if (view.boolean('peer-client-cert-auth', false) === false) {
        const flag = view.flag('peer-client-cert-auth');
        const { node, ...place } = flag?.place ?? { node: view.anchor };
        const changes = view.sets('peer-trusted-ca-file') ? flag?.change('true') : undefined;
        const fix =
          changes === undefined
            ? {}
            : { fix: { title: 'Ask for certificates', safety: 'hardening', changes } as const };
        context.report(node, 'anyone', { ...place, ...wider, ...fix });
      }
    }
  },
  docs: {
    why: 'A member of the cluster gets everything that is stored and may write everything. Where peers are not authenticated, whoever reaches the port can become one.',
    fix: 'Use `https://` for peers and set `--peer-cert-file`, `--peer-key-file`, `--peer-trusted-ca-file` and `--peer-client-cert-auth=true`.',
    frameworks: { cis: ['2.4', '2.5'], nsa: ['N5'], mitre: ['T1557'] },
    equivalents: { trivy: ['KCV-0045', 'KCV-0046'], kubescape: ['C-0156', 'C-0157'], checkov: ['CKV_K8S_119'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters'],
    examples: {
      bad: [
        {
          title: 'plain HTTP',
          in: 'container',
          yaml: example('etcd', ['--listen-peer-urls=http://10.0.0.5:2380 # finding: plain']),
        },
        {
          title: 'no certificate asked for',
          in: 'container',
          yaml: example('etcd', [
            '--listen-peer-urls=https://10.0.0.5:2380',
            '--peer-cert-file=/pki/peer.crt',
            '--peer-key-file=/pki/peer.key',
            '--peer-client-cert-auth=false # finding: anyone',
          ]),
        },
        {
          title: 'no certificate',
          in: 'container',
          yaml: example('etcd', ['--listen-peer-urls=https://10.0.0.5:2380'], 'no-certificate'),
        },
      ],
      good: [
        {
          title: 'mutual TLS',
          in: 'container',
          yaml: example('etcd', [
            '--listen-peer-urls=https://10.0.0.5:2380',
            '--peer-cert-file=/pki/peer.crt',
            '--peer-key-file=/pki/peer.key',
            '--peer-client-cert-auth=true',
            '--peer-trusted-ca-file=/pki/ca.crt',
          ]),
        },
      ],
    },
  },
});

function isAlone(view: ComponentView): boolean {
  const members = view.words('initial-cluster');
  const urls = view.words('listen-peer-urls');
  // etcd listens for peers on the loopback address unless it is told otherwise.
  return members.length <= 1 && view.complete && urls.every(({ text }) => isLoopback(hostOf(text)));
}
