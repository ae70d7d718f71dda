import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'kubeconfig-unsafe-connection',
  title: 'kubeconfig connects unsafely or runs a foreign helper',
  category: 'identity',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Config'],
  messages: {
    unverified:
      'kubeconfig: the certificate of cluster "{name}" is not verified, so anybody on the way can take the credentials',
    plain: 'kubeconfig: cluster "{name}" is reached without TLS',
    proxy: 'kubeconfig: the proxy of cluster "{name}" is reached without TLS',
    helper:
      'kubeconfig: user "{name}" gets credentials from "{program}", which runs whatever stands beside the caller or in its arguments',
    helperVersion:
      'kubeconfig: user "{name}" speaks client.authentication.k8s.io/v1alpha1 with its helper, which is gone since 1.24',
    provider: 'kubeconfig: user "{name}" uses auth-provider {provider}, which is gone since 1.26',
    masters: 'kubeconfig: user "{name}" impersonates the strongest identity at every call',
  },
  check({ root }, ctx) {
    if (!root.at(['clusters']).present && !root.at(['users']).present) return;
    for (const entry of root.at(['clusters']).items() as readonly AnyNode[]) {
      const cluster: AnyNode = entry.get('cluster');
      const name: string = entry.get('name').string ?? '';
      const server: string = cluster.get('server').string ?? '';
      const local = isLocal(hostOf(server));
      const insecure: AnyNode = cluster.get('insecure-skip-tls-verify');
      if (insecure.boolean === true) {
        ctx.report(insecure, 'unverified', {
          data: { name },
          ...(local ? { severity: 'info', preset: 'all' } : {}),
          fix: {
            title: 'Verify the certificate',
            safety: 'hardening',
            changes: [{ op: 'remove', path: insecure.steps }],
          },
        });
      }
      if (/^http:/i.test(server) && !isLoopback(hostOf(server))) {
        ctx.report(cluster.get('server'), 'plain', {
          data: { name },
          ...(local ? { severity: 'info', preset: 'all' } : {}),
        });
      }
      const proxy: string = cluster.get('proxy-url').string ?? '';
      if (/^http:/i.test(proxy) && !isLoopback(hostOf(proxy)))
        ctx.report(cluster.get('proxy-url'), 'proxy', { data: { name }, severity: 'medium' });
    }
    for (const entry of root.at(['users']).items() as readonly AnyNode[]) {
      const user: AnyNode = entry.get('user');
      const name: string = entry.get('name').string ?? '';
      const command: AnyNode = user.get('exec').get('command');
      const program = command.string ?? '';
      if (/^\.{1,2}[\\/]/.test(program) || SHELLS.test(program)) {
        ctx.report(command, 'helper', { data: { name, program }, severity: 'medium' });
      }
      const version: AnyNode = user.get('exec').get('apiVersion');
      if (version.string === 'client.authentication.k8s.io/v1alpha1')
        ctx.report(version, 'helperVersion', { data: { name }, severity: 'medium' });
      const provider: AnyNode = user.get('auth-provider').get('name');
      if (provider.string === 'gcp' || provider.string === 'azure') {
        ctx.report(provider, 'provider', { data: { name, provider: provider.string }, severity: 'low' });
      }
      const as: AnyNode = user.get('as');
      if (as.string === 'system:admin') ctx.report(as, 'masters', { data: { name } });
      for (const group of user.get('as-groups').items() as readonly AnyNode[]) {
        if (group.string === 'system:masters') ctx.report(group, 'masters', { data: { name } });
      }
    }
  },
  docs: {
    why: 'A kubeconfig decides whom kubectl trusts and what it runs. Without verification whoever is on the way receives the token; a relative helper runs a file of the folder one happens to be in.',
    fix: 'Give `certificate-authority` or `certificate-authority-data`, use https, and name a helper that is installed.',
    frameworks: { nsa: ['A1'], mitre: ['T1557', 'T1059'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/'],
    examples: {
      bad: [
        {
          title: 'no verification',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
clusters:
  - name: c
    cluster:
      server: https://x.example.com:6443
      insecure-skip-tls-verify: true # finding: unverified`,
        },
        {
          title: 'a helper beside the caller',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
users:
  - name: u
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: ./get-token # finding: helper`,
        },
        {
          title: 'no TLS',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
clusters:
  - name: c
    cluster:
      server: http://x.example.com:8080 # finding: plain`,
        },
        {
          title: 'inside a ConfigMap',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata: { name: c }
data:
  kubeconfig: |
    apiVersion: v1
    kind: Config
    clusters:
      - name: c
        cluster:
          server: https://x.example.com
          insecure-skip-tls-verify: true # finding: unverified`,
        },
      ],
      good: [
        {
          title: 'a certificate authority',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
clusters:
  - name: c
    cluster:
      server: https://x.example.com:6443
      certificate-authority: ca.crt`,
        },
        {
          title: 'another Config',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
metadata: { name: something }`,
        },
        {
          title: 'a helper that is installed',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
users:
  - name: u
    user:
      exec: { apiVersion: client.authentication.k8s.io/v1, command: kubelogin, interactiveMode: IfAvailable }`,
        },
      ],
    },
  },
});

/** A shell or an interpreter runs what its arguments say. */
const SHELLS = /(?:^|[\\/])(?:sh|bash|zsh|curl|wget|python[\d.]*|node|perl|ruby|powershell|pwsh|cmd)(?:\.exe)?$/i;

function hostOf(url: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/i.exec(url);
  return (match?.[1] ?? '').toLowerCase();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127\./.test(host);
}

/** Clusters on one's own machine: kind, minikube, k3d. */
function isLocal(host: string): boolean {
  return (
    isLoopback(host) ||
    host === '0.0.0.0' ||
    host === 'host.docker.internal' ||
    host.endsWith('.local') ||
    host.endsWith('.localhost')
  );
}
