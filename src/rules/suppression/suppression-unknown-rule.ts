import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'suppression-unknown-rule',
  title: 'Suppression names a rule that does not exist',
  category: 'suppression',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  messages: {
    unknown: 'there is no rule "{rule}" to ignore',
    misspelt: 'there is no rule "{rule}" to ignore; the nearest is {nearest}',
  },
  // The engine reports it: see `applySuppressions` in `engine/suppress.ts`.
  check() {},
  docs: {
    why: 'A misspelt exception does nothing, and whoever wrote it believes that it does.',
    fix: 'Write the id of the rule as `kubesec-lint rules` lists it.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/'],
    examples: {
      bad: [
        {
          title: 'a letter too few',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.suppression-unknown-rul: planned for the next release # finding: misspelt
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
        {
          title: 'a rule of another tool',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.ckv-k8s-14: pinned by the admission controller # finding: unknown
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
      good: [
        {
          title: 'an id as listed',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.suppression-unknown-rule: names a rule of a plugin that only CI loads
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
    },
  },
});
