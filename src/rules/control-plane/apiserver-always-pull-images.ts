import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';
import { withoutPlugin } from './_plugin.ts';

export default defineRule({
  id: 'apiserver-always-pull-images',
  title: 'Admission plugin AlwaysPullImages is not enabled',
  category: 'control-plane',
  severity: 'low',
  preset: 'all',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing:
      'admission plugin AlwaysPullImages is not enabled: a pod may use a private image that another pod left on its node',
  },
  check(project, context) {
    const verified = project
      .fact(controlPlane)
      .kubelets.some((each) => each.field(['imagePullCredentialsVerificationPolicy'])?.string === 'AlwaysVerify');
    if (verified) return;
    for (const view of withoutPlugin(project, 'AlwaysPullImages', context.minor)) {
      const { node, ...place } = view.flag('enable-admission-plugins')?.place ?? { node: view.anchor };
      context.report(node, 'missing', place);
    }
  },
  docs: {
    why: 'An image that one pod pulled with its secret stays on the node. A pod that only knows its name may run it without any secret, unless every start asks the registry.',
    fix: 'Add `AlwaysPullImages` to `--enable-admission-plugins`; from 1.35 the kubelet verifies credentials by itself (`imagePullCredentialsVerificationPolicy`).',
    frameworks: { cis: ['1.2.11'], nsa: ['N4'] },
    equivalents: { trivy: ['KCV-0012'], kubescape: ['C-0123'], checkov: ['CKV_K8S_80'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwayspullimages'],
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
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction,AlwaysPullImages']),
        },
      ],
    },
  },
});
