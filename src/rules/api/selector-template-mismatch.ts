import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap, type Value } from '../../yaml/value.ts';

export default defineRule({
  id: 'selector-template-mismatch',
  title: 'Selector that does not select the pods of its own template',
  category: 'api',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    'Deployment.apps',
    'StatefulSet.apps',
    'DaemonSet.apps',
    'ReplicaSet.apps',
    'ReplicationController',
    'Job.batch',
    'Rollout.argoproj.io',
  ],
  messages: {
    mismatch: 'the selector asks for {asked}, and the template has {given}: the API server refuses the object',
    empty: 'the selector is empty: the API server refuses the object',
  },
  check(resource, context) {
    const spec = resource.root.get('spec');
    const selector = spec.get('selector');
    if (!selector.isMap) return;
    const template = spec.get('template');
    if (!template.isMap) return;
    const simple = resource.groupKind === 'ReplicationController';
    // A Job makes its own selector unless it is told not to.
    if (resource.groupKind === 'Job.batch' && spec.get('manualSelector').boolean !== true) return;
    const labelsNode = template.get('metadata').get('labels');
    const labels = isMap(labelsNode.raw) ? labelsNode.raw : {};
    const matchLabels = simple ? selector : selector.get('matchLabels');
    const expressions = simple ? [] : selector.get('matchExpressions').items();

    if (!simple && expressions.length === 0 && isEmpty(matchLabels.raw) && hasOnlySelectorFields(selector)) {
      context.report(selector, 'empty', { atKey: true });
      return;
    }
    const asked: string[] = [];
    if (isMap(matchLabels.raw)) {
      for (const key in matchLabels.raw) {
        const value = matchLabels.raw[key] ?? '';
        const label = labels[key];
        // What is no text is said by another rule; null is read as an empty text.
        if (typeof value !== 'string' || (label !== undefined && label !== null && typeof label !== 'string')) continue;
        if (label === undefined || (label ?? '') !== value) asked.push(`${key}=${value}`);
      }
    }
    for (const expression of expressions) {
      const unmet = unmetExpression(expression, labels);
      if (unmet !== undefined) asked.push(unmet);
    }
    if (asked.length === 0) return;
    const given = Object.keys(labels).map((key) => `${key}=${String(labels[key])}`);
    context.report(selector, 'mismatch', {
      data: { asked: asked.join(', '), given: given.length === 0 ? 'no labels' : given.join(', ') },
      atKey: true,
      related: [{ at: labelsNode, message: 'the labels of the template' }],
    });
  },
  docs: {
    why: 'The API server refuses a controller whose selector does not match its own pods, so the workload is not rolled out, and with it none of the hardening in the new manifest.',
    fix: 'Give the template the labels that the selector asks for. The selector of an existing object cannot be changed.',
    frameworks: { unmapped: 'the object is not created; nothing is exposed' },
    references: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector'],
    limits:
      'Services, NetworkPolicies and disruption budgets that select nothing have rules of their own; controllers whose selectors overlap are not looked for.',
    examples: {
      bad: [
        {
          title: 'Another value, another key',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector: # finding: mismatch
    matchLabels: {app: shop}
    matchExpressions:
      - {key: tier, operator: Exists}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers: [{name: web, image: "registry.example.com/web:1"}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
spec:
  selector: {} # finding: empty
  template:
    metadata:
      labels: {app: agent}
    spec:
      containers: [{name: agent, image: "registry.example.com/agent:1"}]
`,
        },
      ],
      good: [
        {
          title: 'The template has more labels than the selector asks for',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector:
    matchLabels: {app: shop}
    matchExpressions:
      - {key: tier, operator: In, values: [web, db]}
      - {key: canary, operator: DoesNotExist}
  template:
    metadata:
      labels: {app: shop, tier: web, version: "1"}
    spec:
      containers: [{name: web, image: "registry.example.com/web:1"}]
`,
        },
      ],
    },
  },
});

function unmetExpression(expression: AnyNode, labels: { readonly [key: string]: Value }): string | undefined {
  const key = expression.get('key').string;
  if (key === undefined) return undefined;
  const values = expression.get('values').strings;
  const label = labels[key];
  switch (expression.get('operator').string) {
    case 'In':
      return typeof label === 'string' && values.includes(label) ? undefined : `${key} in (${values.join(', ')})`;
    case 'NotIn':
      return typeof label === 'string' && values.includes(label) ? `${key} not in (${values.join(', ')})` : undefined;
    case 'Exists':
      return label === undefined ? `a label ${key}` : undefined;
    case 'DoesNotExist':
      return label === undefined ? undefined : `no label ${key}`;
    default:
      return undefined;
  }
}

function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || (isMap(value) && Object.keys(value).length === 0);
}

/** A selector with other keys is misspelt or flat: the schema rules say so. */
function hasOnlySelectorFields(selector: AnyNode): boolean {
  return selector.entries().every(([key]) => key === 'matchLabels' || key === 'matchExpressions');
}
