import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';
import { withoutPlugin } from './_plugin.ts';

export default defineRule({
  id: 'apiserver-image-policy-webhook',
  title: 'Admission plugin ImagePolicyWebhook is not enabled',
  category: 'control-plane',
  severity: 'low',
  preset: 'all',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing: 'admission plugin ImagePolicyWebhook is not enabled: the API server itself asks nobody about images',
  },
  check(project, context) {
    // Somebody else in the input looks at images.
    if (project.resources.some(({ head }) => VERIFIERS.test(`${head.kind}.${head.group}`))) return;
    for (const view of withoutPlugin(project, 'ImagePolicyWebhook', context.minor)) {
      const { node, ...place } = view.flag('enable-admission-plugins')?.place ?? { node: view.anchor };
      context.report(node, 'missing', place);
    }
  },
  docs: {
    why: 'Without an image check at admission every image that a registry gives out may run.',
    fix: 'Enable `ImagePolicyWebhook` with its configuration, or check images in a webhook or policy engine.',
    frameworks: { cis: ['5.5.1'], nsa: ['N4'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#imagepolicywebhook'],
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
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook']),
        },
      ],
    },
  },
});

const VERIFIERS = /^(?:Cluster)?ImagePolicy\.|^ImageValidatingPolicy\.|\.ratify\.deislabs\.io$|\.config\.ratify\./;
