import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-kubelet-ca-missing',
  title: 'API server does not verify kubelets',
  category: 'control-plane',
  severity: 'medium',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing: 'kube-apiserver does not verify kubelets: --kubelet-certificate-authority is not set',
    plain: 'kube-apiserver talks to kubelets without encryption: --kubelet-https is false',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const https = view.flag('kubelet-https');
      if (https !== undefined && (view.minor ?? context.minor) < 22 && view.boolean('kubelet-https', true) === false) {
        const { node, ...place } = https.place;
        context.report(node, 'plain', { ...place, severity: 'critical' });
      }
      if (view.complete && !view.sets('kubelet-certificate-authority')) context.report(view.anchor, 'missing');
    }
  },
  docs: {
    why: 'Logs, exec and port-forward go from the API server to the kubelet. Whoever stands between them, or takes the address of a node, sees what is typed and may answer in its place.',
    fix: 'Let kubelets get serving certificates from the cluster (`serverTLSBootstrap: true`, and approve the `kubernetes.io/kubelet-serving` requests), then set `--kubelet-certificate-authority`. In the other order `kubectl logs` and `kubectl exec` stop working.',
    frameworks: { cis: ['1.2.5'], nsa: ['N4'], mitre: ['T1557'] },
    equivalents: {
      trivy: ['KCV-0006', 'KCV-0004'],
      kubescape: ['C-0117'],
      checkov: ['CKV_K8S_73', 'CKV_K8S_71'],
    },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/'],
    examples: {
      bad: [
        {
          title: 'no authority',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'missing'),
        },
        {
          title: 'no TLS',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.18.0
command:
  - kube-apiserver
  - --kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt
  - --kubelet-https=false # finding: plain`,
        },
      ],
      good: [
        {
          title: 'verified',
          in: 'container',
          yaml: example('kube-apiserver', ['--kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt']),
        },
      ],
    },
  },
});
