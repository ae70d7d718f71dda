import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from '../control-plane/_component.ts';
import { fixOf, kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-authorization-always-allow',
  title: 'Kubelet allows every authenticated request',
  category: 'node',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    always: 'kubelet authorization is AlwaysAllow: any authenticated caller may run commands in any pod of the node',
    default:
      'kubelet authorization is AlwaysAllow, as it is without a configuration file and without --authorization-mode',
    tokens: '{name} is false: service accounts, that of metrics-server for one, cannot authenticate to the kubelet',
  },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      const mode = kubelet.setting('authorizationMode');
      const { node, ...place } = mode.place;
      if (mode.value === 'AlwaysAllow') {
        context.report(node, 'always', { ...place, ...fixOf(mode, 'Ask the API server', 'hardening', 'Webhook') });
      } else if (mode.missing && kubelet.defaults === 'flags') context.report(node, 'default', place);
      else {
        const webhook = kubelet.setting('webhook');
        if (webhook.value !== false || (mode.written && mode.value !== 'Webhook')) continue;
        const { node: at, ...part } = webhook.place;
        context.report(at, 'tokens', { ...part, data: { name: webhook.name }, severity: 'medium' });
      }
    }
  },
  docs: {
    why: 'Every certificate that the cluster signs and every service account token then opens every pod of the node, whatever RBAC says about `nodes/proxy`.',
    fix: 'Set `authorization.mode: Webhook` (the default of the configuration file) and `authentication.webhook.enabled: true`.',
    frameworks: { cis: ['4.2.2'], nsa: ['N4'], mitre: ['T1609', 'T1078'] },
    equivalents: { trivy: ['KCV-0080'], kubescape: ['C-0173'], checkov: ['CKV_K8S_139'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/#kubelet-authorization'],
    examples: {
      bad: [
        {
          title: 'everything is allowed',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authorization:
  mode: AlwaysAllow # finding: always`,
        },
        {
          title: 'the old defaults of flags',
          in: 'container',
          yaml: example('kubelet', ['--anonymous-auth=false'], 'default'),
        },
        {
          title: 'no tokens',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  webhook:
    enabled: false # finding: tokens
authorization:
  mode: Webhook`,
        },
      ],
      good: [
        {
          title: 'the API server decides',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authorization:
  mode: Webhook`,
        },
      ],
    },
  },
});
