import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'kubelet-image-pull-reuse',
  title: 'Private images on the node are for every pod',
  category: 'node',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: ['KubeletConfiguration.kubelet.config.k8s.io'],
  messages: { never: 'any pod may use images that another pod pulled with its secret: NeverVerify' },
  check(resource, context) {
    const node = resource.root.at(['imagePullCredentialsVerificationPolicy']);
    if (node.string === 'NeverVerify') context.report(node, 'never');
  },
  docs: {
    why: 'From 1.35 the kubelet remembers which credentials an image was pulled with and asks for them again. With `NeverVerify` a pod gets every image that is on the node by knowing its name.',
    fix: 'Drop the field, or set `AlwaysVerify`.',
    frameworks: { cis: ['1.2.11'], nsa: ['P6'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/containers/images/#ensureimagepullcredentialverification'],
    examples: {
      bad: [
        {
          title: 'no check',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
imagePullCredentialsVerificationPolicy: NeverVerify # finding: never`,
        },
      ],
      good: [
        {
          title: 'always checked',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
imagePullCredentialsVerificationPolicy: AlwaysVerify`,
        },
      ],
    },
  },
});
