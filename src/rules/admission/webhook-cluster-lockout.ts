import { defineRule } from '../../engine/rule.ts';
import { covers, failurePolicyOf, rulesOf, WEBHOOK_KINDS } from '../../k8s/admission/webhooks.ts';
import { matches, NAMESPACE_NAME_LABEL, readSelector } from '../../k8s/labels.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'webhook-cluster-lockout',
  title: 'Failing webhook that stops the cluster itself',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: WEBHOOK_KINDS,
  messages: {
    lockout: 'webhook "{name}" fails closed and is asked about {what} in kube-system: while it is down, {effect}',
  },
  check({ root, head }, context) {
    for (const hook of root.get('webhooks').items() as readonly AnyNode[]) {
      if (failurePolicyOf(hook, head.version) !== 'Fail') continue;
      if (hook.get('matchConditions').items().length > 0) continue;
      if (!isEmptySelector(hook.get('objectSelector')) || !reaches(hook.get('namespaceSelector'))) continue;
      const rules = rulesOf(hook.get('rules'));
      const name = hook.get('name').string ?? '';
      for (const rule of rules) {
        const found = CRITICAL.find(([group, resource, operation]) => covers(rule, group, resource, operation));
        if (found === undefined || rule.node.get('scope').string === 'Cluster') continue;
        const everything = rule.resources.some((each) => each === '*' || each === '*/*') && rule.groups.includes('*');
        context.report(rule.node.get('resources'), 'lockout', {
          data: { name, what: everything ? 'everything' : found[1], effect: found[3] },
          atKey: true,
          ...(everything || found[1] === 'leases' ? { severity: 'high' } : {}),
        });
        break;
      }
    }
  },
  docs: {
    why: 'The control plane and its add-ons go through the same admission as everybody else. A webhook that fails closed on their leases or pods can keep the very pods from starting that would serve it.',
    fix: 'Leave kube-system and the webhook’s own namespace out: `namespaceSelector` with `kubernetes.io/metadata.name NotIn [kube-system, …]`.',
    frameworks: { nsa: ['N4'], mitre: ['T1499'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/'],
    limits: 'A webhook with an `objectSelector` or `matchConditions` is taken to be narrowed by them.',
    examples: {
      bad: [
        {
          title: 'everything, and leases',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: guard
webhooks:
  - name: all.guard.example.com
    failurePolicy: Fail
    rules:
      - operations: ["*"]
        apiGroups: ["*"]
        apiVersions: ["*"]
        resources: ["*"] # finding
  - name: leases.guard.example.com
    rules:
      - operations: [UPDATE]
        apiGroups: [coordination.k8s.io]
        apiVersions: [v1]
        resources: [leases] # finding`,
        },
      ],
      good: [
        {
          title: 'kube-system left out; another fails open',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: guard
webhooks:
  - name: all.guard.example.com
    failurePolicy: Fail
    namespaceSelector:
      matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, guard] }]
    rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }]
  - name: pods.guard.example.com
    failurePolicy: Ignore
    rules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }]
  - name: own.guard.example.com
    failurePolicy: Fail
    rules: [{ operations: [CREATE], apiGroups: [guard.example.com], apiVersions: [v1], resources: ["*"] }]`,
        },
      ],
    },
  },
});

/** What the cluster needs to go on, in the order of weight. */
const CRITICAL: readonly (readonly [group: string, resource: string, operation: string, effect: string])[] = [
  ['coordination.k8s.io', 'leases', 'UPDATE', 'nodes and controllers cannot renew their leases'],
  ['', 'pods', 'CREATE', 'no pod of the system starts'],
];

function isEmptySelector(node: AnyNode): boolean {
  const read = readSelector(node.raw);
  return read === undefined || read.selector.length === 0;
}

/** Certainly selects kube-system, of whose labels only the name is known. */
function reaches(node: AnyNode): boolean {
  const read = readSelector(node.raw);
  if (read === undefined) return true;
  return matches(read.selector, { labels: { [NAMESPACE_NAME_LABEL]: 'kube-system' }, open: true }) === true;
}
