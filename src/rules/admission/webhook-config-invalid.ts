import { defineRule } from '../../engine/rule.ts';
import { validateWebhooks } from '../../k8s/admission/validate-webhook.ts';
import { WEBHOOK_KINDS } from '../../k8s/admission/webhooks.ts';
import { pathInWords } from '../../k8s/schema/path.ts';

export default defineRule({
  id: 'webhook-config-invalid',
  title: 'Webhook configuration that the API server refuses',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: WEBHOOK_KINDS,
  supersedes: ['schema-enum-invalid', 'schema-required-missing', 'schema-wrong-type'],
  messages: { invalid: '{path}: {reason}; the API server refuses the object' },
  check({ root, head }, context) {
    const mutating = head.kind.startsWith('Mutating');
    for (const { node, reason, word, atKey } of validateWebhooks(root, head.version, mutating)) {
      context.report(node, 'invalid', {
        data: { path: pathInWords(node.steps.slice(head.within.length)), reason },
        ...(atKey === true ? { atKey } : {}),
        ...(word === undefined
          ? {}
          : {
              fix: {
                title: `Write ${word}`,
                safety: 'safe',
                changes: [{ op: 'set', path: node.steps, value: word }],
              },
            }),
      });
    }
  },
  docs: {
    why: 'A webhook configuration that the API server refuses guards nothing: the objects it was for are admitted unseen, and an apply of many files may report it as one line among many.',
    fix: 'Correct the field. In `admissionregistration.k8s.io/v1` the fields `sideEffects` (None, NoneOnDryRun) and `admissionReviewVersions` have no default.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
      'https://kubernetes.io/docs/reference/using-api/deprecation-guide/#webhook-resources-v122',
    ],
    limits:
      'What is wrong with `clientConfig` is said by `webhook-insecure-endpoint`, with `matchConditions` by `vap-invalid`.',
    examples: {
      bad: [
        {
          title: 'written as for v1beta1',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: images
webhooks:
  - name: images.policy # finding
    failurePolicy: fail # finding
    timeoutSeconds: 60 # finding
    sideEffects: Some # finding
    admissionReviewVersions: # finding
      - v2
    clientConfig: { service: { name: images, namespace: policy } }
    rules:
      - operations: # finding
          - "*"
          - CREATE
        apiGroups: [""]
        apiVersions: [v1]
        resources:
          - pods/*
          - pods/exec # finding`,
        },
        {
          title: 'what v1 has no default for',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: images
webhooks:
  - name: images.policy.example.com # finding: invalid, invalid
    clientConfig: { service: { name: images, namespace: policy } }
    rules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }]`,
        },
      ],
      good: [
        {
          title: 'complete',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: images
webhooks:
  - name: images.policy.example.com
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    timeoutSeconds: 10
    clientConfig: { service: { name: images, namespace: policy } }
    rules: [{ operations: [CREATE, UPDATE], apiGroups: [""], apiVersions: [v1], resources: [pods, pods/ephemeralcontainers] }]`,
        },
      ],
    },
  },
});
