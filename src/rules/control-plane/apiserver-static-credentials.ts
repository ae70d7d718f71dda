import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-static-credentials',
  title: 'API server reads passwords or tokens from a file',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    static: '--{flag} gives long-lived credentials in plain text that only a restart of kube-apiserver revokes',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      for (const name of ['token-auth-file', 'basic-auth-file']) {
        const flag = view.flag(name);
        // From 1.19 on the server does not start with it: control-plane-flag-removed says so.
        if (flag === undefined || flag.value === '') continue;
        if (name === 'basic-auth-file' && (view.minor ?? context.minor) >= 19) continue;
        const { node, ...place } = flag.place;
        context.report(node, 'static', { ...place, data: { flag: name } });
      }
    }
  },
  docs: {
    why: 'Every line of the file is a user with a token in plain text, and with groups: `system:masters` in it is a password for the whole cluster. Tokens do not expire, cannot be revoked while the server runs, and lie on every control-plane node and in its backups.',
    fix: 'Use client certificates, OIDC or service account tokens and drop the flag.',
    frameworks: { cis: ['1.2.2'], nsa: ['A1'], mitre: ['T1078.001', 'T1552.001'] },
    equivalents: { trivy: ['KCV-0002'], kubescape: ['C-0114'], checkov: ['CKV_K8S_69', 'CKV_K8S_70'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file'],
    limits: 'The file itself is CSV and not read.',
    examples: {
      bad: [
        {
          title: 'tokens in a file',
          in: 'container',
          yaml: example('kube-apiserver', ['--token-auth-file=/etc/kubernetes/tokens.csv # finding: static']),
        },
      ],
      good: [
        {
          title: 'client certificates',
          in: 'container',
          yaml: example('kube-apiserver', ['--client-ca-file=/etc/kubernetes/pki/ca.crt']),
        },
      ],
    },
  },
});
