import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { type Binding, RBAC_KINDS, type Role } from '../../k8s/rbac/policy.ts';

export default defineRule({
  id: 'rbac-dangling-role-ref',
  title: 'Binding refers to a role that does not exist',
  category: 'rbac',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  options: {
    defaults: { externalRoles: [] as readonly string[] },
    schema: {
      type: 'object',
      properties: { externalRoles: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: {
    missing: '{kind} "{name}" refers to {role}, which is not defined: whoever creates it decides what the subjects get',
    near: '{kind} "{name}" refers to {role}, which is not defined; there is {near}',
  },
  check(project, ctx) {
    if (ctx.world === 'open') return;
    const { analysis, resourceOf } = project.fact(rbacFact);
    const { roles } = analysis;
    const dangling = new Map<string, Binding[]>();
    for (const binding of analysis.bindings) {
      const { kind, name } = binding.roleRef;
      if ((kind !== 'Role' && kind !== 'ClusterRole') || name === '' || isUnresolved(name)) continue;
      if (binding.kind === 'ClusterRoleBinding' && kind === 'Role') continue;
      if (name.startsWith('system:') || ctx.options.externalRoles.includes(name)) continue;
      if (analysis.roleOf(binding) !== undefined) continue;
      const key = `${kind} ${kind === 'Role' ? binding.namespace : ''}/${name}`;
      const same = dangling.get(key);
      if (same === undefined) dangling.set(key, [binding]);
      else same.push(binding);
    }
    const namespaces = new Set(roles.map((role) => (role.kind === 'ClusterRole' ? '' : role.namespace)));
    let known: KnownRoles | undefined;
    for (const bindings of dangling.values()) {
      // What is missing is said once, at the first binding that misses it.
      const [binding, ...others] = bindings as [Binding, ...Binding[]];
      const { kind, name } = binding.roleRef;
      const resource = resourceOf(binding)!;
      // Which namespace it will be applied to is not written.
      const placed = binding.kind === 'ClusterRoleBinding' || resource.head.namespace !== '';
      known ??= indexRoles(roles);
      const near = nearOf(known, kind, placed ? binding.namespace : undefined, name);
      const inhabited = namespaces.has(kind === 'ClusterRole' ? '' : binding.namespace);
      if (near === 'found' || (!inhabited && near === undefined && ctx.world !== 'closed')) continue;
      const data = { kind: binding.kind, name: binding.name, role: `${kind} "${name}"` };
      const at = siteAt(resource, ['roleRef', 'name']);
      const related = others
        .slice(0, 3)
        .map((other) => ({ at: siteAt(resourceOf(other)!, ['roleRef', 'name']), message: 'refers to it too' }));
      if (near === undefined) ctx.report(at, 'missing', { data, related });
      else {
        const place = resourceOf(near);
        if (place !== undefined)
          related.unshift({ at: siteAt(place, ['metadata', 'name']), message: 'probably meant' });
        const where = near.namespace === '' ? '' : ` in namespace "${near.namespace}"`;
        ctx.report(at, 'near', { data: { ...data, near: `${near.kind} "${near.name}"${where}` }, related });
      }
    }
  },
  docs: {
    why: 'A binding to a role that is not there grants nothing today. Whoever may create a role of that name tomorrow decides what its subjects get.',
    fix: 'Correct the name or the kind, or delete the binding. `roleRef` cannot be changed on a live cluster: the binding has to be made anew.',
    frameworks: { nsa: ['A1'], mitre: ['T1098.006'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding'],
    examples: {
      bad: [
        {
          title: 'a slip of the pen',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: a }
rules:
  - apiGroups: [""]
    resources: [services]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: raeder # finding: near
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'the other kind',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: reader }
rules:
  - apiGroups: [""]
    resources: [services]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: reader # finding: near
subjects:
  - { kind: User, name: jane }`,
        },
      ],
      good: [
        {
          title: 'it is there',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: a }
rules:
  - apiGroups: [""]
    resources: [services]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: reader
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'a built-in role',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'no role is in the input at all',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: from-elsewhere
subjects:
  - { kind: User, name: jane }`,
        },
      ],
    },
  },
});

/**
 * A role that was probably meant: the same name as the other kind or in another namespace, or a slip of the pen. A
 * binding that names no namespace may be meant for any, so a role of the name anywhere is the one.
 */
function nearOf(
  roles: KnownRoles,
  kind: string,
  namespace: string | undefined,
  name: string,
): Role | 'found' | undefined {
  const same = roles.byName.get(name) ?? [];
  if (namespace === undefined && same.some((role) => role.kind === kind)) return 'found';
  const [first] = same;
  if (first !== undefined) return first;
  const place = kind === 'ClusterRole' ? '' : namespace;
  // A slip changes the length of a name by one letter at most.
  const slips = [-1, 0, 1].flatMap((more) => {
    const alike = roles.byPlace.get(`${kind} ${place ?? '*'} ${name.length + more}`);
    return alike?.find(({ role }) => isSlip(role.name, name)) ?? [];
  });
  return slips.sort((one, other) => one.order - other.order)[0]?.role;
}

interface KnownRoles {
  readonly byName: ReadonlyMap<string, readonly Role[]>;
  /** By kind, namespace (`*` for any) and length of the name. */
  readonly byPlace: ReadonlyMap<string, readonly { readonly role: Role; readonly order: number }[]>;
}

function indexRoles(roles: readonly Role[]): KnownRoles {
  const byName = new Map<string, Role[]>();
  const byPlace = new Map<string, { readonly role: Role; readonly order: number }[]>();
  const add = <T>(map: Map<string, T[]>, key: string, item: T): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [item]);
    else list.push(item);
  };
  for (const [order, role] of roles.entries()) {
    const { kind, namespace, name } = role;
    add(byName, name, role);
    const places = kind === 'ClusterRole' ? [''] : [namespace, '*'];
    for (const place of places) add(byPlace, `${kind} ${place} ${name.length}`, { role, order });
  }
  return { byName, byPlace };
}

/** One letter more, less or other, or two that changed places, in names long enough for that to say something. */
function isSlip(one: string, other: string): boolean {
  if (one.length < 5 || other.length < 5 || Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
