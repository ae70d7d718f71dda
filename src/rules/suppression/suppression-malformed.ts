import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'suppression-malformed',
  title: 'Suppression cannot be read',
  category: 'suppression',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  messages: {
    malformed: 'this suppression {detail}',
  },
  // The engine reports it: see `applySuppressions` in `engine/suppress.ts`.
  check() {},
  docs: {
    why: 'An exception that cannot be read does nothing, and whoever wrote it believes that it does.',
    fix: 'Write `# kubesec-lint-ignore: RULE -- reason [until=2027-01-31]`, or an annotation `kubesec-lint.dev/ignore.RULE: reason`.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/'],
    examples: {
      bad: [
        {
          title: 'a day that is none',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: exporter
  annotations:
    kubesec-lint.dev/ignore.read-only-root-filesystem-missing: until=summer # finding
spec:
  containers:
    - name: exporter
      image: registry.example.com/exporter:1.4.2`,
        },
      ],
      good: [
        {
          title: 'a reason and a day',
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
