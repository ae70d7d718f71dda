import type { ContainerView } from '../../k8s/container.ts';
import type { Resource } from '../../k8s/resource.ts';

/** Kinds whose pods are meant to stay. */
export const SERVING_KINDS: readonly string[] = [
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Rollout.argoproj.io',
  'DeploymentConfig.apps.openshift.io',
  'Service.serving.knative.dev',
];

/** Containers that run as long as the pod and lack a probe; a startup probe alone is none. */
export function containersWithout(
  resource: Resource,
  probe: 'livenessProbe' | 'readinessProbe',
): readonly ContainerView[] {
  const found: ContainerView[] = [];
  for (const pod of resource.pods) {
    for (const container of pod.containers) {
      if (container.kind !== 'main' && container.kind !== 'sidecar') continue;
      if (!container.node.get(probe).present) found.push(container);
    }
  }
  return found;
}
