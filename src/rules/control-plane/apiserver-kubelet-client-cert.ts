import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-kubelet-client-cert',
  title: 'API server has no client certificate for kubelets',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { missing: 'kube-apiserver reaches kubelets as anonymous: {flags} not set' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const unset = ['kubelet-client-certificate', 'kubelet-client-key'].filter((name) => !view.sets(name));
      if (unset.length === 0 || !view.complete) continue;
      const flags = `${unset.map((name) => `--${name}`).join(' and ')} ${unset.length > 1 ? 'are' : 'is'}`;
      context.report(view.anchor, 'missing', { data: { flags } });
    }
  },
  docs: {
    why: 'A kubelet that authenticates its clients then refuses logs, exec and port-forward. Where they work all the same, the kubelet lets anonymous callers run commands in its pods.',
    fix: 'Set `--kubelet-client-certificate` and `--kubelet-client-key`.',
    frameworks: { cis: ['1.2.4'], nsa: ['N4'], mitre: ['T1133'] },
    equivalents: { trivy: ['KCV-0005'], kubescape: ['C-0116'], checkov: ['CKV_K8S_72'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/'],
    examples: {
      bad: [
        {
          title: 'no certificate',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'missing'),
        },
        {
          title: 'half of it',
          in: 'container',
          yaml: example('kube-apiserver', ['--kubelet-client-key=/etc/kubernetes/pki/client.key'], 'missing'),
        },
      ],
      good: [
        {
          title: 'certificate and key',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt',
            '--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key',
          ]),
        },
      ],
    },
  },
});
