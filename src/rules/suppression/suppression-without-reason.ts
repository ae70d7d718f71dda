import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'suppression-without-reason',
  title: 'Suppression gives no reason',
  category: 'suppression',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  messages: {
    missing: 'this suppression gives no reason',
  },
  // The engine reports it: see `applySuppressions` in `engine/suppress.ts`.
  check() {},
  docs: {
    why: 'An exception without a reason cannot be reviewed later: nobody knows whether what it was made for still holds.',
    fix: 'Write the reason behind ` -- ` in a comment, or as the value of `kubesec-lint.dev/ignore.RULE`. `requireReason: true` in the configuration switches this rule on in any preset.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/'],
    examples: {
      bad: [
        {
          title: 'a list of rules and not a word why',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore: read-only-root-filesystem-missing # finding
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
      good: [
        {
          title: 'the reason is there',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore: read-only-root-filesystem-missing -- writes its cache
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
    },
  },
});
