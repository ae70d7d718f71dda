import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-service-account-keys',
  title: 'Keys or issuer of service account tokens are wrong',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    verifying: 'kube-apiserver has no --service-account-key-file: {effect}',
    issuer: 'kube-apiserver has no --service-account-issuer and does not start',
    duplicate: '--service-account-issuer is given twice as "{value}"',
    jwks: '--service-account-jwks-uri "{value}" is no https URL, so kube-apiserver does not start',
    shared: '--service-account-key-file is the key of the serving certificate: one leak breaks two trusts',
    signing: 'kube-controller-manager has no --service-account-private-key-file and signs no legacy tokens',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-controller-manager')) {
      if (view.complete && !view.sets('service-account-private-key-file')) context.report(view.anchor, 'signing');
    }
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const minor = view.minor ?? context.minor;
      const external = view.sets('service-account-signing-endpoint');
      if (view.complete && !external && !view.sets('service-account-key-file')) {
        const effect = minor >= 37 ? 'it does not start' : 'the key of the serving certificate is used instead';
        context.report(view.anchor, 'verifying', { data: { effect } });
      }
      if (minor >= 20 && view.complete && !view.sets('service-account-issuer')) {
        context.report(view.anchor, 'issuer', { severity: 'high' });
      }
      const issuers = new Set<string>();
      for (const flag of view.all('service-account-issuer')) {
        const { node, ...place } = flag.place;
        if (issuers.has(flag.value)) context.report(node, 'duplicate', { ...place, data: { value: flag.value } });
        issuers.add(flag.value);
      }
      const jwks = view.flag('service-account-jwks-uri');
      if (jwks?.known === true && jwks.value !== '' && !jwks.value.startsWith('https://')) {
        const { node, ...place } = jwks.place;
        context.report(node, 'jwks', { ...place, data: { value: jwks.value }, severity: 'high' });
      }
      const serving = view.value('tls-private-key-file');
      for (const flag of view.all('service-account-key-file')) {
        if (!flag.known || flag.value === '' || flag.value !== serving) continue;
        const { node, ...place } = flag.place;
        context.report(node, 'shared', place);
      }
    }
  },
  docs: {
    why: 'Every pod authenticates with a token that these keys sign and verify. Without keys of its own the API server does not start, or falls back to the key of its serving certificate; an issuer that is missing or doubled makes tokens invalid.',
    fix: 'Give a key pair for service accounts alone: `--service-account-key-file=/etc/kubernetes/pki/sa.pub`, `--service-account-signing-key-file=/etc/kubernetes/pki/sa.key`, `--service-account-issuer=https://kubernetes.default.svc.cluster.local`, and for kube-controller-manager `--service-account-private-key-file=/etc/kubernetes/pki/sa.key`.',
    frameworks: { cis: ['1.2.22', '1.3.4'], nsa: ['A1'] },
    equivalents: {
      trivy: ['KCV-0025', 'KCV-0036'],
      kubescape: ['C-0136', 'C-0147'],
      checkov: ['CKV_K8S_97', 'CKV_K8S_110'],
    },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/',
    ],
    examples: {
      bad: [
        {
          title: 'no keys and no issuer',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'verifying, issuer'),
        },
        {
          title: 'an issuer given twice, keys fetched without TLS',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--service-account-key-file=/etc/kubernetes/pki/sa.pub',
            '--service-account-issuer=https://a.example.com',
            '--service-account-issuer=https://a.example.com # finding: duplicate',
            '--service-account-jwks-uri=http://a.example.com/jwks # finding: jwks',
          ]),
        },
        {
          title: 'the key of the serving certificate',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--tls-private-key-file=/etc/kubernetes/pki/apiserver.key',
            '--service-account-key-file=/etc/kubernetes/pki/apiserver.key # finding: shared',
            '--service-account-issuer=https://a.example.com',
          ]),
        },
        {
          title: 'a controller manager that signs nothing',
          in: 'container',
          yaml: example('kube-controller-manager', ['--bind-address=127.0.0.1'], 'signing'),
        },
      ],
      good: [
        {
          title: 'a pair of its own',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--service-account-key-file=/etc/kubernetes/pki/sa.pub',
            '--service-account-signing-key-file=/etc/kubernetes/pki/sa.key',
            '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
          ]),
        },
      ],
    },
  },
});
