import type { RbacFacts } from '../../engine/facts/rbac.ts';
import type { Path, Step } from '../../k8s/rbac/escalation.ts';
import type { Holding } from '../../k8s/rbac/holdings.ts';
import type { AnyNode } from '../../yaml/node.ts';

/** Where a step is written: the rule that grants it, or the pod that makes it. */
export function placeOf(step: Step, facts: RbacFacts): AnyNode | undefined {
  const [holding] = step.holdings;
  if (holding !== undefined) return placeOfHolding(holding, facts);
  if (step.workload === undefined) return undefined;
  const workload = facts.workloads[step.workload];
  if (workload === undefined) return undefined;
  const { resource, control } = workload;
  return control === undefined ? resource.metadata.get('name') : resource.root.at(control.path);
}

/** The item of the rule; for a built-in role the binding's reference to it. */
export function placeOfHolding({ rule, binding, match }: Holding, { resourceOf }: RbacFacts): AnyNode | undefined {
  const role = resourceOf(rule.role);
  if (role === undefined) return resourceOf(binding)?.root.at(['roleRef', 'name']);
  const entry = role.root.at(['rules', rule.index]);
  const item = match?.resourceItems[0] ?? rule.rule.resources.indexOf('*');
  return item === -1 ? entry : entry.at(['resources', item]);
}

/** Steps that something in the input makes so. */
export function evidence(path: Path): readonly Step[] {
  return path.steps.filter((step) => step.holdings.length > 0 || step.workload !== undefined);
}
