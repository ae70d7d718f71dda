import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'suppression-unused',
  title: 'Suppression matches no finding',
  category: 'suppression',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  messages: {
    unused: 'nothing here is reported by {rule}, so ignoring it has no effect',
  },
  // The engine reports it: see `applySuppressions` in `engine/suppress.ts`.
  check() {},
  docs: {
    why: 'An exception outlives the fault that it was made for and will hide the next one, which nobody has looked at.',
    fix: 'Remove the comment or the annotation, or move it to the key or object that it was meant for.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/'],
    limits:
      'Only rules of the run can tell: an exception for a rule that is switched off, or not for the target release, counts as used.',
    examples: {
      bad: [
        {
          title: 'the container was hardened since, the exception stayed',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.suppression-unused: left from a debugging session # finding
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
      good: [
        {
          title: 'an exception for a rule of another preset is left alone',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.read-only-root-filesystem-missing: writes its cache
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
    },
  },
});
