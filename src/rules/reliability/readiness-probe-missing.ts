import { availabilityFact } from '../../engine/facts/availability.ts';
import { defineRule } from '../../engine/rule.ts';
import { containersWithout, SERVING_KINDS } from './_probe-missing.ts';

export default defineRule({
  id: 'readiness-probe-missing',
  title: 'No readiness probe',
  category: 'reliability',
  severity: 'low',
  preset: 'all',
  on: 'project',
  facts: [availabilityFact],
  messages: { missing: 'container "{name}" has no readinessProbe, and a Service sends it traffic' },
  check(project, context) {
    const facts = project.fact(availabilityFact);
    for (const kind of SERVING_KINDS) {
      for (const resource of project.ofKind(kind)) {
        const labels = resource.pods[0]?.metadata.get('labels').raw;
        const known = Object.fromEntries(Object.entries(labels ?? {}).filter(([, value]) => typeof value === 'string'));
        if (!facts.isServed(resource, known)) continue;
        for (const container of containersWithout(resource, 'readinessProbe')) {
          context.report(container.node.get('readinessProbe'), 'missing', { data: { name: container.name } });
        }
      }
    }
  },
  docs: {
    why: 'The Service sends requests to a pod that is still starting or cannot answer.',
    fix: 'Add a readinessProbe.',
    frameworks: {},
    equivalents: {
      checkov: ['CKV_K8S_9'],
      kubescape: ['C-0018'],
      'kube-linter': ['no-readiness-probe'],
      polaris: ['readinessProbeMissing'],
    },
    references: ['https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/'],
    limits: 'Speaks only where a Service among the files selects the pods.',
    examples: {
      bad: [
        {
          title: 'behind a Service',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web # finding\n          image: registry.example.com/web:1.0.0\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    app: web\n  ports:\n    - port: 80',
        },
      ],
      good: [
        {
          title: 'without a Service',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
      ],
    },
  },
});
