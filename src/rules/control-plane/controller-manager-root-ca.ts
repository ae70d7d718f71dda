import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'controller-manager-root-ca',
  title: 'Pods get no authority to verify the API server with',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { missing: 'pods cannot verify the API server: kube-controller-manager has no --root-ca-file' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-controller-manager')) {
      if (view.complete && !view.sets('root-ca-file')) context.report(view.anchor, 'missing');
    }
  },
  docs: {
    why: 'The controller puts this certificate beside every service account token. Without it clients in pods either fail or skip verification, and then hand their token to whoever answers.',
    fix: 'Set `--root-ca-file=/etc/kubernetes/pki/ca.crt`.',
    frameworks: { cis: ['1.3.5'], nsa: ['N4'], mitre: ['T1557'] },
    equivalents: { trivy: ['KCV-0037'], kubescape: ['C-0148'], checkov: ['CKV_K8S_111'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/'],
    examples: {
      bad: [
        {
          title: 'no authority',
          in: 'container',
          yaml: example('kube-controller-manager', ['--leader-elect=true'], 'missing'),
        },
      ],
      good: [
        {
          title: 'the authority of the cluster',
          in: 'container',
          yaml: example('kube-controller-manager', ['--root-ca-file=/etc/kubernetes/pki/ca.crt']),
        },
      ],
    },
  },
});
