import { boundsMemory, limitRangesFact, requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import { namespacesWithPods } from './_namespaces-with-pods.ts';

export default defineRule({
  id: 'namespace-without-limit-range',
  title: 'Namespace without a LimitRange',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [requirementsFact, limitRangesFact],
  messages: { none: 'namespace "{name}" has no LimitRange with a default for memory among the files given' },
  check(project, context) {
    if (context.world === 'open') return;
    const ranges = project.fact(limitRangesFact);
    for (const { namespace, first } of namespacesWithPods(project)) {
      const { name } = namespace.head;
      const range = ranges.get(name);
      if (range !== undefined && boundsMemory(range)) continue;
      context.report(namespace, 'none', { data: { name }, related: [{ at: first, message: 'a workload of it' }] });
    }
  },
  docs: {
    why: 'Without defaults a container that says nothing about its needs is bound by nothing.',
    fix: 'Add a LimitRange:\n\n```yaml\napiVersion: v1\nkind: LimitRange\nmetadata:\n  name: defaults\nspec:\n  limits:\n    - type: Container\n      default:\n        memory: 256Mi\n      defaultRequest:\n        memory: 128Mi\n```',
    frameworks: { nsa: ['N3'], mitre: ['T1499', 'T1496'] },
    equivalents: { trivy: ['KSV-0039'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/policy/limit-range/'],
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
          title: 'with defaults',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: LimitRange\nmetadata:\n  name: defaults\n  namespace: shop\nspec:\n  limits:\n    - type: Container\n      default:\n        memory: 256Mi\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
        {
          title: 'an empty namespace',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop',
        },
      ],
    },
  },
});
