import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'suppression-misplaced',
  title: 'Suppression stands where it covers nothing',
  category: 'suppression',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  messages: {
    misplaced: 'this suppression {detail}',
  },
  // The engine reports it: see `applySuppressions` in `engine/suppress.ts`.
  check() {},
  docs: {
    why: 'An exception in the wrong place does nothing, and whoever wrote it believes that it does.',
    fix: 'Put the annotation on the object or on its pod template; put the comment above the key or at the end of its line.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/'],
    examples: {
      bad: [
        {
          title: 'a container that the pod does not have',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.read-only-root-filesystem-missing.worker: writes its cache # finding
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
      good: [
        {
          title: 'a container of the pod',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.read-only-root-filesystem-missing.exporter: writes its cache
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
    },
  },
});
