import { availabilityFact } from '../../engine/facts/availability.ts';
import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'anti-affinity-missing',
  title: 'Nothing keeps the replicas apart',
  category: 'reliability',
  severity: 'info',
  preset: 'all',
  on: 'project',
  facts: [availabilityFact],
  messages: { together: 'nothing keeps the {replicas} pods of {kind} "{name}" on different nodes' },
  check(project, context) {
    for (const { resource, replicas, spread } of project.fact(availabilityFact).replicated) {
      if (spread || replicas === undefined || replicas < 2) continue;
      const { kind, name } = resource.head;
      context.report(resource.pods[0]!.spec.get('topologySpreadConstraints'), 'together', {
        data: { replicas, kind, name },
      });
    }
  },
  docs: {
    why: 'All of them may stand on one node, and go with it.',
    fix: 'Add `topologySpreadConstraints` over `kubernetes.io/hostname`, or podAntiAffinity.',
    frameworks: {},
    equivalents: { 'kube-linter': ['no-anti-affinity'], 'kube-score': ['deployment-has-host-podantiaffinity'] },
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/'],
    examples: {
      bad: [
        {
          title: 'two pods',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec: # finding\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'spread over nodes',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n      topologySpreadConstraints:\n        - maxSkew: 1\n          topologyKey: kubernetes.io/hostname\n          whenUnsatisfiable: ScheduleAnyway\n          labelSelector:\n            matchLabels:\n              app: web',
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
