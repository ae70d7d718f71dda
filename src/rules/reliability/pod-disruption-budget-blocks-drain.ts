import { availabilityFact, type Budget } from '../../engine/facts/availability.ts';
import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'pod-disruption-budget-blocks-drain',
  title: 'PodDisruptionBudget that never lets a pod go',
  category: 'reliability',
  severity: 'medium',
  preset: 'all',
  on: 'project',
  facts: [availabilityFact],
  messages: { blocks: 'PodDisruptionBudget "{name}" never lets a pod go: {reason}' },
  check(project, context) {
    const facts = project.fact(availabilityFact);
    for (const budget of facts.budgets) {
      const found = blockage(
        budget,
        smallest(facts.workloadsOf(budget).filter(({ resource }) => !facts.isScaled(resource))),
      );
      if (found === undefined) continue;
      const { resource } = budget;
      context.report(resource.root.at(['spec', found.field]), 'blocks', {
        data: { name: resource.head.name, reason: found.reason },
      });
    }
  },
  docs: {
    why: 'Nodes cannot be drained, so updates of the cluster, security fixes among them, stand still until somebody forces them.',
    fix: 'Allow at least one pod to be unavailable.',
    frameworks: {},
    equivalents: { 'kube-linter': ['pdb-max-unavailable', 'pdb-min-available'], polaris: ['pdbDisruptionsIsZero'] },
    references: ['https://kubernetes.io/docs/tasks/run-application/configure-pdb/'],
    examples: {
      bad: [
        {
          title: 'none may be unavailable',
          in: 'manifests',
          yaml: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  maxUnavailable: 0 # finding',
        },
        {
          title: 'all have to be available',
          in: 'manifests',
          yaml: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  minAvailable: 100% # finding',
        },
        {
          title: 'as many as there are',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  minAvailable: 2 # finding',
        },
      ],
      good: [
        {
          title: 'one may go',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  minAvailable: 1',
        },
        {
          title: 'a share',
          in: 'manifests',
          yaml: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  maxUnavailable: 25%',
        },
      ],
    },
  },
});

function smallest(
  workloads: readonly { readonly replicas: number | undefined; readonly unknown: boolean }[],
): number | undefined {
  let least: number | undefined;
  for (const { replicas, unknown } of workloads) {
    if (unknown || replicas === 0) continue;
    const count = replicas ?? 1;
    if (least === undefined || count < least) least = count;
  }
  return least;
}

function blockage(
  { minAvailable, maxUnavailable }: Budget,
  replicas: number | undefined,
): { readonly field: 'minAvailable' | 'maxUnavailable'; readonly reason: string } | undefined {
  if (maxUnavailable === 0 || maxUnavailable === '0%' || maxUnavailable === '0') {
    return { field: 'maxUnavailable', reason: `maxUnavailable is ${maxUnavailable}` };
  }
  if (minAvailable === '100%') return { field: 'minAvailable', reason: 'minAvailable is 100%' };
  if (typeof minAvailable === 'number' && replicas !== undefined && minAvailable >= replicas) {
    return { field: 'minAvailable', reason: `minAvailable is ${minAvailable} and there are ${replicas} replicas` };
  }
  return undefined;
}
