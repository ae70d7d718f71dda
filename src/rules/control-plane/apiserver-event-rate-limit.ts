import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';
import { withoutPlugin } from './_plugin.ts';

export default defineRule({
  id: 'apiserver-event-rate-limit',
  title: 'Admission plugin EventRateLimit is not enabled',
  category: 'control-plane',
  severity: 'low',
  preset: 'all',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing: 'admission plugin EventRateLimit is not enabled: one client may flood the API server with events',
  },
  check(project, context) {
    for (const view of withoutPlugin(project, 'EventRateLimit', context.minor)) {
      const { node, ...place } = view.flag('enable-admission-plugins')?.place ?? { node: view.anchor };
      context.report(node, 'missing', place);
    }
  },
  docs: {
    why: 'Events are cheap to make and all go to etcd. A client that makes them without end slows the API server down for everyone.',
    fix: 'Add `EventRateLimit` to `--enable-admission-plugins` and give its limits in the file of `--admission-control-config-file`.',
    frameworks: { cis: ['1.2.9'], nsa: ['N4'] },
    equivalents: { trivy: ['KCV-0010'], kubescape: ['C-0121'], checkov: ['CKV_K8S_78'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#eventratelimit'],
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
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction,EventRateLimit']),
        },
      ],
    },
  },
});
