import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-serving-cert',
  title: 'API server serves a certificate that it made itself',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { missing: 'kube-apiserver serves a self-signed certificate that clients cannot verify: {flags} not set' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const unset = ['tls-cert-file', 'tls-private-key-file'].filter((name) => !view.sets(name));
      if (unset.length === 0 || !view.complete || view.sets('tls-sni-cert-key')) continue;
      const flags = `${unset.map((name) => `--${name}`).join(' and ')} ${unset.length > 1 ? 'are' : 'is'}`;
      context.report(view.anchor, 'missing', { data: { flags } });
    }
  },
  docs: {
    why: 'Clients then have to skip verification, and whoever answers in the place of the API server gets their tokens.',
    fix: 'Set `--tls-cert-file` and `--tls-private-key-file`.',
    frameworks: { cis: ['1.2.24'], nsa: ['N4'], mitre: ['T1557'] },
    equivalents: { trivy: ['KCV-0027'], kubescape: ['C-0138'], checkov: ['CKV_K8S_100'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        {
          title: 'no certificate',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'missing'),
        },
      ],
      good: [
        {
          title: 'certificate and key',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--tls-cert-file=/etc/kubernetes/pki/apiserver.crt',
            '--tls-private-key-file=/etc/kubernetes/pki/apiserver.key',
          ]),
        },
      ],
    },
  },
});
