import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
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
      dangling.set(key, [...(dangling.get(key) ?? []), binding]);
    }
    const namespaces = new Set(roles.map((role) => (role.kind === 'ClusterRole' ? '' : role.namespace)));
    for (const bindings of dangling.values()) {
      // What is missing is said once, at the first binding that misses it.
      const [binding, ...others] = bindings as [Binding, ...Binding[]];
      const { kind, name } = binding.roleRef;
      const resource = resourceOf(binding)!;
      // Which namespace it will be applied to is not written.
      const placed = binding.kind === 'ClusterRoleBinding' || resource.head.namespace !== '';
      const near = nearOf(roles, kind, placed ? binding.namespace : undefined, name);
      const known = namespaces.has(kind === 'ClusterRole' ? '' : binding.namespace);
      if (near === 'found' || (!known && near === undefined && ctx.world !== 'closed')) continue;
      const data = { kind: binding.kind, name: binding.name, role: `${kind} "${name}"` };
      const at = resource.root.at(['roleRef', 'name']);
      const related = others
        .slice(0, 3)
        .map((other) => ({ at: resourceOf(other)!.root.at(['roleRef', 'name']), message: 'refers to it too' }));
      if (near === undefined) ctx.report(at, 'missing', { data, related });
      else {
        const place = resourceOf(near);
        if (place !== undefined) related.unshift({ at: place.metadata.get('name'), message: 'probably meant' });
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
  roles: readonly Role[],
  kind: string,
  namespace: string | undefined,
  name: string,
): Role | 'found' | undefined {
  const same = roles.filter((role) => role.name === name);
  if (namespace === undefined && same.some((role) => role.kind === kind)) return 'found';
  const [first] = same;
  if (first !== undefined) return first;
  return roles.find(
    (role) =>
      role.kind === kind &&
      (kind === 'ClusterRole' || namespace === undefined || role.namespace === namespace) &&
      isSlip(role.name, name),
  );
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
