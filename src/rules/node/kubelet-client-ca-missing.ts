import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from '../control-plane/_component.ts';
import { kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-client-ca-missing',
  title: 'Kubelet cannot verify client certificates',
  category: 'node',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { missing: 'kubelet has no client CA, so it cannot authenticate the API server: {name} is not set' },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      const setting = kubelet.setting('clientCAFile');
      if (!setting.missing && setting.value !== '') continue;
      const { node, ...place } = setting.place;
      context.report(node, 'missing', { ...place, data: { name: setting.name } });
    }
  },
  docs: {
    why: 'The API server reaches the kubelet with a client certificate. A kubelet that cannot verify one takes it for anonymous: either logs and exec do not work, or anonymous callers are let in so that they do.',
    fix: 'Set `authentication.x509.clientCAFile: /etc/kubernetes/pki/ca.crt`.',
    frameworks: { cis: ['4.2.3'], nsa: ['N4'], mitre: ['T1133'] },
    equivalents: { trivy: ['KCV-0081'], kubescape: ['C-0070', 'C-0174'], checkov: ['CKV_K8S_140'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/#kubelet-authentication'],
    limits:
      'A document with fewer than three settings counts as a patch and is not asked for what it leaves out; in a kubeadm file kubeadm sets it.',
    examples: {
      bad: [
        {
          title: 'no authority',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: # finding: missing
  anonymous:
    enabled: false
cgroupDriver: systemd
clusterDNS: [10.96.0.10]`,
        },
        {
          title: 'by flags',
          in: 'container',
          yaml: example('kubelet', ['--anonymous-auth=false', '--authorization-mode=Webhook'], 'missing'),
        },
      ],
      good: [
        {
          title: 'the authority of the cluster',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
cgroupDriver: systemd
clusterDNS: [10.96.0.10]`,
        },
        {
          title: 'in a kubeadm file',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
maxPods: 50
seccompDefault: true`,
        },
      ],
    },
  },
});
