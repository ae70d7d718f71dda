import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { fixOf, kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-cert-rotation',
  title: 'Kubelet certificates are not rotated, or self-signed',
  category: 'node',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    off: 'the client certificate of the kubelet is not renewed: {name} is {state}',
    half: 'only one of tlsCertFile and tlsPrivateKeyFile is set: the kubelet serves a certificate that it made itself',
    'self-signed':
      'the kubelet serves a certificate that it made itself: neither serverTLSBootstrap nor tlsCertFile is set',
    gate: 'serverTLSBootstrap needs feature gate RotateKubeletServerCertificate, which is false: the kubelet does not start',
  },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      const rotate = kubelet.setting('rotateCertificates');
      if (rotate.value === false || rotate.missing) {
        const { node, ...place } = rotate.place;
        const data = { name: rotate.name, state: rotate.missing ? 'not set' : 'false' };
        const fix = fixOf(rotate, 'Renew certificates', 'hardening', true);
        if (rotate.missing) context.report(node, 'off', { ...place, data, severity: 'low', preset: 'strict' });
        else context.report(node, 'off', { ...place, data, ...fix });
      }
      const [bootstrap, cert, key] = [
        kubelet.setting('serverTLSBootstrap'),
        kubelet.setting('tlsCertFile'),
        kubelet.setting('tlsPrivateKeyFile'),
      ];
      if (bootstrap.value === true) {
        const gate = kubelet.field(['featureGates', 'RotateKubeletServerCertificate']);
        const { node, ...place } = bootstrap.place;
        if (gate?.boolean === false) context.report(node, 'gate', { ...place, severity: 'high' });
        continue;
      }
      if (cert.written !== key.written && (cert.missing || key.missing)) {
        const { node, ...place } = (cert.written ? cert : key).place;
        context.report(node, 'half', { ...place, severity: 'high' });
      } else if (cert.missing && key.missing && (bootstrap.missing || bootstrap.value === false)) {
        const { node, ...place } = bootstrap.place;
        context.report(node, 'self-signed', { ...place, severity: 'low', preset: 'strict' });
      }
    }
  },
  docs: {
    why: 'A client certificate that is not renewed expires, and the node with it; one that lives for years is a credential that cannot be taken back. A serving certificate that the kubelet made itself cannot be verified, so that the API server has to take whoever answers.',
    fix: 'Set `rotateCertificates: true` and `serverTLSBootstrap: true`. Nothing in kube-controller-manager approves serving certificates: approve the `kubernetes.io/kubelet-serving` requests yourself or run an approver.',
    frameworks: { cis: ['4.2.9', '4.2.10', '4.2.11'], nsa: ['N4'], mitre: ['T1557'] },
    equivalents: {
      trivy: ['KCV-0088', 'KCV-0089', 'KCV-0090', 'KCV-0091'],
      kubescape: ['C-0180', 'C-0182', 'C-0183'],
      checkov: ['CKV_K8S_148', 'CKV_K8S_149'],
    },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/'],
    examples: {
      bad: [
        {
          title: 'not renewed',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: false # finding: off
serverTLSBootstrap: true`,
        },
        {
          title: 'half a pair',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: true
cgroupDriver: systemd
tlsCertFile: /var/lib/kubelet/kubelet.crt # finding: half`,
        },
        {
          title: 'neither renewed nor verifiable',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration # finding: off, self-signed
cgroupDriver: systemd
maxPods: 50
seccompDefault: true`,
        },
        {
          title: 'the gate is off',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: true
serverTLSBootstrap: true # finding: gate
featureGates:
  RotateKubeletServerCertificate: false`,
        },
      ],
      good: [
        {
          title: 'both renewed',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: true
serverTLSBootstrap: true`,
        },
        {
          title: 'certificates from elsewhere',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: true
tlsCertFile: /var/lib/kubelet/kubelet.crt
tlsPrivateKeyFile: /var/lib/kubelet/kubelet.key`,
        },
      ],
    },
  },
});
