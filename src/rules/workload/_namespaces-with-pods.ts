import { requirementsFact } from '../../engine/facts/requirements.ts';
import type { Project } from '../../engine/project.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import type { Resource } from '../../k8s/resource.ts';

/** Namespaces of the input that hold pods of the input, each with the first of them; those of the system are left out. */
export function namespacesWithPods(
  project: Project,
): readonly { readonly namespace: Resource; readonly first: Resource }[] {
  const first = new Map<string, Resource>();
  for (const { resource } of project.fact(requirementsFact)) {
    if (!first.has(resource.head.namespace)) first.set(resource.head.namespace, resource);
  }
  const found: { readonly namespace: Resource; readonly first: Resource }[] = [];
  for (const namespace of project.ofKind('Namespace')) {
    const { name } = namespace.head;
    const workload = first.get(name);
    // Of a namespace that is written twice the last is the one that counts.
    if (workload === undefined || isSystemNamespace(name) || project.find('Namespace', '', name) !== namespace)
      continue;
    found.push({ namespace, first: workload });
  }
  return found;
}
