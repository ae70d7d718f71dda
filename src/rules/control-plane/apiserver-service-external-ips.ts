import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';
import { withoutPlugin } from './_plugin.ts';

export default defineRule({
  id: 'apiserver-service-external-ips',
  title: 'Admission plugin DenyServiceExternalIPs is not enabled',
  category: 'control-plane',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing:
      'admission plugin DenyServiceExternalIPs is not enabled: whoever creates a Service may claim foreign addresses (CVE-2020-8554)',
  },
  check(project, context) {
    for (const view of withoutPlugin(project, 'DenyServiceExternalIPs', context.minor)) {
      const { node, ...place } = view.flag('enable-admission-plugins')?.place ?? { node: view.anchor };
      context.report(node, 'missing', place);
    }
  },
  docs: {
    why: 'A Service with `externalIPs` draws the traffic of every pod to that address to itself, whoever owns it. Kubernetes has no other guard against it (CVE-2020-8554).',
    fix: 'Add `DenyServiceExternalIPs` to `--enable-admission-plugins`, unless a policy limits `externalIPs`.',
    frameworks: { cis: ['1.2.3'], nsa: ['N4'] },
    equivalents: { trivy: ['KCV-0003'], kubescape: ['C-0115'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#denyserviceexternalips',
    ],
    examples: {
      bad: [
        {
          title: 'other plugins alone',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction # finding: missing']),
        },
      ],
      good: [
        {
          title: 'enabled',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs']),
        },
      ],
    },
  },
});
