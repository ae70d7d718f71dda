import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { hostOf, isLoopback } from '../../k8s/control-plane/values.ts';
import { componentsOf, example, presetOf } from './_component.ts';

export default defineRule({
  id: 'etcd-client-tls',
  title: 'etcd serves clients without TLS or without certificates',
  category: 'control-plane',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    plain: 'etcd serves clients at {url} without encryption: the whole cluster state, secrets included',
    'no-certificate': 'etcd has no serving certificate: {flags} not set',
    anyone: 'etcd asks clients for no certificate: --client-cert-auth is not true',
    'no-ca': '--client-cert-auth is true and --trusted-ca-file is not set: etcd does not start',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'etcd')) {
      const wider = presetOf(view);
      const urls = [...view.words('listen-client-urls'), ...view.words('advertise-client-urls')];
      const plain = urls.find(({ text }) => text.startsWith('http://') && !isLoopback(hostOf(text)));
      if (plain !== undefined) {
        const { node, ...place } = plain.place;
        context.report(node, 'plain', { ...place, ...wider, data: { url: plain.text } });
        continue;
      }
      const auth = view.boolean('client-cert-auth', false);
      const flag = view.flag('client-cert-auth');
      const { node, ...place } = flag?.place ?? { node: view.anchor };
      if (view.complete && view.boolean('auto-tls', false) === false) {
        const unset = ['cert-file', 'key-file'].filter((name) => !view.sets(name));
        if (unset.length > 0) {
          const flags = `${unset.map((name) => `--${name}`).join(' and ')} ${unset.length > 1 ? 'are' : 'is'}`;
          context.report(view.anchor, 'no-certificate', { ...wider, data: { flags }, severity: 'high' });
          continue;
        }
      }
      if (auth === true && view.complete && !view.sets('trusted-ca-file')) {
        context.report(node, 'no-ca', { ...place, ...wider, severity: 'high' });
      } else if (auth === false) {
        const changes = view.sets('trusted-ca-file') ? flag?.change('true') : undefined;
        const fix =
          changes === undefined
            ? {}
            : { fix: { title: 'Ask for certificates', safety: 'hardening', changes } as const };
        context.report(node, 'anyone', { ...place, ...wider, severity: 'high', ...fix });
      }
    }
  },
  docs: {
    why: 'Whoever may talk to etcd reads every secret and writes every object, past authentication, authorization, admission and audit.',
    fix: 'Serve `https://` with `--cert-file` and `--key-file`, and set `--client-cert-auth=true` with `--trusted-ca-file`.',
    frameworks: { cis: ['2.1', '2.2'], nsa: ['N5'], mitre: ['T1552.007', 'T1190'] },
    equivalents: {
      trivy: ['KCV-0042', 'KCV-0043'],
      kubescape: ['C-0153', 'C-0154'],
      checkov: ['CKV_K8S_116', 'CKV_K8S_117'],
    },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters'],
    examples: {
      bad: [
        {
          title: 'plain HTTP',
          in: 'container',
          yaml: example('etcd', ['--listen-client-urls=http://0.0.0.0:2379 # finding: plain']),
        },
        {
          title: 'no certificate asked for',
          in: 'container',
          yaml: example(
            'etcd',
            ['--listen-client-urls=https://10.0.0.5:2379', '--cert-file=/pki/server.crt', '--key-file=/pki/server.key'],
            'anyone',
          ),
        },
        {
          title: 'half a pair',
          in: 'container',
          yaml: example('etcd', ['--cert-file=/pki/server.crt', '--client-cert-auth=true'], 'no-certificate'),
        },
        {
          title: 'certificates of nobody',
          in: 'container',
          yaml: example('etcd', [
            '--cert-file=/pki/server.crt',
            '--key-file=/pki/server.key',
            '--client-cert-auth=true # finding: no-ca',
          ]),
        },
      ],
      good: [
        {
          title: 'mutual TLS',
          in: 'container',
          yaml: example('etcd', [
            '--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.5:2379',
            '--cert-file=/etc/kubernetes/pki/etcd/server.crt',
            '--key-file=/etc/kubernetes/pki/etcd/server.key',
            '--client-cert-auth=true',
            '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt',
          ]),
        },
      ],
    },
  },
});
