import { requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import { missingRequirements } from './_missing-requirement.ts';

export default defineRule({
  id: 'memory-limit-missing',
  title: 'No memory limit',
  category: 'workload',
  severity: 'medium',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'project',
  facts: [requirementsFact],
  messages: { missing: 'container "{name}" has no memory limit: resources.limits.memory is not set' },
  check(project, context) {
    for (const { container, at, severity } of missingRequirements(project, 'limits', 'memory', 'medium')) {
      context.report(at, 'missing', { data: { name: container.name }, severity });
    }
  },
  docs: {
    why: 'A container without a memory limit grows until the node runs out, and takes other pods down with it.',
    fix: 'Set `resources.limits.memory`; the same as the request is a good start.',
    frameworks: { nsa: ['N3'], mitre: ['T1499'] },
    equivalents: {
      'kube-linter': ['unset-memory-requirements'],
      trivy: ['KSV-0018'],
      checkov: ['CKV_K8S_13'],
      kubescape: ['C-0271'],
      polaris: ['memoryLimitsMissing'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/'],
    limits:
      'A LimitRange counts when it is among the files, in the same namespace. A pod without any request or limit is told once, by `qos-best-effort`.',
    examples: {
      bad: [
        {
          title: 'something else is set',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources: # finding\n      requests:\n        memory: 64Mi',
        },
      ],
      good: [
        {
          title: 'it is set',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      limits:\n        memory: 64Mi',
        },
        { title: 'nothing at all is a matter for qos-best-effort', in: 'container', yaml: 'name: app' },
      ],
    },
  },
});
