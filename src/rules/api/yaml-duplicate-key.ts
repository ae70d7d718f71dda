import { defineRule } from '../../engine/rule.ts';
import { isSecurityField } from '../../k8s/schema/security-fields.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'yaml-duplicate-key',
  title: 'The same key twice in a mapping',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  on: 'document',
  messages: { duplicate: '"{key}" is written twice: the one in line {line} is lost' },
  check(document, context) {
    for (const { key, span, winner } of document.duplicates) {
      const { line } = document.file.position(span.start);
      const severity = isSecurityField(key) ? 'high' : 'medium';
      const data = { key, line };
      const node = nodeWithKeyAt(document.root, winner.start);
      if (node !== undefined) {
        context.report(node, 'duplicate', { data, severity, atKey: true });
        continue;
      }
      // The mapping itself has lost against another: it stands in the text and in no value.
      const { start } = document.root.span;
      const part = { start: winner.start - start, end: winner.end - start };
      context.report(document.root, 'duplicate', { data, severity, part });
    }
  },
  docs: {
    why: 'Of two equal keys the API server keeps the last and drops the first without a word, unless it is asked to be strict, when it refuses the object. With `securityContext` written twice, half of the hardening is gone.',
    fix: 'Join the two into one.',
    frameworks: { unmapped: 'control catalogs ask for settings, not whether they arrive' },
    references: ['https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation'],
    limits: 'A key that overrides one that came in through a merge key (`<<`) is meant so and not reported.',
    examples: {
      bad: [
        {
          title: 'Two security contexts',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      securityContext:
        runAsNonRoot: true
      ports: []
      securityContext: # finding: duplicate
        readOnlyRootFilesystem: true
`,
        },
      ],
      good: [
        {
          title: 'A merged key that is overridden',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
  labels: &common
    app: shop
    tier: web
  annotations:
    <<: *common
    tier: db
`,
        },
      ],
    },
  },
});

function nodeWithKeyAt(node: AnyNode, offset: number): AnyNode | undefined {
  const children = node.isList ? node.items() : node.entries().map(([, child]) => child);
  for (const child of children) {
    if (child.keySpan?.start === offset) return child;
    const { start, end } = child.entrySpan;
    if (start <= offset && offset < end) return nodeWithKeyAt(child, offset);
  }
  return undefined;
}
