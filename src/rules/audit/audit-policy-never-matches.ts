import { defineRule } from '../../engine/rule.ts';
import { deadItems } from '../../k8s/audit/dead-items.ts';
import { ordinal, POLICY_KINDS, policyOf, ruleNode } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-never-matches',
  title: 'Audit rule names what no request has',
  category: 'audit',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: POLICY_KINDS,
  messages: {
    rule: 'rule {rule} matches no request: "{value}" {why}',
    item: '"{value}" in rule {rule} matches no request: it {why}',
  },
  check(resource, context) {
    for (const [index, rule] of (policyOf(resource)?.rules ?? []).entries()) {
      for (const { path, value, why, whole } of deadItems(rule)) {
        const node = ruleNode(resource, index).at(path);
        const data = { rule: ordinal(index), value, why };
        if (!whole) {
          context.report(node, 'item', { data });
          continue;
        }
        // An empty list means all of them, which is what a star is meant to say.
        const list = node.parent!;
        const changes = [{ op: 'remove', path: list.steps }] as const;
        const meansAll = value === '*' && list.items().length === 1;
        const fix = meansAll
          ? { fix: { title: `Leave ${String(list.key)} out`, safety: 'safe', changes } as const }
          : {};
        context.report(node, 'rule', { data, ...fix });
      }
    }
  },
  docs: {
    why: 'Users, groups, verbs and namespaces are compared as they are: a `*` is a user called `*`. Resources are the plural in lower case, without a version in the group. What matches nothing is no error, so that the rule is there and does nothing.',
    fix: 'Leave a list out to mean all; write resources as `kubectl api-resources` shows them.',
    frameworks: { cis: ['3.2.2'], nsa: ['L1'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-PolicyRule'],
    limits: 'Resources of groups that are not built in are not known and left alone.',
    examples: {
      bad: [
        {
          title: 'stars and words that are none',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None
    users: ["*"] # finding: rule
  - level: Request
    verbs:
      - write # finding: rule
    resources:
      - group: ""
        resources: [pods]
  - level: Metadata
    userGroups:
      - masters # finding: item
      - system:nodes`,
        },
        {
          title: 'kinds, groups and paths',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
    resources:
      - group: ""
        resources:
          - Secret # finding: item
          - pods.exec # finding: item
          - configmaps
      - group: apps
        resources:
          - pods # finding: item
          - deployments
  - level: None
    nonResourceURLs:
      - /api/v1/namespaces/default/pods # finding: rule`,
        },
      ],
      good: [
        {
          title: 'as requests have them',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None
    users: [system:kube-proxy]
    verbs: [watch]
    resources:
      - group: ""
        resources: [endpoints, services, services/status]
      - group: metrics.k8s.io
        resources: [pods]
  - level: None
    nonResourceURLs: ["/healthz*", /version, /api]
  - level: Metadata`,
        },
      ],
    },
  },
});
