import { availabilityFact } from '../../engine/facts/availability.ts';
import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'replicas-too-few',
  title: 'Fewer than two replicas',
  category: 'reliability',
  severity: 'low',
  preset: 'all',
  on: 'project',
  facts: [availabilityFact],
  messages: { few: '{kind} "{name}" runs one pod: while it is replaced there is none' },
  check(project, context) {
    const facts = project.fact(availabilityFact);
    for (const { resource, replicas, unknown } of facts.replicated) {
      // Zero is switched off on purpose.
      if (unknown || replicas === 0 || (replicas ?? 1) >= 2 || facts.isScaled(resource)) continue;
      const { kind, name } = resource.head;
      context.report(resource.root.at(['spec', 'replicas']), 'few', { data: { kind, name } });
    }
  },
  docs: {
    why: 'Each update of the node, each eviction and each crash is an outage.',
    fix: 'Run at least two replicas, or let a HorizontalPodAutoscaler say how many.',
    frameworks: {},
    equivalents: {
      'kube-linter': ['minimum-three-replicas'],
      polaris: ['deploymentMissingReplicas'],
      'kube-score': ['deployment-replicas'],
    },
    references: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas'],
    examples: {
      bad: [
        {
          title: 'one',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 1 # finding\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
        {
          title: 'not said, which is one',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec: # finding\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'two',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
        {
          title: 'switched off',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 0\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
        {
          title: 'scaled by an autoscaler',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  minReplicas: 2\n  maxReplicas: 5\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web',
        },
      ],
    },
  },
});
