import { quotasFact, requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import { namespacesWithPods } from './_namespaces-with-pods.ts';

export default defineRule({
  id: 'namespace-without-resource-quota',
  title: 'Namespace without a ResourceQuota',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  aliases: ['namespace-quota-missing'],
  facts: [requirementsFact, quotasFact],
  messages: { none: 'namespace "{name}" has no ResourceQuota over cpu, memory or pods among the files given' },
  check(project, context) {
    if (context.world === 'open') return;
    const quotas = project.fact(quotasFact);
    for (const { namespace, first } of namespacesWithPods(project)) {
      const { name } = namespace.head;
      if (quotas.has(name)) continue;
      context.report(namespace, 'none', { data: { name }, related: [{ at: first, message: 'a workload of it' }] });
    }
  },
  docs: {
    why: 'Whoever may create pods there may take the whole cluster: by mistake, or to mine.',
    fix: 'Add a ResourceQuota:\n\n```yaml\napiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: bounds\nspec:\n  hard:\n    limits.memory: 16Gi\n    pods: "50"\n```',
    frameworks: { nsa: ['N3'], mitre: ['T1499', 'T1496'] },
    equivalents: { trivy: ['KSV-0040'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/policy/resource-quotas/'],
    limits:
      'Speaks of namespaces whose Namespace object and workloads are among the files; not at all with `--world open`.',
    examples: {
      bad: [
        {
          title: 'a namespace with a workload and nothing else',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop # finding\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'with a quota',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: bounds\n  namespace: shop\nspec:\n  hard:\n    limits.memory: 16Gi\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
    },
  },
});
