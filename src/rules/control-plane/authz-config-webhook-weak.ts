import { defineRule } from '../../engine/rule.ts';
import { durationSeconds } from '../../k8s/control-plane/values.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'authz-config-webhook-weak',
  title: 'AuthorizationConfiguration fails open or does not load',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['AuthorizationConfiguration.apiserver.config.k8s.io'],
  messages: {
    open: 'webhook "{name}" is asked before RBAC and has failurePolicy NoOpinion: while it is down, what it would deny is allowed',
    cached: 'webhook "{name}" keeps an allowed answer for {ttl}: what is revoked stays allowed as long',
    unguarded:
      'matchCondition of webhook "{name}" reads request.{field} without has(request.{field}): an error there is its failurePolicy',
    invalid: '{fact}, so kube-apiserver does not start',
  },
  check(resource, context) {
    const list: AnyNode = resource.root.at(['authorizers']);
    const authorizers = list.items() as readonly AnyNode[];
    const invalid = (node: AnyNode, fact: string): void =>
      context.report(node, 'invalid', { data: { fact }, severity: 'high' });
    if (authorizers.length === 0) {
      invalid(list, 'authorizers names no authorizer');
      return;
    }
    const rbac = authorizers.findIndex((each) => each.get('type').string === 'RBAC');
    const [types, names] = [new Set<string>(), new Set<string>()];
    authorizers.forEach((authorizer, index) => {
      const type: AnyNode = authorizer.get('type');
      const kind = type.string ?? '';
      if (isUnresolved(kind)) return;
      if (!TYPES.has(kind)) {
        invalid(
          type,
          kind === '' ? 'an authorizer has no type' : `authorizer type "${kind}" is none of ${[...TYPES].join(', ')}`,
        );
        return;
      }
      if (kind !== 'Webhook' && types.has(kind)) {
        invalid(type, `authorizer type ${kind} is given twice`);
        return;
      }
      types.add(kind);
      const name: AnyNode = authorizer.get('name');
      const text = name.string ?? '';
      if (text === '') invalid(name, `the ${kind} authorizer has no name`);
      else if (names.has(text)) invalid(name, `two authorizers are called "${text}"`);
      else if (!isUnresolved(text) && !SUBDOMAIN.test(text)) invalid(name, `authorizer name "${text}" is no DNS name`);
      names.add(text);
      const webhook: AnyNode = authorizer.get('webhook');
      if (kind !== 'Webhook') {
        if (webhook.present) invalid(webhook, `the ${kind} authorizer has a webhook`);
        return;
      }
      if (!webhook.present) {
        invalid(type, `webhook "${text}" says nothing of the webhook`);
        return;
      }
      checkWebhook(text, webhook, invalid);
      const policy: AnyNode = webhook.get('failurePolicy');
      const conditions = webhook.get('matchConditions').items() as readonly AnyNode[];
      if (policy.string === 'NoOpinion' && (conditions.length > 0 || index < rbac)) {
        context.report(policy, 'open', { data: { name: text }, severity: 'low', preset: 'strict' });
      }
      const ttl: AnyNode = webhook.get('authorizedTTL');
      if ((durationSeconds(ttl.string) ?? 0) > 3600)
        context.report(ttl, 'cached', { data: { name: text, ttl: ttl.string! } });
      const expressions = conditions.map((condition): AnyNode => condition.get('expression'));
      for (const field of ['resourceAttributes', 'nonResourceAttributes']) {
        const guarded = expressions.some((each) => each.string?.includes(`has(request.${field})`) === true);
        const reads = expressions.find((each) => each.string?.includes(`request.${field}.`) === true);
        if (reads !== undefined && !guarded) {
          context.report(reads, 'unguarded', { data: { name: text, field }, preset: 'strict' });
        }
      }
    });
  },
  docs: {
    why: 'A webhook that is there to deny and has no opinion when it cannot be reached denies nothing while it is down. A file that does not validate keeps the API server from starting; when it is changed in a running server, the change has no effect.',
    fix: 'Set `failurePolicy: Deny` for a webhook that denies, and keep `authorizedTTL` to minutes.',
    frameworks: { nsa: ['A1'], mitre: ['T1098'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/authorization/#using-configuration-file-for-authorization',
      'https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go',
    ],
    limits:
      'Whether the expressions compile is said by `vap-invalid`. authorizedTTL and unauthorizedTTL may be left out: they default to 5m and 30s.',
    examples: {
      bad: [
        {
          title: 'fails open',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
  - type: Webhook
    name: guard
    webhook:
      timeout: 3s
      authorizedTTL: 24h # finding: cached
      subjectAccessReviewVersion: v1
      matchConditionSubjectAccessReviewVersion: v1
      failurePolicy: NoOpinion # finding: open
      connectionInfo: {type: KubeConfigFile, kubeConfigFile: /etc/kubernetes/guard.conf}
      matchConditions:
        - expression: request.resourceAttributes.namespace == 'kube-system' # finding: unguarded
  - type: Node
    name: node
  - type: RBAC
    name: rbac`,
        },
        {
          title: 'does not load',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
  - type: Webhook
    name: guard
    webhook: # finding: invalid, invalid
      timeout: 60s # finding: invalid
      subjectAccessReviewVersion: v2 # finding: invalid
      connectionInfo: {type: KubeConfigFile, kubeConfigFile: guard.conf} # finding: invalid
      matchConditions:
        - expression: has(request.resourceAttributes)
  - type: RBAC
    name: guard # finding: invalid
  - type: Rbac # finding: invalid
    name: rest`,
        },
      ],
      good: [
        {
          title: 'fails closed',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
  - type: Webhook
    name: guard
    webhook:
      timeout: 3s
      subjectAccessReviewVersion: v1
      matchConditionSubjectAccessReviewVersion: v1
      failurePolicy: Deny
      connectionInfo: {type: KubeConfigFile, kubeConfigFile: /etc/kubernetes/guard.conf}
      matchConditions:
        - expression: has(request.resourceAttributes)
        - expression: request.resourceAttributes.namespace == 'kube-system'
  - type: Node
    name: node
  - type: RBAC
    name: rbac`,
        },
      ],
    },
  },
});

const TYPES = new Set(['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node']);
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** What apiserver/pkg/apis/apiserver/validation refuses. */
function checkWebhook(name: string, webhook: AnyNode, invalid: (node: AnyNode, fact: string) => void): void {
  const of = (key: string): AnyNode => webhook.get(key);
  const word = (key: string, allowed: readonly string[]): void => {
    const text = of(key).string ?? '';
    if (text === '') invalid(of(key), `webhook "${name}" has no ${key}`);
    else if (!isUnresolved(text) && !allowed.includes(text)) {
      invalid(of(key), `${key} "${text}" of webhook "${name}" is none of ${allowed.join(', ')}`);
    }
  };
  const timeout = durationSeconds(of('timeout').string);
  if (!of('timeout').present || timeout === 0) invalid(of('timeout'), `webhook "${name}" has no timeout`);
  else if (timeout !== undefined && (timeout > 30 || timeout < 0)) {
    invalid(of('timeout'), `the timeout of webhook "${name}" is not within 30s`);
  }
  for (const key of ['authorizedTTL', 'unauthorizedTTL']) {
    if ((durationSeconds(of(key).string) ?? 0) < 0) invalid(of(key), `${key} of webhook "${name}" is negative`);
  }
  word('subjectAccessReviewVersion', ['v1', 'v1beta1']);
  word('failurePolicy', ['NoOpinion', 'Deny']);
  const conditions: AnyNode = of('matchConditions');
  const version: AnyNode = of('matchConditionSubjectAccessReviewVersion');
  if (conditions.items().length > 0 && !version.present) {
    invalid(version, `webhook "${name}" has matchConditions and no matchConditionSubjectAccessReviewVersion`);
  } else if (version.present) word('matchConditionSubjectAccessReviewVersion', ['v1']);
  const connection: AnyNode = of('connectionInfo');
  const file: AnyNode = connection.get('kubeConfigFile');
  const type = connection.get('type').string ?? '';
  if (type === '') invalid(connection.get('type'), `webhook "${name}" has no connectionInfo.type`);
  else if (type === 'KubeConfigFile') {
    const path = file.string ?? '';
    if (path === '') invalid(file, `webhook "${name}" names no kubeConfigFile`);
    else if (!path.startsWith('/') && !isUnresolved(path)) {
      invalid(file, `kubeConfigFile "${path}" of webhook "${name}" is no absolute path`);
    }
  } else if (type === 'InClusterConfig') {
    if (file.present) invalid(file, `webhook "${name}" has a kubeConfigFile beside InClusterConfig`);
  } else if (!isUnresolved(type)) {
    invalid(connection.get('type'), `connectionInfo.type "${type}" is neither KubeConfigFile nor InClusterConfig`);
  }
}
