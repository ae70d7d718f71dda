import { defineRule } from '../../engine/rule.ts';
import {
  type AdmissionRule,
  covers,
  coversSubresource,
  isPolicyEngine,
  rulesOf,
  WEBHOOK_KINDS,
} from '../../k8s/admission/webhooks.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'mutating-webhook-broad',
  title: 'Webhook that receives Secrets, permissions or everything',
  category: 'admission',
  severity: 'medium',
  preset: 'strict',
  on: 'resource',
  kinds: WEBHOOK_KINDS,
  messages: {
    mutating: 'webhook "{name}" receives {resources} and may change them',
    validating: 'webhook "{name}" receives {resources}',
    outside: 'webhook "{name}" sends {resources} to {url}',
  },
  check({ root, head }, context) {
    const mutating = head.kind.startsWith('Mutating');
    for (const hook of root.get('webhooks').items() as readonly AnyNode[]) {
      const config: AnyNode = hook.get('clientConfig');
      const url = config.get('url').string;
      const inSystem = config.get('service').get('namespace').string === 'kube-system';
      const isKnown = url === undefined && (inSystem || isPolicyEngine(head.name, hook));
      if (isKnown || selectsByLabel(hook.get('objectSelector'))) continue;
      const name = hook.get('name').string ?? '';
      for (const rule of rulesOf(hook.get('rules'))) {
        const resources = sensitive(rule);
        if (resources === undefined) continue;
        if (url !== undefined && !isOwnCluster(url)) {
          const data = { name, resources, url: hostOf(url) };
          context.report(rule.node, 'outside', { data, severity: 'high', preset: 'recommended' });
        } else if (mutating) context.report(rule.node, 'mutating', { data: { name, resources } });
        else context.report(rule.node, 'validating', { data: { name, resources }, severity: 'low' });
      }
    }
  },
  docs: {
    why: 'A webhook is sent whole objects: of Secrets their content, of roles and bindings who may do what. Whoever runs it, or takes it over, reads them, and a mutating one can add to them.',
    fix: 'List the resources that the webhook is for, and leave out those that it has no use for. Select objects by a label where only some are meant.',
    frameworks: { cis: ['5.1.12'], mitre: ['T1552.007', 'T1557'] },
    equivalents: { kubescape: ['C-0039'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/',
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules',
    ],
    limits:
      'Webhooks served from kube-system and those of known policy engines are left out, unless they are served from outside the cluster.',
    examples: {
      bad: [
        {
          title: 'everything, and Secrets to the outside',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: labels
webhooks:
  - name: labels.platform.example.com
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: { service: { name: labels, namespace: platform } }
    rules:
      - operations: [CREATE, UPDATE] # finding: mutating
        apiGroups: ["*"]
        apiVersions: ["*"]
        resources: ["*"]
  - name: vault.example.com
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: { url: "https://vault.example.com/inject" }
    rules:
      - { operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }
      - operations: [CREATE] # finding: outside
        apiGroups: [""]
        apiVersions: [v1]
        resources: [secrets]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: roles
webhooks:
  - name: roles.platform.example.com
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: { service: { name: roles, namespace: platform } }
    rules:
      - operations: ["*"] # finding: validating
        apiGroups: [rbac.authorization.k8s.io]
        apiVersions: [v1]
        resources: [rolebindings, clusterrolebindings]`,
        },
      ],
      good: [
        {
          title: 'what it is for, by label, and a known engine',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: sidecar
webhooks:
  - name: sidecar.platform.example.com
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: { service: { name: sidecar, namespace: platform } }
    rules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }]
  - name: replicate.platform.example.com
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: { service: { name: replicate, namespace: platform } }
    objectSelector: { matchLabels: { platform.example.com/replicate: "true" } }
    rules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [secrets] }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: gatekeeper-validating-webhook-configuration
webhooks:
  - name: validation.gatekeeper.sh
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: { service: { name: gatekeeper-webhook-service, namespace: gatekeeper-system } }
    rules: [{ operations: [CREATE, UPDATE], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }]`,
        },
      ],
    },
  },
});

const RBAC = 'rbac.authorization.k8s.io';
const SENSITIVE: readonly (readonly [group: string, resource: string, words: string])[] = [
  ['', 'secrets', 'Secrets'],
  [RBAC, 'roles', 'roles'],
  [RBAC, 'rolebindings', 'role bindings'],
  [RBAC, 'clusterroles', 'cluster roles'],
  [RBAC, 'clusterrolebindings', 'cluster role bindings'],
];

/** What a webhook gets to see by a rule, in words; undefined where it is nothing out of the ordinary. */
function sensitive(rule: AdmissionRule): string | undefined {
  const isEverything = rule.groups.includes('*') && (rule.resources.includes('*') || rule.resources.includes('*/*'));
  if (isEverything) return 'every object';
  const seen = SENSITIVE.filter(([group, resource]) => covers(rule, group, resource)).map(([, , words]) => words);
  if (coversSubresource(rule, '', 'serviceaccounts', 'token')) seen.push('tokens of service accounts');
  if (seen.length === 0) return undefined;
  const last = seen.pop()!;
  return seen.length === 0 ? last : `${seen.join(', ')} and ${last}`;
}

/** Whether only objects come that carry a label. */
function selectsByLabel(selector: AnyNode): boolean {
  if (selector.get('matchLabels').entries().length > 0) return true;
  return (selector.get('matchExpressions').items() as readonly AnyNode[]).some((item) =>
    ['In', 'Exists'].includes(item.get('operator').string ?? ''),
  );
}

function hostOf(url: string): string {
  return /^https?:\/\/(?:[^/@]*@)?([^/?#]+)/.exec(url)?.[1] ?? 'its url';
}

/** Addresses within the node or the cluster. */
function isOwnCluster(url: string): boolean {
  return /^(?:localhost|127\.|\[::1\])|\.svc(?:\.|:|$)/.test(hostOf(url));
}
