import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-client-ca-missing',
  title: 'API server accepts no client certificates',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing:
      'kube-apiserver has no --client-ca-file, so kubelets and administrators cannot authenticate by certificate',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      if (!view.complete || view.sets('client-ca-file')) continue;
      // Users may come from elsewhere; whether kubelets do cannot be told from here.
      const others = view.sets('authentication-config') || view.sets('oidc-issuer-url');
      context.report(view.flag('client-ca-file')?.node ?? view.anchor, 'missing', {
        severity: others ? 'medium' : 'high',
      });
    }
  },
  docs: {
    why: 'Without it the server cannot verify any client certificate. What is left are bearer tokens, and components that are told to talk to it without credentials become `system:anonymous`.',
    fix: 'Set `--client-ca-file=/etc/kubernetes/pki/ca.crt`.',
    frameworks: { cis: ['1.2.25'], nsa: ['A1'], mitre: ['T1078'] },
    equivalents: { trivy: ['KCV-0028'], kubescape: ['C-0139'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates'],
    examples: {
      bad: [
        {
          title: 'no authority for clients',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'missing'),
        },
      ],
      good: [
        {
          title: 'the authority of the cluster',
          in: 'container',
          yaml: example('kube-apiserver', ['--client-ca-file=/etc/kubernetes/pki/ca.crt']),
        },
      ],
    },
  },
});
