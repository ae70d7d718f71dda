import { defineRule } from '../../engine/rule.ts';
import { configSpecOf } from '../../k8s/control-plane/kubeadm.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'kubeadm-unsafe-discovery',
  title: 'Node joins without verifying the control plane',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    'JoinConfiguration.kubeadm.k8s.io',
    'KubeadmControlPlane.controlplane.cluster.x-k8s.io',
    'KubeadmControlPlaneTemplate.controlplane.cluster.x-k8s.io',
    'KubeadmConfig.bootstrap.cluster.x-k8s.io',
    'KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io',
  ],
  messages: {
    skip: 'the node joins without verifying the control plane: unsafeSkipCAVerification is true',
    hashes: 'caCertHashes is missing: kubeadm refuses to join without it',
    http: 'the discovery file is fetched without TLS from "{url}"',
  },
  check(resource, context) {
    const spec = configSpecOf(resource);
    const join: AnyNode = spec === undefined ? resource.root : spec.get('joinConfiguration');
    const token: AnyNode = join.at(['discovery', 'bootstrapToken']);
    const skip: AnyNode = token.get('unsafeSkipCAVerification');
    const hashes: AnyNode = token.get('caCertHashes');
    if (skip.boolean === true) context.report(skip, 'skip');
    // Cluster API fills the token in by itself.
    else if (token.present && spec === undefined && hashes.items().length === 0 && !skip.present) {
      context.report(hashes, 'hashes');
    }
    const path: AnyNode = join.at(['discovery', 'file', 'kubeConfigPath']);
    if (path.string?.startsWith('http://') === true) context.report(path, 'http', { data: { url: path.string } });
  },
  docs: {
    why: 'The token proves the node to the control plane, and the hash of the authority proves the control plane to the node. Without it whoever answers takes the node over, and gets the token.',
    fix: 'Give `caCertHashes: ["sha256:…"]`; `kubeadm token create --print-join-command` prints it.',
    frameworks: { nsa: ['N4'], mitre: ['T1557'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#discovering-what-cluster-ca-to-trust',
    ],
    examples: {
      bad: [
        {
          title: 'verification skipped',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: cp.example.com:6443
    token: "{{ token }}"
    unsafeSkipCAVerification: true # finding: skip`,
        },
        {
          title: 'a file without TLS',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  file:
    kubeConfigPath: http://cp.example.com/discovery.conf # finding: http`,
        },
        {
          title: 'no hash',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken: # finding: hashes
    apiServerEndpoint: cp.example.com:6443
    token: "{{ token }}"`,
        },
      ],
      good: [
        {
          title: 'the hash of the authority',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: cp.example.com:6443
    token: "{{ token }}"
    caCertHashes: ["sha256:7c2e69131a36ae2a042a339b33381c6d0d43887e2de83720eff5359e26aec866"]`,
        },
      ],
    },
  },
});
