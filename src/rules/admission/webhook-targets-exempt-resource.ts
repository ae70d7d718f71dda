import { defineRule } from '../../engine/rule.ts';
import { rulesOf, WEBHOOK_KINDS } from '../../k8s/admission/webhooks.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'webhook-targets-exempt-resource',
  title: 'Webhook on kinds for which no webhook is ever called',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: WEBHOOK_KINDS,
  messages: { exempt: 'the API server calls no webhook for {resources}: this rule has no effect' },
  check({ root }, context) {
    for (const hook of root.get('webhooks').items() as readonly AnyNode[]) {
      for (const { node, groups, resources } of rulesOf(hook.get('rules'))) {
        if (groups.length !== 1 || groups[0] !== 'admissionregistration.k8s.io' || resources.length === 0) continue;
        if (!resources.every((each) => EXEMPT.has(each.split('/')[0]!))) continue;
        context.report(node.get('resources'), 'exempt', { data: { resources: resources.join(', ') }, atKey: true });
      }
    }
  },
  docs: {
    why: 'Webhook configurations and admission policies are exempt from webhooks, so that a broken one can be removed. A webhook that is to guard them guards nothing.',
    fix: 'Guard them by RBAC: who may write `validatingwebhookconfigurations` can switch admission off.',
    frameworks: { cis: ['5.1.12'], nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#what-are-admission-webhooks',
    ],
    examples: {
      bad: [
        {
          title: 'guards of the guards',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: guard
webhooks:
  - name: guards.guard.example.com
    rules:
      - operations: [DELETE]
        apiGroups: [admissionregistration.k8s.io]
        apiVersions: ["*"]
        resources: [validatingwebhookconfigurations, validatingadmissionpolicies] # finding`,
        },
      ],
      good: [
        {
          title: 'other kinds',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: guard
webhooks:
  - name: roles.guard.example.com
    rules:
      - operations: ["*"]
        apiGroups: [rbac.authorization.k8s.io]
        apiVersions: ["*"]
        resources: [clusterroles]`,
        },
      ],
    },
  },
});

const EXEMPT: ReadonlySet<string> = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);
