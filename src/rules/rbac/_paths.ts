import type { RbacFacts } from '../../engine/facts/rbac.ts';
import { type Site, siteAt } from '../../engine/site.ts';
import type { Path, Step } from '../../k8s/rbac/escalation.ts';
import type { Holding } from '../../k8s/rbac/holdings.ts';

/** Where a step is written: the rule that grants it, or the pod that makes it. */
export function placeOf(step: Step, facts: RbacFacts): Site | undefined {
  const [holding] = step.holdings;
  if (holding !== undefined) return placeOfHolding(holding, facts);
  if (step.workload === undefined) return undefined;
  const workload = facts.workloads[step.workload];
  if (workload === undefined) return undefined;
  const { resource, control } = workload;
  return siteAt(resource, control === undefined ? ['metadata', 'name'] : control.path);
}

/** The item of the rule; for a built-in role the binding's reference to it. */
export function placeOfHolding({ rule, binding, match }: Holding, { resourceOf }: RbacFacts): Site | undefined {
  const role = resourceOf(rule.role);
  if (role === undefined) {
    const bound = resourceOf(binding);
    return bound === undefined ? undefined : siteAt(bound, ['roleRef', 'name']);
  }
  const item = match?.resourceItems[0] ?? rule.rule.resources.indexOf('*');
  return siteAt(role, item === -1 ? ['rules', rule.index] : ['rules', rule.index, 'resources', item]);
}

/** Steps that something in the input makes so. */
export function evidence(path: Path): readonly Step[] {
  return path.steps.filter((step) => step.holdings.length > 0 || step.workload !== undefined);
}
