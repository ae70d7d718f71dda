import { availabilityFact } from '../../engine/facts/availability.ts';
import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'pod-disruption-budget-missing',
  title: 'No PodDisruptionBudget',
  category: 'reliability',
  severity: 'low',
  preset: 'all',
  on: 'project',
  facts: [availabilityFact],
  messages: { missing: '{kind} "{name}" has several pods and no PodDisruptionBudget among the files given' },
  check(project, context) {
    if (context.world === 'open') return;
    const facts = project.fact(availabilityFact);
    for (const workload of facts.replicated) {
      const { resource, replicas } = workload;
      if ((replicas ?? 1) < 2 && !facts.isScaled(resource)) continue;
      if (facts.budgetOf(workload) !== undefined) continue;
      const { kind, name } = resource.head;
      context.report(resource, 'missing', { data: { kind, name } });
    }
  },
  docs: {
    why: 'Draining nodes may take all pods down at once.',
    fix: 'Add a PodDisruptionBudget that selects the pods.',
    frameworks: {},
    equivalents: { polaris: ['missingPodDisruptionBudget'], 'kube-score': ['deployment-has-poddisruptionbudget'] },
    references: ['https://kubernetes.io/docs/tasks/run-application/configure-pdb/'],
    examples: {
      bad: [
        {
          title: 'three pods',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web # finding\n  namespace: shop\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'a budget',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  maxUnavailable: 1',
        },
        {
          title: 'a single pod',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
      ],
    },
  },
});
