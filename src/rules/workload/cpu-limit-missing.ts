import { requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import { missingRequirements } from './_missing-requirement.ts';

export default defineRule({
  id: 'cpu-limit-missing',
  title: 'No CPU limit',
  category: 'workload',
  severity: 'info',
  preset: 'all',
  expectedOfControlPlane: true,
  on: 'project',
  facts: [requirementsFact],
  messages: { missing: 'container "{name}" has no CPU limit: resources.limits.cpu is not set' },
  check(project, context) {
    for (const { container, at, severity } of missingRequirements(project, 'limits', 'cpu', 'info')) {
      context.report(at, 'missing', { data: { name: container.name }, severity });
    }
  },
  docs: {
    why: 'Some standards ask for a limit, so that no container takes all idle time of a node. Others advise against it: a limit throttles even where the node is idle.',
    fix: 'Set `resources.limits.cpu` where your standard asks for it.',
    frameworks: { nsa: ['N3'] },
    equivalents: { trivy: ['KSV-0011'], checkov: ['CKV_K8S_11'], kubescape: ['C-0270'], polaris: ['cpuLimitsMissing'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/'],
    limits:
      'A LimitRange counts when it is among the files, in the same namespace. A pod without any request or limit is told once, by `qos-best-effort`.',
    examples: {
      bad: [
        {
          title: 'something else is set',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources: # finding\n      requests:\n        cpu: 100m',
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
