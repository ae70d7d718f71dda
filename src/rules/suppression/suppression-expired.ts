import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'suppression-expired',
  title: 'Suppression is past its day',
  category: 'suppression',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  messages: {
    expired: 'this suppression ended on {until}',
  },
  // The engine reports it: see `applySuppressions` in `engine/suppress.ts`.
  check() {},
  docs: {
    why: 'Someone granted the exception until a day, and that day is over; what it covered is reported again.',
    fix: 'Fix what was postponed and remove the exception, or decide again and set a new `until=`.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/'],
    examples: {
      bad: [
        {
          title: 'the day is over',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.read-only-root-filesystem-missing: until the image is rebuilt until=2020-01-31 # finding
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
      good: [
        {
          title: 'the day is still to come',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.read-only-root-filesystem-missing: until the image is rebuilt until=2999-01-31
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
    },
  },
});
