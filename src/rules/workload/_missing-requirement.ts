import {
  type Bound,
  type ContainerRequirements,
  type Measure,
  type PodRequirements,
  requirementsFact,
} from '../../engine/facts/requirements.ts';
import type { Severity } from '../../engine/finding.ts';
import type { Project } from '../../engine/project.ts';
import type { ContainerView } from '../../k8s/container.ts';
import type { AnyNode } from '../../yaml/node.ts';

interface Missing {
  readonly container: ContainerView;
  /** Where it would be written. */
  readonly at: AnyNode;
  readonly requirements: PodRequirements;
  /** Of init containers it matters less: they are gone when the pod works. */
  readonly severity: Severity;
}

/** Containers without a request or limit in force. A pod without any is told once, by `qos-best-effort`. */
export function missingRequirements(
  project: Project,
  bound: Bound,
  measure: Measure,
  severity: Severity,
  matters: (container: ContainerRequirements, requirements: PodRequirements) => boolean = () => true,
): readonly Missing[] {
  const found: Missing[] = [];
  for (const requirements of project.fact(requirementsFact)) {
    const { resource, pod, bestEffort, agent, containers } = requirements;
    if (bestEffort && !agent) continue;
    for (const container of containers) {
      if (container.kind === 'ephemeral' || requirements.has(container, bound, measure)) continue;
      if (!matters(container, requirements)) continue;
      const view = resource.pods[pod]!.containers[container.index]!;
      found.push({
        container: view,
        at: view.node.at(['resources', bound, measure]),
        requirements,
        severity: container.kind === 'init' ? 'info' : severity,
      });
    }
  }
  return found;
}
