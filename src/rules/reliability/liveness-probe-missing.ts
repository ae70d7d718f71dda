import { defineRule } from '../../engine/rule.ts';
import { containersWithout, SERVING_KINDS } from './_probe-missing.ts';

export default defineRule({
  id: 'liveness-probe-missing',
  title: 'No liveness probe',
  category: 'reliability',
  severity: 'low',
  preset: 'all',
  on: 'resource',
  kinds: SERVING_KINDS,
  messages: { missing: 'container "{name}" has no livenessProbe' },
  check(resource, context) {
    for (const container of containersWithout(resource, 'livenessProbe')) {
      context.report(container.node.get('livenessProbe'), 'missing', { data: { name: container.name } });
    }
  },
  docs: {
    why: 'A program that hangs is not restarted: it keeps its place, its memory and its share of the traffic.',
    fix: 'Add a livenessProbe that asks the program itself, not what it depends on.',
    frameworks: {},
    equivalents: {
      checkov: ['CKV_K8S_8'],
      kubescape: ['C-0056'],
      'kube-linter': ['no-liveness-probe'],
      polaris: ['livenessProbeMissing'],
    },
    references: ['https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/'],
    examples: {
      onlyIn: ['Deployment/containers'],
      bad: [
        {
          title: 'none',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web # finding\n          image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'one',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n          livenessProbe:\n            httpGet:\n              port: 8080',
        },
      ],
    },
  },
});
