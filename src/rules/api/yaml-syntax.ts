import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'yaml-syntax',
  title: 'Document that cannot be read',
  category: 'api',
  severity: 'high',
  preset: 'recommended',
  on: 'document',
  messages: { syntax: 'this document cannot be read: {reason}' },
  check(document, context) {
    // What follows the first error is guesswork of the parser.
    const [error] = document.errors;
    if (error === undefined) return;
    const { start } = document.root.span;
    const part = { start: error.span.start - start, end: error.span.end - start };
    context.report(document.root, 'syntax', { data: { reason: error.message }, part });
  },
  docs: {
    why: 'The API server does not read the document, so nothing in it is created: neither the workload nor the policy that protects it. No other rule looked at it either.',
    fix: 'Mend the place that the message names.',
    frameworks: { unmapped: 'an unreadable manifest is no setting' },
    references: ['https://yaml.org/spec/1.2.2/', 'https://pkg.go.dev/sigs.k8s.io/yaml'],
    limits:
      'Templates that have not been rendered (Helm, Jinja) are set aside as such. Only the first error of a document is reported.',
    examples: {
      bad: [
        {
          title: 'A quote that is never closed',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  a: "b # finding: syntax
`,
        },
      ],
      good: [
        {
          title: 'A document that can be read',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  a: "b"
`,
        },
      ],
    },
  },
});
