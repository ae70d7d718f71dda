import { defineRule } from '../../engine/rule.ts';
import { isKnown } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';
import { minimumVersions } from './_tls.ts';

export default defineRule({
  id: 'tls-min-version',
  title: 'TLS below 1.2 is accepted',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    old: '{component} accepts {version}',
    invalid: '"{version}" is no TLS version that {component} knows, so it does not start: write {known}',
  },
  check(project, context) {
    for (const { component, words, ...wider } of minimumVersions(project)) {
      const known = component === 'etcd' ? ETCD : KUBERNETES;
      for (const { text, place } of words) {
        if (!isKnown(text)) continue;
        const { node, ...part } = place;
        if (!known.includes(text)) {
          const data = { component, version: text, known: known.slice(-2).join(' or ') };
          context.report(node, 'invalid', { ...part, ...wider, data, severity: 'high' });
        } else if (/1\.?[01]$/.test(text))
          context.report(node, 'old', { ...part, ...wider, data: { component, version: text } });
      }
    }
  },
  docs: {
    why: 'TLS 1.0 and 1.1 rest on SHA-1 and CBC and are broken in practice; every client of a cluster speaks 1.2 or 1.3.',
    fix: 'Drop the flag (the default is 1.2) or set `VersionTLS12` or `VersionTLS13`; etcd writes `TLS1.2`, `TLS1.3`.',
    frameworks: { cis: ['1.2.29'], nsa: ['N4'], mitre: ['T1557'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        {
          title: 'TLS 1.0',
          in: 'container',
          yaml: example('kube-apiserver', ['--tls-min-version=VersionTLS10 # finding: old']),
        },
        {
          title: 'a word of etcd for a kubelet',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
tlsMinVersion: TLS1.2 # finding: invalid`,
        },
      ],
      good: [
        {
          title: 'TLS 1.3',
          in: 'container',
          yaml: example('kube-apiserver', ['--tls-min-version=VersionTLS13']),
        },
      ],
    },
  },
});

const KUBERNETES = ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'];
/** client/pkg/tlsutil of etcd. */
const ETCD = ['TLS1.2', 'TLS1.3'];
