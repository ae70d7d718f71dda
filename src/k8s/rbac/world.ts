import { type EffectiveRule, effectiveRules } from './aggregate.ts';
import { type Request, ruleAllows, uncovered } from './match.ts';
import {
  type Binding,
  isBinding,
  type PolicyRule,
  type RbacObject,
  type Role,
  type RoleRef,
  type Subject,
} from './policy.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Why a request is allowed: the first binding that reaches the user, and the rule of its role. */
export interface Grant {
  readonly binding: Binding;
  readonly subject: Subject;
  readonly rule: EffectiveRule;
}

export interface Decision {
  readonly grant: Grant | undefined;
  /** Bindings of the user whose role is not there. */
  readonly errors: readonly string[];
}

type Resolution =
  | { readonly rules: readonly EffectiveRule[]; readonly role: Role }
  | { readonly rules: readonly []; readonly error: string };

/**
 * Roles and bindings, asked as the API server's RBAC authorizer is asked. Of two roles of one name the first counts;
 * bindings count all.
 */
export class RbacWorld {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  readonly #effective: ReadonlyMap<Role, readonly EffectiveRule[]>;
  readonly #byName = new Map<string, Role>();
  readonly #clusterBindings: BindingIndex = newIndex();
  readonly #byNamespace = new Map<string, BindingIndex>();

  constructor(objects: readonly RbacObject[]) {
    const roles: Role[] = [];
    const bindings: Binding[] = [];
    for (const object of objects) {
      if (isBinding(object)) bindings.push(object);
      else roles.push(object);
    }
    this.roles = roles;
    this.bindings = bindings;
    this.#effective = effectiveRules(roles);
    for (const role of roles) {
      const key = `${role.kind} ${role.namespace}/${role.name}`;
      if (!this.#byName.has(key)) this.#byName.set(key, role);
    }
    for (const binding of bindings) addTo(this.indexFor(binding), binding);
  }

  /** What a role grants, aggregation included. */
  rulesOf(role: Role): readonly EffectiveRule[] {
    return this.#effective.get(role) ?? [];
  }

  role(kind: Role['kind'], namespace: string, name: string): Role | undefined {
    return this.#byName.get(`${kind} ${namespace}/${name}`);
  }

  /** The role of a binding in `namespace`, '' for a ClusterRoleBinding. */
  resolve(roleRef: RoleRef, namespace: string): Resolution {
    if (roleRef.kind === 'Role') {
      if (namespace === '') return { rules: [], error: 'must provide namespace when getting role' };
      const role = this.role('Role', namespace, roleRef.name);
      return role === undefined ? { rules: [], error: 'role not found' } : { rules: this.rulesOf(role), role };
    }
    if (roleRef.kind === 'ClusterRole') {
      const role = this.role('ClusterRole', '', roleRef.name);
      return role === undefined ? { rules: [], error: 'clusterrole not found' } : { rules: this.rulesOf(role), role };
    }
    return { rules: [], error: `unsupported role reference kind: ${JSON.stringify(roleRef.kind)}` };
  }

  /** The bindings that reach a user in a namespace, '' for none, cluster-wide ones first. */
  bindingsOf(user: User, namespace: string): readonly { readonly binding: Binding; readonly subject: Subject }[] {
    const found = lookUp(this.#clusterBindings, user, '');
    const local = namespace === '' ? undefined : this.#byNamespace.get(namespace);
    return local === undefined ? found : [...found, ...lookUp(local, user, namespace)];
  }

  authorize(user: User, request: Request): Decision {
    const errors: string[] = [];
    for (const { binding, subject } of this.bindingsOf(user, request.namespace)) {
      const resolution = this.resolve(binding.roleRef, binding.namespace);
      if ('error' in resolution) errors.push(resolution.error);
      for (const rule of resolution.rules) {
        if (ruleAllows(rule.rule, request)) return { grant: { binding, subject, rule }, errors: [] };
      }
    }
    return { grant: undefined, errors };
  }

  /** Every binding that allows the request, with the first rule that does. */
  grants(request: Request): {
    readonly found: readonly { binding: Binding; rule: EffectiveRule }[];
    readonly errors: readonly string[];
  } {
    const found: { binding: Binding; rule: EffectiveRule }[] = [];
    const errors: string[] = [];
    const local = request.namespace === '' ? undefined : this.#byNamespace.get(request.namespace);
    for (const binding of [...this.#clusterBindings.bindings, ...(local?.bindings ?? [])]) {
      const resolution = this.resolve(binding.roleRef, binding.namespace);
      if ('error' in resolution) errors.push(resolution.error);
      const rule = (resolution.rules as readonly EffectiveRule[]).find((each) => ruleAllows(each.rule, request));
      if (rule !== undefined) found.push({ binding, rule });
    }
    return { found, errors };
  }

  /** Every rule that a user holds in a namespace. */
  rulesFor(
    user: User,
    namespace: string,
  ): { readonly rules: readonly EffectiveRule[]; readonly errors: readonly string[] } {
    const rules: EffectiveRule[] = [];
    const errors: string[] = [];
    for (const { binding } of this.bindingsOf(user, namespace)) {
      const resolution = this.resolve(binding.roleRef, binding.namespace);
      if ('error' in resolution) errors.push(resolution.error);
      rules.push(...resolution.rules);
    }
    return { rules, errors };
  }

  /** What somebody would have to hold to write a role with these rules, and does not. */
  missingFor(user: User, namespace: string, wanted: readonly PolicyRule[]): readonly PolicyRule[] {
    return uncovered(
      this.rulesFor(user, namespace).rules.map(({ rule }) => rule),
      wanted,
    );
  }

  private indexFor(binding: Binding): BindingIndex {
    if (binding.kind === 'ClusterRoleBinding') return this.#clusterBindings;
    const known = this.#byNamespace.get(binding.namespace);
    if (known !== undefined) return known;
    const index = newIndex();
    this.#byNamespace.set(binding.namespace, index);
    return index;
  }
}

/** `system:serviceaccount:NAMESPACE:NAME`: the user that a service account is. */
export function serviceAccountUser(namespace: string, name: string): User {
  return {
    name: `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

export const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';

interface BindingIndex {
  readonly bindings: Binding[];
  /** Positions in `bindings` by the user or the group that they reach. */
  readonly bySubject: Map<string, number[]>;
}

function newIndex(): BindingIndex {
  return { bindings: [], bySubject: new Map() };
}

function addTo(index: BindingIndex, binding: Binding): void {
  const position = index.bindings.push(binding) - 1;
  for (const subject of binding.subjects) {
    const key = subjectKey(subject, binding.namespace);
    if (key === undefined) continue;
    const positions = index.bySubject.get(key);
    if (positions === undefined) index.bySubject.set(key, [position]);
    else if (positions.at(-1) !== position) positions.push(position);
  }
}

/** A service account is reached by its user name; without a namespace it is one of the binding's own. */
function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
      return `U ${subject.name}`;
    case 'Group':
      return `G ${subject.name}`;
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace === '' ? undefined : `U ${SERVICE_ACCOUNT_PREFIX}${namespace}:${subject.name}`;
    }
    default:
      return undefined;
  }
}

function lookUp(
  index: BindingIndex,
  user: User,
  namespace: string,
): readonly { readonly binding: Binding; readonly subject: Subject }[] {
  const keys = new Set([`U ${user.name}`, ...user.groups.map((group) => `G ${group}`)]);
  const positions = new Set<number>();
  for (const key of keys) for (const position of index.bySubject.get(key) ?? []) positions.add(position);
  return [...positions]
    .sort((one, other) => one - other)
    .map((position) => {
      const binding = index.bindings[position]!;
      const subject = binding.subjects.find((each) => {
        const key = subjectKey(each, namespace);
        return key !== undefined && keys.has(key);
      });
      return { binding, subject: subject! };
    });
}
