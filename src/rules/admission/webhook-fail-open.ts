import { defineRule } from '../../engine/rule.ts';
import { failurePolicyOf, guardsPods, isPolicyEngine, rulesOf, WEBHOOK_KINDS } from '../../k8s/admission/webhooks.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'webhook-fail-open',
  title: 'Policy webhook that is skipped when it does not answer',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: WEBHOOK_KINDS,
  messages: {
    open: 'webhook "{name}" decides about workloads and is skipped when it does not answer (failurePolicy: Ignore)',
    default:
      'webhook "{name}" decides about workloads and is skipped when it does not answer: v1beta1 defaults to Ignore',
  },
  check({ root, head }, context) {
    for (const hook of root.get('webhooks').items() as readonly AnyNode[]) {
      if (failurePolicyOf(hook, head.version) !== 'Ignore' || !guardsPods(rulesOf(hook.get('rules')))) continue;
      const engine = isPolicyEngine(head.name, hook);
      // What only completes objects, as sidecar injectors do, decides nothing.
      if (!engine && head.kind === 'MutatingWebhookConfiguration') continue;
      const node: AnyNode = hook.get('failurePolicy');
      const name = hook.get('name').string ?? '';
      context.report(node, node.present ? 'open' : 'default', {
        data: { name },
        ...(engine ? {} : { preset: 'strict' }),
      });
    }
  },
  docs: {
    why: 'Whoever can make the webhook fail or time out (a large object, a busy node, a deleted pod of the webhook) gets workloads past it. Gatekeeper installs itself with Ignore and finds violations later by its audit.',
    fix: 'Set `failurePolicy: Fail`, run at least two replicas with a PodDisruptionBudget, and leave out kube-system and the webhook’s own namespace by `namespaceSelector`.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy',
      'https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/',
    ],
    limits:
      'Policy engines are known by the names of their webhooks and services; other validating webhooks are reported in the preset strict.',
    examples: {
      bad: [
        {
          title: 'Gatekeeper as it installs itself',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: gatekeeper-validating-webhook-configuration
webhooks:
  - name: validation.gatekeeper.sh
    failurePolicy: Ignore # finding: open
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: { caBundle: "", service: { name: gatekeeper-webhook-service, namespace: gatekeeper-system } }
    rules: [{ operations: [CREATE, UPDATE], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }]`,
        },
        {
          title: 'the default of v1beta1, of a webhook without a known name',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1beta1
kind: ValidatingWebhookConfiguration
metadata:
  name: rules
webhooks:
  - name: rules.example.com # finding: default
    rules: [{ operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: [deployments] }]`,
        },
      ],
      good: [
        {
          title: 'fails closed; another only injects',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: gatekeeper-validating-webhook-configuration
webhooks:
  - name: validation.gatekeeper.sh
    failurePolicy: Fail
    rules: [{ operations: [CREATE, UPDATE], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: istio-sidecar-injector
webhooks:
  - name: object.sidecar-injector.istio.io
    failurePolicy: Ignore
    rules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }]`,
        },
      ],
    },
  },
});
