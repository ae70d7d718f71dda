import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { ApiResources } from '../../k8s/api-resources.ts';
import { coversEverything, isWildcardAll } from '../../k8s/rbac/capability.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';

export default defineRule({
  id: 'rbac-wildcard-partial',
  title: 'Wildcard in verbs, resources, groups or URLs',
  category: 'rbac',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  options: {
    defaults: { ownGroups: [] as readonly string[] },
    schema: {
      type: 'object',
      properties: { ownGroups: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: {
    resources:
      '{kind} "{name}" uses "*" in {lists}: it covers every resource of {groups}, subresources and those of later releases included',
    some: '{kind} "{name}" uses "*" in {lists}: it covers more than is written, such as impersonate, bind or escalate where a resource knows them',
    urls: '{kind} "{name}" covers the paths {url} with verbs that do more than read health and metrics',
  },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    const own = new Set(
      project.ofKind('CustomResourceDefinition.apiextensions.k8s.io').map(({ head }) => groupOf(head.name)),
    );
    if (analysis.roles.length === 0) return;
    const known = new ApiResources(project.version);
    for (const role of analysis.roles) {
      if (analysis.isBootstrap(role) || role.rules.some(isWildcardAll) || coversEverything(role.rules)) continue;
      role.rules.forEach((rule, index) => {
        const urls = rule.nonResourceURLs.findIndex(
          (url) => url === '*' || url === '/*' || url === '/api*' || url === '/apis*',
        );
        if (urls !== -1) {
          const reads = rule.verbs.every((verb) => verb === 'get' || verb === 'head' || verb === 'options');
          ctx.report(siteAt(resourceOf(role)!, ['rules', index, 'nonResourceURLs', urls]), 'urls', {
            data: { kind: role.kind, name: role.name, url: rule.nonResourceURLs[urls]! },
            ...(reads ? { severity: 'low', preset: 'strict' } : {}),
          });
          return;
        }
        const lists = (['resources', 'verbs', 'apiGroups'] as const).filter((key) => rule[key].includes('*'));
        const [first] = lists;
        if (first === undefined || rule.resources.length === 0) return;
        // Everything of one's own kinds is what an operator is for.
        const isOwn = (group: string) =>
          own.has(group) || ctx.options.ownGroups.some((each) => group === each || group.endsWith(`.${each}`));
        if (rule.apiGroups.every(isOwn)) return;
        const everything = first === 'resources' && rule.resourceNames.length === 0;
        const writes = rule.verbs.some((verb) => !READS.includes(verb));
        const foreign = rule.apiGroups.every((group) => group !== '*' && !known.hasGroup(group));
        ctx.report(
          siteAt(resourceOf(role)!, ['rules', index, first, rule[first].indexOf('*')]),
          everything ? 'resources' : 'some',
          {
            data: { kind: role.kind, name: role.name, lists: lists.join(' and '), groups: groupsText(rule.apiGroups) },
            severity: everything && writes && !foreign ? 'medium' : 'low',
            ...(everything && !foreign ? {} : { preset: 'strict' }),
          },
        );
      });
    }
  },
  docs: {
    why: 'A star grows by itself: with each release, each custom resource, each new subresource. Among verbs it holds `impersonate`, `bind`, `escalate` and `deletecollection`.',
    fix: 'Write out the resources, and the verbs: get, list, watch, create, update, patch, delete.',
    frameworks: { cis: ['5.1.3'], nsa: ['A1'], mitre: ['T1098.006'] },
    equivalents: {
      trivy: ['KSV-0045'],
      checkov: ['CKV_K8S_49'],
      kubescape: ['C-0187'],
      'kube-linter': ['wildcard-in-rules'],
    },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-examples',
      'https://kubernetes.io/docs/concepts/security/rbac-good-practices/',
    ],
    limits: 'A rule that a more telling one speaks about, such as rbac-secrets-read, is not reported here as well.',
    examples: {
      bad: [
        {
          title: 'every resource of the core group',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - "*" # finding: resources
    verbs: [update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'every verb',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [services]
    verbs: ["*"] # finding: some
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'every path',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - nonResourceURLs: ["*"] # finding: urls
    verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
      ],
      good: [
        {
          title: 'written out',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [services]
    verbs: [update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
        {
          title: 'its own kinds',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [example.com]
    resources: ["*"]
    verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }`,
        },
        {
          title: 'metrics',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - nonResourceURLs: ["/metrics*", "/healthz/*"]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: User, name: jane }`,
        },
      ],
    },
  },
});

const READS: readonly string[] = ['get', 'list', 'watch'];

/** `widgets.example.com` → `example.com`. */
function groupOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function groupsText(groups: readonly string[]): string {
  if (groups.includes('*')) return 'every group';
  const names = groups.map((group) => (group === '' ? 'the core group' : group));
  return names.length > 2 ? `${names[0]} and ${names.length - 1} more groups` : names.join(' and ');
}
