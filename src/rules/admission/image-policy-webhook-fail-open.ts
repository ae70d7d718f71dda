import { defineRule } from '../../engine/rule.ts';
import { IMAGE_POLICY_KIND, imagePolicySetting } from '../../k8s/admission/image-policy.ts';

export default defineRule({
  id: 'image-policy-webhook-fail-open',
  title: 'Images are admitted when the image policy webhook is down',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [IMAGE_POLICY_KIND],
  messages: {
    open: 'ImagePolicyWebhook admits every image when its webhook does not answer (defaultAllow: true)',
    stale: 'ImagePolicyWebhook keeps an approval for {seconds} seconds: an image revoked meanwhile is still admitted',
  },
  check({ root }, context) {
    const node = imagePolicySetting(root, 'defaultAllow');
    if (node.boolean === true) {
      context.report(node, 'open', {
        fix: {
          title: 'Deny when the webhook does not answer',
          safety: 'hardening',
          changes: [{ op: 'set', path: node.steps, value: false }],
        },
      });
    }
    const ttl = imagePolicySetting(root, 'allowTTL');
    const seconds = ttl.number;
    if (seconds !== undefined && seconds > 300 && seconds <= 1800) {
      context.report(ttl, 'stale', { data: { seconds }, severity: 'low', preset: 'strict' });
    }
  },
  docs: {
    why: 'The plugin is there to keep unapproved images out. With `defaultAllow: true` an attacker who stops or slows the webhook runs any image.',
    fix: 'Set `defaultAllow: false`, and keep the webhook available.',
    frameworks: { cis: ['5.5.1'], nsa: ['N4'], mitre: ['T1610', 'T1525'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#imagepolicywebhook'],
    examples: {
      bad: [
        {
          title: 'fails open',
          in: 'manifests',
          path: 'image-policy.yaml',
          yaml: `imagePolicy:
  kubeConfigFile: /etc/kubernetes/admission/kubeconfig.yaml
  allowTTL: 1800 # finding: stale
  denyTTL: 50
  retryBackoff: 500
  defaultAllow: true # finding: open`,
        },
        {
          title: 'within the AdmissionConfiguration',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: ImagePolicyWebhook
    configuration:
      imagePolicy:
        kubeConfigFile: /etc/kubernetes/admission/kubeconfig.yaml
        defaultAllow: true # finding: open`,
        },
      ],
      good: [
        {
          title: 'fails closed',
          in: 'manifests',
          path: 'image-policy.yaml',
          yaml: `imagePolicy:
  kubeConfigFile: /etc/kubernetes/admission/kubeconfig.yaml
  allowTTL: 50
  defaultAllow: false`,
        },
      ],
    },
  },
});
