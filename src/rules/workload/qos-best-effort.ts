import { requirementsFact } from '../../engine/facts/requirements.ts';
import { defineRule } from '../../engine/rule.ts';
import { keptInPod } from '../../engine/site.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'qos-best-effort',
  title: 'No requests or limits at all',
  category: 'workload',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [requirementsFact],
  messages: {
    bestEffort:
      '{kind} "{name}" runs as BestEffort: no container has a request or limit of cpu or memory, so one pod can starve the node',
  },
  check(project, context) {
    for (const { resource, pod, bestEffort, agent, containers } of project.fact(requirementsFact)) {
      if (!bestEffort || agent || containers.length === 0) continue;
      const { kind, name } = resource.head;
      const at =
        keptInPod(project, resource, ['containers', 0, 'resources']) ?? firstOf(resource.pods[pod]!).get('resources');
      context.report(at, 'bestEffort', {
        data: { kind, name },
        ...(JOBS.has(kind) ? { severity: 'low' } : {}),
      });
    }
  },
  docs: {
    why: 'The scheduler reserves nothing for such a pod and the node sets no bound to it: a leak, or a miner, takes what the other pods there need. When memory runs short it is the first to be killed.',
    fix: 'State what it needs and where it ends, or give the namespace a LimitRange with defaults:\n\n```yaml\nresources:\n  requests:\n    cpu: 100m\n    memory: 128Mi\n  limits:\n    memory: 256Mi\n```',
    frameworks: { nsa: ['N3'], mitre: ['T1499', 'T1496'] },
    equivalents: { kubescape: ['C-0004', 'C-0009', 'C-0050'], kubeaudit: ['LimitsNotSet'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/'],
    limits:
      'A LimitRange counts when it is among the files, in the same namespace. One finding a pod; single measures are the matter of `memory-limit-missing` and others (strict).',
    examples: {
      bad: [
        {
          title: 'nothing is said',
          in: 'pod',
          yaml: 'containers:\n  - name: app # finding\n    image: registry.example.com/app:1.0.0',
        },
        {
          title: 'zero is nothing',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources: # finding\n      requests:\n        cpu: 0\n      limits:\n        nvidia.com/gpu: 1',
        },
      ],
      good: [
        {
          title: 'a request',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      requests:\n        memory: 64Mi',
        },
        {
          title: 'the pod as a whole',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\nresources:\n  limits:\n    memory: 64Mi',
        },
        {
          title: 'a LimitRange gives defaults',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: LimitRange\nmetadata:\n  name: defaults\n  namespace: shop\nspec:\n  limits:\n    - type: Container\n      default:\n        memory: 256Mi\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
        {
          title: 'filled in later',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      limits:\n        memory: "{{ .Values.memory }}"',
        },
      ],
    },
  },
});

function firstOf({ containers }: PodView): AnyNode {
  return (containers.find(({ kind }) => kind === 'main') ?? containers[0]!).node;
}

const JOBS: ReadonlySet<string> = new Set(['Job', 'CronJob']);
