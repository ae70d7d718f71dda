import { type RbacFacts, rbacFact } from '../../engine/facts/rbac.ts';
import type { Severity } from '../../engine/finding.ts';
import { defineRule, type FixProposal, type More } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { type Binding, RBAC_GROUP, RBAC_KINDS, type Subject } from '../../k8s/rbac/policy.ts';
import type { Resource } from '../../k8s/resource.ts';

export default defineRule({
  id: 'rbac-invalid-binding',
  title: 'Binding that the API server rejects or reads differently',
  category: 'rbac',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  messages: {
    rejected: '{kind} "{name}" is refused by the API server: {reason}',
    ignored: '{kind} "{name}" does not mean what it says: {reason}',
    empty: '{kind} "{name}" has no subjects',
    changed:
      '{kind} "{name}" is defined twice; roleRef cannot be changed from {role}, so one of the two cannot be applied',
  },
  check(project, ctx) {
    const facts = project.fact(rbacFact);
    const { analysis, resourceOf } = facts;
    const seen = new Map<string, Binding>();
    for (const binding of analysis.bindings) {
      const resource = resourceOf(binding)!;
      const clusterWide = binding.kind === 'ClusterRoleBinding';
      const report = (
        path: readonly (string | number)[],
        message: 'rejected' | 'ignored',
        reason: string,
        more: More = {},
      ) =>
        ctx.report(siteAt(resource, path), message, {
          ...more,
          data: { kind: binding.kind, name: binding.name, reason },
        });
      const { roleRef } = binding;
      if (roleRef.apiGroup !== RBAC_GROUP) {
        report(['roleRef', 'apiGroup'], 'rejected', `roleRef.apiGroup has to be ${RBAC_GROUP}`, {
          fix: fixOf('group', siteAt(resource, ['roleRef', 'apiGroup']).steps),
        });
      } else if (clusterWide && roleRef.kind === 'Role') {
        report(['roleRef', 'kind'], 'rejected', 'a ClusterRoleBinding cannot refer to a Role');
      } else if (roleRef.kind !== 'Role' && roleRef.kind !== 'ClusterRole') {
        report(['roleRef', 'kind'], 'rejected', `roleRef.kind is Role or ClusterRole, not "${roleRef.kind}"`);
      } else if (roleRef.name === '') report(['roleRef', 'name'], 'rejected', 'roleRef.name is missing');

      if (binding.subjects.length === 0) {
        ctx.report(siteAt(resource, ['subjects']), 'empty', {
          data: { kind: binding.kind, name: binding.name },
          severity: 'info',
          preset: 'strict',
        });
      }
      for (const [index, subject] of binding.subjects.entries()) {
        const fault = faultOf(subject, binding, facts);
        if (fault === undefined) continue;
        const { key, message, reason, change, severity } = fault;
        const at = siteAt(resource, ['subjects', index, key]);
        report(['subjects', index, key], message, reason, {
          ...(severity === undefined ? {} : { severity }),
          ...(change === undefined ? {} : { fix: fixOf(change, at.steps) }),
        });
      }

      const key = `${binding.kind} ${binding.namespace}/${binding.name}`;
      const first = seen.get(key);
      if (first === undefined || binding.name === '') seen.set(key, binding);
      else if (
        folderOf(resourceOf(first)!) === folderOf(resource) &&
        (first.roleRef.kind !== roleRef.kind || first.roleRef.name !== roleRef.name)
      ) {
        ctx.report(siteAt(resource, ['roleRef']), 'changed', {
          data: { kind: binding.kind, name: binding.name, role: `${first.roleRef.kind} "${first.roleRef.name}"` },
          related: [{ at: siteAt(resourceOf(first)!, ['roleRef']), message: 'first defined here' }],
        });
      }
    }
  },
  docs: {
    why: 'A binding that is refused leaves somebody without rights that the files promise, or an old binding in place that the files no longer show.',
    fix: 'Correct the field. `roleRef` is immutable: to change it, delete the binding and create it anew.',
    frameworks: { nsa: ['A1'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/cluster-role-binding-v1/',
      'https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example',
    ],
    examples: {
      bad: [
        {
          title: 'a Role for the whole cluster',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: "Role" # finding: rejected
  name: view
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'a service account of no namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - kind: ServiceAccount
    name: app # finding: rejected`,
        },
        {
          title: 'a service account with an API group',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - kind: ServiceAccount
    name: app
    namespace: a
    apiGroup: rbac.authorization.k8s.io # finding: rejected`,
        },
        {
          title: 'a group of a namespace',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - kind: Group
    name: devs
    namespace: a # finding: ignored`,
        },
      ],
      good: [
        {
          title: 'as it should be',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
        {
          title: 'in its own namespace a RoleBinding needs none',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: ServiceAccount, name: app }`,
        },
        {
          title: 'a user without an API group',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: User, name: jane }`,
        },
      ],
    },
  },
});

interface Fault {
  readonly key: string;
  readonly message: 'rejected' | 'ignored';
  readonly reason: string;
  readonly severity?: Severity;
  /** The edit that leaves no doubt: take the field away, or name the group. */
  readonly change?: 'remove' | 'group';
}

/** What is wrong with a subject, in the order in which the API server validates it. */
function faultOf(subject: Subject, binding: Binding, facts: RbacFacts): Fault | undefined {
  const { kind, name, apiGroup, namespace } = subject;
  if (name === '') return { key: 'name', message: 'rejected', reason: 'a subject needs a name' };
  if (kind === 'ServiceAccount') {
    if (apiGroup !== '') {
      return {
        key: 'apiGroup',
        message: 'rejected',
        reason: 'a ServiceAccount has no apiGroup here',
        change: 'remove',
      };
    }
    // A RoleBinding means an account of its own namespace.
    if (namespace !== '' || binding.kind === 'RoleBinding') return undefined;
    const places = facts.accountsNamed(name);
    const hint = places.length === 1 ? `; there is one in namespace "${places[0]!.namespace}"` : '';
    return { key: 'namespace', message: 'rejected', reason: `ServiceAccount "${name}" needs a namespace${hint}` };
  }
  if (kind !== 'User' && kind !== 'Group') {
    const reason = `a subject is a User, a Group or a ServiceAccount, not "${kind}"`;
    return { key: 'kind', message: 'rejected', reason };
  }
  if (apiGroup !== RBAC_GROUP) {
    return {
      key: 'apiGroup',
      message: 'rejected',
      reason: `apiGroup of a ${kind} has to be ${RBAC_GROUP}`,
      change: 'group',
    };
  }
  if (namespace !== '') {
    const reason = `a ${kind} has no namespace; the one of "${name}" is ignored`;
    return { key: 'namespace', message: 'ignored', reason, severity: 'low', change: 'remove' };
  }
  if (kind === 'User' && facts.account(binding.namespace, name) !== undefined) {
    return { key: 'kind', message: 'ignored', reason: `user "${name}" is not the ServiceAccount of that name` };
  }
  return undefined;
}

function fixOf(change: 'remove' | 'group', path: readonly (string | number)[]): FixProposal {
  return change === 'remove'
    ? { title: `Remove ${path.at(-1)}`, safety: 'safe', changes: [{ op: 'remove', path }] }
    : { title: 'Name the API group', safety: 'safe', changes: [{ op: 'set', path, value: RBAC_GROUP }] };
}

/** Files of one folder are applied together; those of others may be for another cluster. */
function folderOf({ head: { file } }: Resource): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}
