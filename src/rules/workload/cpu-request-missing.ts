import { requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import { missingRequirements } from './_missing-requirement.ts';

export default defineRule({
  id: 'cpu-request-missing',
  title: 'No CPU request',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [requirementsFact],
  messages: { missing: 'container "{name}" has no CPU request: resources.requests.cpu is not set' },
  check(project, context) {
    for (const { container, at, severity } of missingRequirements(project, 'requests', 'cpu', 'low')) {
      context.report(at, 'missing', { data: { name: container.name }, severity });
    }
  },
  docs: {
    why: 'Without a request the scheduler packs the container anywhere, and when the node is busy it gets next to nothing.',
    fix: 'Set `resources.requests.cpu`.',
    frameworks: { nsa: ['N3'] },
    equivalents: {
      'kube-linter': ['unset-cpu-requirements'],
      trivy: ['KSV-0015'],
      checkov: ['CKV_K8S_10'],
      kubescape: ['C-0268'],
      polaris: ['cpuRequestsMissing'],
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
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      requests: # finding\n        memory: 64Mi',
        },
      ],
      good: [
        {
          title: 'it is set',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      limits:\n        cpu: 100m',
        },
        { title: 'nothing at all is a matter for qos-best-effort', in: 'container', yaml: 'name: app' },
      ],
    },
  },
});
