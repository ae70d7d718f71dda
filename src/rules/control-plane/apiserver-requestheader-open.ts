import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-requestheader-open',
  title: 'Any front-proxy certificate may name any user',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    clients:
      'every client certificate may act as any user: --requestheader-client-ca-file is --client-ca-file, and --requestheader-allowed-names is not set',
    anyone:
      'every certificate signed by {ca} may act as any user through X-Remote-* headers: --requestheader-allowed-names is not set',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const flag = view.flag('requestheader-client-ca-file');
      if (flag === undefined || flag.value === '' || !flag.known) continue;
      const names = view.words('requestheader-allowed-names');
      if (names.length > 0 || !(view.complete || view.has('requestheader-allowed-names'))) continue;
      const { node, ...place } = flag.place;
      if (flag.value === view.value('client-ca-file'))
        context.report(node, 'clients', { ...place, severity: 'critical' });
      else context.report(node, 'anyone', { ...place, data: { ca: flag.value }, severity: 'medium', preset: 'strict' });
    }
  },
  docs: {
    why: 'The API server believes `X-Remote-User` and `X-Remote-Group` of whoever presents a certificate of this authority. Without a list of names that is every certificate it ever signed; where it is also the authority of ordinary clients, every user can become `system:masters`.',
    fix: 'Keep an authority for the front proxy alone and set `--requestheader-allowed-names=front-proxy-client`.',
    frameworks: { nsa: ['A1'], mitre: ['T1078'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/'],
    examples: {
      bad: [
        {
          title: 'the authority of all clients',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--client-ca-file=/etc/kubernetes/pki/ca.crt',
            '--requestheader-client-ca-file=/etc/kubernetes/pki/ca.crt # finding: clients',
          ]),
        },
        {
          title: 'an authority of its own, any name',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--client-ca-file=/etc/kubernetes/pki/ca.crt',
            '--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt # finding: anyone',
          ]),
        },
      ],
      good: [
        {
          title: 'one name',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--client-ca-file=/etc/kubernetes/pki/ca.crt',
            '--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt',
            '--requestheader-allowed-names=front-proxy-client',
          ]),
        },
      ],
    },
  },
});
