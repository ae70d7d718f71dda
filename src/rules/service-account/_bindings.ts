import type { RbacFacts } from '../../engine/facts/rbac.ts';
import type { Binding } from '../../k8s/rbac/policy.ts';
import type { Resource } from '../../k8s/resource.ts';

export interface BoundAccount {
  readonly binding: Binding;
  readonly resource: Resource;
}

export interface AccountBindings {
  /** The first binding that names the account itself. */
  direct(namespace: string, name: string): BoundAccount | undefined;
  /** The same, or else one for every account of its namespace or of the cluster. */
  any(namespace: string, name: string): BoundAccount | undefined;
}

/** The bindings of the input that give a service account something. */
export function bindingsByAccount(facts: RbacFacts): AccountBindings {
  const direct = new Map<string, BoundAccount>();
  const groups = new Map<string, BoundAccount>();
  for (const binding of facts.hasRbac ? facts.analysis.bindings : []) {
    const resource = facts.resourceOf(binding);
    if (resource === undefined) continue;
    for (const subject of binding.subjects) {
      if (subject.kind === 'ServiceAccount') {
        const key = `${subject.namespace || binding.namespace}/${subject.name}`;
        if (!direct.has(key)) direct.set(key, { binding, resource });
      } else if (subject.kind === 'Group' && !groups.has(subject.name)) groups.set(subject.name, { binding, resource });
    }
  }
  return {
    direct: (namespace, name) => direct.get(`${namespace}/${name}`),
    any: (namespace, name) =>
      direct.get(`${namespace}/${name}`) ??
      groups.get(`system:serviceaccounts:${namespace}`) ??
      groups.get('system:serviceaccounts'),
  };
}

/** `RoleBinding "shop/web"`. */
export function bindingName({ kind, namespace, name }: Binding): string {
  return `${kind} "${namespace === '' ? '' : `${namespace}/`}${name}"`;
}
