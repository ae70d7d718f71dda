import { defineRule } from '../../engine/rule.ts';
import { IMAGE_POLICY_KEYS, IMAGE_POLICY_KIND, validateImagePolicy } from '../../k8s/admission/image-policy.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'image-policy-webhook-invalid',
  title: 'ImagePolicyWebhook configuration that cannot work',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    IMAGE_POLICY_KIND,
    'AdmissionConfiguration.apiserver.config.k8s.io',
    'AdmissionConfiguration.apiserver.k8s.io',
  ],
  messages: {
    invalid: 'imagePolicy.{key} {reason}; kube-apiserver does not start',
    relative:
      'imagePolicy.kubeConfigFile "{path}" is looked up in the working directory of kube-apiserver: write the whole path',
    unknown: 'imagePolicy has no field "{key}": it is passed over{hint}',
    'not-under': 'the settings of ImagePolicyWebhook stand under imagePolicy: without it kube-apiserver does not start',
  },
  check({ root, groupKind }, context) {
    if (groupKind !== IMAGE_POLICY_KIND) {
      for (const plugin of root.get('plugins').items() as readonly AnyNode[]) {
        if (plugin.get('name').string !== 'ImagePolicyWebhook') continue;
        const configuration: AnyNode = plugin.get('configuration');
        if (configuration.isMap && !configuration.get('imagePolicy').written) {
          context.report(configuration, 'not-under', { atKey: true });
        }
      }
      return;
    }
    for (const { node, key, reason } of validateImagePolicy(root)) {
      context.report(node, 'invalid', { data: { key, reason } });
    }
    const lower = IMAGE_POLICY_KEYS.map((key) => key.toLowerCase());
    for (const [key, node] of root.get('imagePolicy').entries() as readonly (readonly [string, AnyNode])[]) {
      if (lower.includes(key.toLowerCase())) {
        const path = node.string;
        if (
          key.toLowerCase() === 'kubeconfigfile' &&
          path !== undefined &&
          path !== '' &&
          !/^(?:[/{$<]|[A-Za-z]:)/.test(path)
        ) {
          context.report(node, 'relative', { data: { path }, severity: 'medium' });
        }
        continue;
      }
      const near = didYouMean(key, IMAGE_POLICY_KEYS);
      const hint = near === undefined ? '' : `, did you mean ${near}?`;
      context.report(node, 'unknown', { data: { key, hint }, atKey: true });
    }
  },
  docs: {
    why: 'The API server reads the file once, when it starts. A value out of bounds or a missing kubeconfig keeps it down; a misspelt key is passed over, and its default holds.',
    fix: 'Write `kubeConfigFile` as an absolute path inside the container, the times as whole numbers (`allowTTL`, `denyTTL` 2 to 1800 seconds, `retryBackoff` 1 to 300000 milliseconds; 0 is the default, -1 off).',
    frameworks: { cis: ['5.5.1'], nsa: ['N4'] },
    cks: 'Supply Chain Security',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#imagepolicywebhook',
      'https://github.com/kubernetes/kubernetes/blob/v1.36.0/plugin/pkg/admission/imagepolicy/config.go',
    ],
    examples: {
      bad: [
        {
          title: 'units, bounds and a slip',
          in: 'manifests',
          path: 'image-policy.yaml',
          yaml: `imagePolicy:
  kubeConfigFile: kubeconfig.yaml # finding: relative
  allowTTL: "50" # finding: invalid
  denyTTL: 3600 # finding: invalid
  retryBackof: 500 # finding: unknown`,
        },
        {
          title: 'without imagePolicy, and without a kubeconfig',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: ImagePolicyWebhook
    configuration: # finding: not-under
      kubeConfigFile: /etc/kubernetes/admission/kubeconfig.yaml
---
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: ImagePolicyWebhook
    configuration:
      imagePolicy: # finding: invalid
        defaultAllow: false`,
        },
      ],
      good: [
        {
          title: 'complete; the server does not mind case',
          in: 'manifests',
          path: 'image-policy.yaml',
          yaml: `imagePolicy:
  kubeConfigFile: /etc/kubernetes/admission/kubeconfig.yaml
  allowTTL: 50
  denyTTL: -1
  retryBackoff: 500
  defaultallow: false`,
        },
      ],
    },
  },
});
