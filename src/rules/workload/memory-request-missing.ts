import { requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import { missingRequirements } from './_missing-requirement.ts';

export default defineRule({
  id: 'memory-request-missing',
  title: 'No memory request',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'project',
  facts: [requirementsFact],
  messages: { missing: 'container "{name}" has no memory request: resources.requests.memory is not set' },
  check(project, context) {
    for (const { container, at, severity } of missingRequirements(project, 'requests', 'memory', 'low')) {
      context.report(at, 'missing', { data: { name: container.name }, severity });
    }
  },
  docs: {
    why: 'Without a request the scheduler does not keep memory for the container, and it is among the first to be evicted.',
    fix: 'Set `resources.requests.memory`.',
    frameworks: { nsa: ['N3'] },
    equivalents: {
      'kube-linter': ['unset-memory-requirements'],
      trivy: ['KSV-0016'],
      checkov: ['CKV_K8S_12'],
      kubescape: ['C-0269'],
      polaris: ['memoryRequestsMissing'],
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
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      requests: # finding\n        cpu: 100m',
        },
      ],
      good: [
        {
          title: 'it is set',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      requests:\n        memory: 64Mi',
        },
        { title: 'nothing at all is a matter for qos-best-effort', in: 'container', yaml: 'name: app' },
      ],
    },
  },
});
