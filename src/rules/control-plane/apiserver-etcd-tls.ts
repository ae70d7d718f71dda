import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { hostOf, isLoopback } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-etcd-tls',
  title: 'API server talks to etcd without mutual TLS',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    plain: 'kube-apiserver talks to etcd at {url} without encryption',
    incomplete: 'kube-apiserver {fault}: {flags} not set',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const servers = view.words('etcd-servers');
      // Without servers there is nothing to judge; a socket is a store of another kind behind kine.
      if (servers.length === 0 || !view.knows('etcd-servers')) continue;
      if (servers.some(({ text }) => text.startsWith('unix:') || text.includes('.sock'))) continue;
      const plain = servers.find(({ text }) => text.startsWith('http://'));
      if (plain !== undefined) {
        const { node, ...place } = plain.place;
        const severity = isLoopback(hostOf(plain.text)) ? 'high' : 'critical';
        context.report(node, 'plain', { ...place, data: { url: plain.text }, severity });
        continue;
      }
      if (!view.complete) continue;
      const { node, ...place } = servers[0]!.flag.origin === 'kubeadm' ? { node: view.anchor } : servers[0]!.place;
      const unset = ['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'].filter((name) => !view.sets(name));
      if (unset.length === 0) continue;
      const fault =
        unset[0] !== 'etcd-cafile'
          ? 'has no client certificate for etcd'
          : unset.length === 1
            ? 'does not verify etcd'
            : 'neither verifies etcd nor has a client certificate for it';
      const names = unset.map((name) => `--${name}`);
      const flags = names.length === 1 ? `${names[0]} is` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are`;
      context.report(node, 'incomplete', { ...place, data: { fault, flags } });
    }
  },
  docs: {
    why: 'etcd holds every secret and every object. On a connection that is not encrypted they can be read, on one that is not verified someone else can answer, and an etcd that accepts clients without a certificate accepts all of them.',
    fix: 'Use `https://` and set `--etcd-cafile`, `--etcd-certfile` and `--etcd-keyfile`.',
    frameworks: { cis: ['1.2.23', '1.2.26'], nsa: ['N5'], mitre: ['T1557'] },
    equivalents: {
      trivy: ['KCV-0026', 'KCV-0029'],
      kubescape: ['C-0137', 'C-0140'],
      checkov: ['CKV_K8S_99', 'CKV_K8S_102'],
    },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters'],
    examples: {
      bad: [
        {
          title: 'plain HTTP',
          in: 'container',
          yaml: example('kube-apiserver', ['--etcd-servers=http://10.0.0.5:2379 # finding: plain']),
        },
        {
          title: 'TLS on one side',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--etcd-servers=https://10.0.0.5:2379 # finding: incomplete',
            '--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt',
            '--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt',
          ]),
        },
        {
          title: 'nothing verified',
          in: 'container',
          yaml: example('kube-apiserver', ['--etcd-servers=https://10.0.0.5:2379 # finding: incomplete']),
        },
      ],
      good: [
        {
          title: 'both sides verified',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--etcd-servers=https://127.0.0.1:2379',
            '--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt',
            '--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt',
            '--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key',
          ]),
        },
      ],
    },
  },
});
