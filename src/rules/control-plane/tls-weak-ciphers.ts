import { defineRule } from '../../engine/rule.ts';
import { isKnown } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';
import { cipherSuites } from './_tls.ts';

export default defineRule({
  id: 'tls-weak-ciphers',
  title: 'Weak TLS cipher suites are allowed',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    weak: '{component} allows weak cipher suites: {names}',
    cbc: '{component} allows cipher suites with CBC and SHA-1: {names}',
    unknown: 'cipher suite "{name}" is not known, so {component} does not start',
  },
  check(project, context) {
    for (const { component, words, ...wider } of cipherSuites(project)) {
      const known = words.filter(({ text }) => isKnown(text));
      const report = (message: 'weak' | 'cbc', pattern: RegExp): void => {
        const found = known.filter(({ text }) => pattern.test(text));
        if (found.length === 0) return;
        const { node, ...place } = found[0]!.place;
        const names = found.map(({ text }) => text).join(', ');
        if (message === 'weak') context.report(node, message, { ...place, ...wider, data: { component, names } });
        else
          context.report(node, message, {
            ...place,
            data: { component, names },
            severity: 'low',
            preset: 'strict',
            ...wider,
          });
      };
      report('weak', WEAK);
      report('cbc', CBC);
      for (const { text, place } of known) {
        if (SUITE.test(text)) continue;
        const { node, ...part } = place;
        context.report(node, 'unknown', { ...part, ...wider, data: { component, name: text }, severity: 'high' });
      }
    }
  },
  docs: {
    why: 'RC4 and 3DES can be broken, suites that begin with `TLS_RSA_` give no forward secrecy (whoever gets the key later reads what was recorded), and CBC with SHA-256 has no guard against timing in Go. Without a list Go offers none of them.',
    fix: 'Drop the list, or keep suites with ECDHE and GCM or CHACHA20 alone.',
    frameworks: { cis: ['1.2.29', '4.2.12'], nsa: ['N4'], mitre: ['T1557'] },
    equivalents: {
      trivy: ['KCV-0092'],
      kubescape: ['C-0143', 'C-0184'],
      checkov: ['CKV_K8S_105', 'CKV_K8S_151'],
    },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        {
          title: 'no forward secrecy, and 3DES',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_3DES_EDE_CBC_SHA # finding: weak',
          ]),
        },
        {
          title: 'CBC',
          in: 'container',
          yaml: example('etcd', ['--cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA # finding: cbc']),
        },
        {
          title: 'a name that Go does not know',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
tlsCipherSuites:
  - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
  - ECDHE-RSA-AES256-GCM-SHA384 # finding: unknown`,
        },
      ],
      good: [
        {
          title: 'strong suites',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
          ]),
        },
      ],
    },
  },
});

const WEAK = /_(?:RC4|3DES)_|^TLS_RSA_|_CBC_SHA256$/;
/** What is not weak already. */
const CBC = /^TLS_ECDHE_(?:ECDSA|RSA)_WITH_AES_(?:128|256)_CBC_SHA$/;

/** The suites of crypto/tls; those of TLS 1.3 may be named and are always on. */
const SUITE =
  /^TLS_(?:AES_(?:128_GCM_SHA256|256_GCM_SHA384)|CHACHA20_POLY1305_SHA256|RSA_WITH_(?:RC4_128_SHA|3DES_EDE_CBC_SHA|AES_(?:128|256)_CBC_SHA|AES_128_CBC_SHA256|AES_128_GCM_SHA256|AES_256_GCM_SHA384)|ECDHE_(?:ECDSA|RSA)_WITH_(?:RC4_128_SHA|AES_(?:128|256)_CBC_SHA|AES_128_CBC_SHA256|AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305(?:_SHA256)?)|ECDHE_RSA_WITH_3DES_EDE_CBC_SHA)$/;
