import { defineRule } from '../../engine/rule.ts';
import { configSpecOf } from '../../k8s/control-plane/kubeadm.ts';
import { durationSeconds } from '../../k8s/control-plane/values.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'kubeadm-credentials-committed',
  title: 'Join token or certificate key stands in the file',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    'InitConfiguration.kubeadm.k8s.io',
    'JoinConfiguration.kubeadm.k8s.io',
    'KubeadmControlPlane.controlplane.cluster.x-k8s.io',
    'KubeadmControlPlaneTemplate.controlplane.cluster.x-k8s.io',
    'KubeadmConfig.bootstrap.cluster.x-k8s.io',
    'KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io',
  ],
  messages: {
    token: 'a join token ({hint}) stands in this file',
    public: '{field} is the token of the documentation: anyone can join this cluster',
    key: 'a certificate key ({hint}) stands in this file: it opens the uploaded keys of the control plane',
    forever: 'join token never expires: ttl is {ttl}',
    group: 'whoever holds the join token is in group "{group}"',
  },
  check(resource, context) {
    const spec = configSpecOf(resource);
    const documents: readonly AnyNode[] =
      spec === undefined ? [resource.root] : [spec.get('initConfiguration'), spec.get('joinConfiguration')];
    const token = (node: AnyNode, field: string): void => {
      const text = node.string;
      if (text === undefined || !TOKEN.test(text)) return;
      if (PUBLIC.has(text)) context.report(node, 'public', { data: { field }, severity: 'critical' });
      else context.report(node, 'token', { data: { hint: hintOf(text) } });
    };
    for (const document of documents) {
      for (const entry of document.get('bootstrapTokens').items() as readonly AnyNode[]) {
        token(entry.get('token'), 'token');
        const ttl: AnyNode = entry.get('ttl');
        const seconds = typeof ttl.raw === 'number' ? ttl.raw : durationSeconds(ttl.string);
        if (seconds === 0) context.report(ttl, 'forever', { data: { ttl: String(ttl.raw) }, severity: 'medium' });
        for (const group of entry.get('groups').items() as readonly AnyNode[]) {
          const name = group.string;
          if (name === undefined || name.startsWith('system:bootstrappers:')) continue;
          context.report(group, 'group', { data: { group: name } });
        }
      }
      token(document.at(['discovery', 'bootstrapToken', 'token']), 'token');
      token(document.at(['discovery', 'tlsBootstrapToken']), 'tlsBootstrapToken');
      for (const path of [['certificateKey'], ['controlPlane', 'certificateKey']]) {
        const key: AnyNode = document.at(path);
        if (key.string === undefined || !/^[0-9a-f]{64}$/.test(key.string)) continue;
        context.report(key, 'key', { data: { hint: hintOf(key.string) } });
      }
    }
  },
  docs: {
    why: 'With a token a machine joins the cluster as a node and gets what its pods need; the certificate key decrypts the private keys of the control plane that `--upload-certs` stored. In a repository both are for everyone who reads it.',
    fix: 'Leave them out and make them when they are needed: `kubeadm token create`, `kubeadm init phase upload-certs --upload-certs`. Revoke a token that was committed with `kubeadm token delete`.',
    frameworks: { cis: ['3.1.3'], nsa: ['N4'], mitre: ['T1552.001'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/',
      'https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/',
    ],
    examples: {
      bad: [
        {
          title: 'the token of the documentation',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
  - token: abcdef.0123456789abcdef # finding: public
    ttl: "0" # finding: forever
    groups: ["system:masters"] # finding: group`,
        },
        {
          title: 'a token and a key',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    token: k3n8xq.7t2m5w9z4p1r6y0c # finding: token
    caCertHashes: ["sha256:7c2e69131a36ae2a042a339b33381c6d0d43887e2de83720eff5359e26aec866"]
controlPlane:
  certificateKey: 4f1b0a9d3c6e2785f0b1a2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5061 # finding: key`,
        },
      ],
      good: [
        {
          title: 'nothing of the kind',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
  - ttl: 1h0m0s
    groups: ["system:bootstrappers:kubeadm:default-node-token"]`,
        },
      ],
    },
  },
});

const TOKEN = /^[a-z0-9]{6}\.[a-z0-9]{16}$/;
const PUBLIC = new Set(['abcdef.0123456789abcdef', '9a08jv.c0izixklcxtmnze7']);

/** Enough to find it again, and no more. */
function hintOf(text: string): string {
  return `${text.slice(0, 3)}…, ${text.length} characters`;
}
