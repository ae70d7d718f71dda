import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { ApiResources } from '../../k8s/api-resources.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { Reach } from '../../k8s/rbac/analysis.ts';
import { type PolicyRule, RBAC_KINDS, type Role } from '../../k8s/rbac/policy.ts';

export default defineRule({
  id: 'rbac-ineffective-rule',
  title: 'Rule that can never grant what it says',
  category: 'rbac',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  messages: {
    nothing: '{kind} "{name}" grants nothing here: {reason}',
    empty: '{kind} "{name}" has no rules and grants nothing',
  },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    if (analysis.roles.length === 0) return;
    const resources = new ApiResources(project.version);
    for (const role of analysis.roles) {
      if (analysis.isBootstrap(role)) continue;
      const resource = resourceOf(role)!;
      const reach = analysis.reachOf(role);
      if (role.rules.length === 0 && role.selectors === undefined) {
        ctx.report(siteAt(resource, ['rules']), 'empty', {
          data: { kind: role.kind, name: role.name },
          severity: 'info',
          preset: 'strict',
        });
      }
      role.rules.forEach((rule, index) => {
        for (const fault of faultsOf(rule, role, reach, resources)) {
          ctx.report(siteAt(resource, ['rules', index, ...fault.at]), 'nothing', {
            data: { kind: role.kind, name: role.name, reason: fault.reason },
            ...(fault.weak === true ? { severity: 'info', preset: 'strict' } : {}),
          });
        }
      });
    }
  },
  docs: {
    why: 'Such a rule looks like a right and is none. The program that needs it fails, and the next edit tends to be a star.',
    fix: 'Write resources as the API does: plural, lower case, in their group, subresources by name (`pods/log`). Put cluster-scoped resources into a ClusterRole and bind it with a ClusterRoleBinding.',
    frameworks: { nsa: ['A1'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources'],
    examples: {
      bad: [
        {
          title: 'this is no pattern',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources:
      - pods/* # finding: nothing
    verbs: [get]`,
        },
        {
          title: 'the kind instead of the resource',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [apps]
    resources:
      - Deployment # finding: nothing
    verbs: [get]`,
        },
        {
          title: 'the wrong group',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources:
      - pods
      - deployments # finding: nothing
    verbs: [get]`,
        },
        {
          title: 'nodes in a Role',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources:
      - nodes # finding: nothing
    verbs: [get]`,
        },
        {
          title: 'a verb nobody asks for',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs:
      - Get # finding: nothing
      - read # finding: nothing`,
        },
        {
          title: 'create by name',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [lock]
    verbs:
      - get
      - create # finding: nothing`,
        },
      ],
      good: [
        {
          title: 'a subresource by name',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]`,
        },
        {
          title: 'the namespace itself, from inside',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [namespaces]
    verbs: [get]`,
        },
        {
          title: 'kinds of others',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [example.com]
    resources: [Widget, widget]
    verbs: [frobnicate]`,
        },
        {
          title: 'several groups and resources in one rule',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: ["", apps]
    resources: [pods, deployments]
    verbs: [get]`,
        },
        {
          title: 'an apply that creates is asked about with its name',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [lock]
    verbs: [get, create, patch]`,
        },
      ],
    },
  },
});

interface Fault {
  /** The path below the rule. */
  readonly at: readonly (string | number)[];
  readonly reason: string;
  /** Depends on bindings that may stand elsewhere. */
  readonly weak?: boolean;
}

function faultsOf(rule: PolicyRule, role: Role, reach: Reach, known: ApiResources): readonly Fault[] {
  const faults: Fault[] = [];
  const local = role.kind === 'Role';
  const onlyBoundLocally = !local && !reach.cluster && reach.bindings.length > 0;
  if (rule.nonResourceURLs.length > 0) {
    if (local) faults.push({ at: ['nonResourceURLs'], reason: 'a Role cannot grant paths that belong to no resource' });
    else if (onlyBoundLocally) {
      faults.push({ at: ['nonResourceURLs'], reason: 'paths are granted by a ClusterRoleBinding alone', weak: true });
    }
  }
  rule.resources.forEach((resource, index) => {
    const fault = resourceFault(resource, rule, local, onlyBoundLocally, known);
    if (fault !== undefined) faults.push({ at: ['resources', index], ...fault });
  });
  if (rule.resources.length > 0) {
    rule.verbs.forEach((verb, index) => {
      const reason = verbFault(verb, rule, known);
      if (reason !== undefined) faults.push({ at: ['verbs', index], reason });
    });
  }
  return faults;
}

function resourceFault(
  written: string,
  { apiGroups }: PolicyRule,
  local: boolean,
  onlyBoundLocally: boolean,
  known: ApiResources,
): { readonly reason: string; readonly weak?: boolean } | undefined {
  if (written === '*' || isUnresolved(written)) return undefined;
  const slash = written.indexOf('/');
  const [resource, subresource] = slash === -1 ? [written, ''] : [written.slice(0, slash), written.slice(slash + 1)];
  if (subresource === '*') return { reason: `"${written}" is no pattern; subresources are named one by one` };
  if (resource === '*') return undefined;
  // Of groups that are not Kubernetes' own it is not known what they hold.
  if (
    apiGroups.length === 0 ||
    apiGroups.some((group) => group !== '*' && (isUnresolved(group) || !known.hasGroup(group)))
  )
    return undefined;
  const homes = known.named(resource);
  const meant = homes.length === 0 ? known.meant(resource) : undefined;
  if (meant !== undefined) {
    return {
      reason: `resources are called by their plural: "${meant.resource}${subresource === '' ? '' : `/${subresource}`}", not "${written}"`,
    };
  }
  const here = homes.filter(({ group }) => apiGroups.includes('*') || apiGroups.includes(group));
  if (here.length === 0) {
    const [home] = homes.filter(({ served, kind }) => served && kind !== '');
    if (home === undefined || subresource !== '') return undefined;
    return {
      reason: `${resource} belong to ${groupName(home.group)}, not to ${apiGroups.map(groupName).join(' or ')}`,
    };
  }
  const [home] = here;
  if (here.some(({ namespaced }) => namespaced) || (home!.group === '' && resource === 'namespaces')) return undefined;
  if (local) return { reason: `${resource} are cluster-scoped, and a Role grants within its namespace` };
  return onlyBoundLocally
    ? { reason: `${resource} are cluster-scoped, and only RoleBindings bind this role`, weak: true }
    : undefined;
}

function verbFault(verb: string, rule: PolicyRule, known: ApiResources): string | undefined {
  if (verb === '*' || isUnresolved(verb)) return undefined;
  const { resources, apiGroups, resourceNames, verbs } = rule;
  if (verb !== verb.toLowerCase() && STANDARD.includes(verb.toLowerCase()))
    return `verbs are lower case: "${verb.toLowerCase()}", not "${verb}"`;
  const ownGroups = apiGroups.length > 0 && apiGroups.every((group) => known.hasGroup(group));
  if (ownGroups && !STANDARD.includes(verb) && !SPECIAL.includes(verb) && !verb.includes(':')) {
    return `no request has the verb "${verb}"`;
  }
  const bindings = ['rolebindings', 'clusterrolebindings'];
  if ((verb === 'bind' || verb === 'escalate') && resources.every((each) => bindings.includes(each))) {
    return `"${verb}" is asked about on roles and clusterroles, not on bindings`;
  }
  const topLevel = resources.every((each) => !each.includes('/') && each !== '*');
  if (resourceNames.length === 0 || !topLevel) return undefined;
  if (verb === 'deletecollection') return 'a request to delete a collection has no name to match resourceNames';
  // An apply, or an update that creates, is asked about once more as `create` with the name.
  const byName = verbs.includes('patch') || verbs.includes('update') || verbs.includes('*');
  return verb === 'create' && !byName ? 'a request to create has no name to match resourceNames' : undefined;
}

const STANDARD: readonly string[] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const SPECIAL: readonly string[] = [
  'use',
  'bind',
  'escalate',
  'impersonate',
  'approve',
  'sign',
  'attest',
  'proxy',
  'request-serviceaccounts-token-audience',
];

function groupName(group: string): string {
  return group === '' ? 'the core group' : `group "${group}"`;
}
