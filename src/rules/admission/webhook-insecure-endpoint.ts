import { defineRule } from '../../engine/rule.ts';
import { endpointFaults, hasInjectedCa } from '../../k8s/admission/endpoint.ts';
import { WEBHOOK_KINDS } from '../../k8s/admission/webhooks.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'webhook-insecure-endpoint',
  title: 'Webhook whose endpoint cannot be trusted or is refused',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: WEBHOOK_KINDS,
  supersedes: ['schema-required-missing', 'schema-wrong-type'],
  messages: {
    refused: 'clientConfig of webhook "{name}" {reason}; the API server refuses the object',
    url: 'the url of webhook "{name}" {reason}; the API server refuses the object',
    'no-ca':
      'webhook "{name}" has no caBundle: its service is verified by the roots of the system, which have not signed for it',
    'no-ca-url': 'webhook "{name}" has no caBundle: any authority that the system trusts can answer for it',
    'bad-ca': 'the caBundle of webhook "{name}" {reason}; the API server cannot call it',
  },
  check({ root, head }, context) {
    const injected = hasInjectedCa(head.annotations);
    for (const hook of root.get('webhooks').items() as readonly AnyNode[]) {
      if (!hook.isMap) continue;
      const name = hook.get('name').string ?? '';
      const config: AnyNode = hook.get('clientConfig');
      for (const fault of endpointFaults(config, injected)) {
        const at = fault.atKey === true ? { atKey: true } : {};
        if (fault.is === 'refused') {
          const message = fault.node.key === 'url' && fault.atKey !== true ? 'url' : 'refused';
          context.report(fault.node, message, { ...at, data: { name, reason: fault.reason } });
        } else if (fault.is === 'bad-ca') {
          context.report(fault.node, 'bad-ca', { data: { name, reason: fault.reason } });
        } else if (config.get('url').present) {
          context.report(fault.node, 'no-ca-url', { data: { name }, severity: 'low', preset: 'strict', atKey: true });
        } else {
          // A chart or an operator often writes it when it installs: the manifest alone does not tell.
          context.report(fault.node, 'no-ca', { data: { name }, severity: 'low', preset: 'strict', atKey: true });
        }
      }
    }
  },
  docs: {
    why: 'Every object that the webhook is for is sent to this endpoint, and what it answers is believed. Whoever can answer in its place admits what it likes; a CA that does not fit makes every call fail.',
    fix: 'Give a `service` or an `https://` URL, and the CA of its certificate as `caBundle`; or let cert-manager write it: annotation `cert-manager.io/inject-ca-from`.',
    frameworks: { nsa: ['N4'], mitre: ['T1557', 'T1562.001'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook',
    ],
    limits:
      'A missing `caBundle` is reported in the preset strict alone: charts and operators write it when they install. Expiry is not looked at.',
    examples: {
      bad: [
        {
          title: 'clear text, and a bundle that is none',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: images
webhooks:
  - name: a.policy.example.com
    clientConfig:
      url: http://policy.example.com/validate # finding: url
    sideEffects: None
    admissionReviewVersions: [v1]
  - name: b.policy.example.com
    clientConfig:
      caBundle: aGVsbG8K # finding: bad-ca
      service: { name: images, namespace: policy }
    sideEffects: None
    admissionReviewVersions: [v1]
  - name: c.policy.example.com
    clientConfig: # finding: no-ca
      service: { name: images, namespace: policy }
    sideEffects: None
    admissionReviewVersions: [v1]
  - name: d.policy.example.com
    clientConfig: {} # finding: refused
    sideEffects: None
    admissionReviewVersions: [v1]
  - name: e.policy.example.com
    clientConfig: # finding: no-ca-url
      url: https://policy.example.com/validate
    sideEffects: None
    admissionReviewVersions: [v1]`,
        },
      ],
      good: [
        {
          title: 'cert-manager writes the bundle',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: images
  annotations:
    cert-manager.io/inject-ca-from: policy/images
webhooks:
  - name: a.policy.example.com
    clientConfig:
      service: { name: images, namespace: policy }
    sideEffects: None
    admissionReviewVersions: [v1]`,
        },
      ],
    },
  },
});
