import { rbacFact } from '../../engine/facts/rbac.ts';
import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { capabilitiesOf, isWildcardAll } from '../../k8s/rbac/capability.ts';
import { uncovered } from '../../k8s/rbac/match.ts';
import { type PolicyRule, RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { summarize } from './_grants.ts';

export default defineRule({
  id: 'rbac-authenticated-binding',
  title: 'Permissions for every user or every service account',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  messages: {
    everybody: '{kind} "{name}" lets {who} {what}',
    unknown: '{kind} "{name}" gives {who} role "{role}", which is not in the input',
  },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    const basic = BASIC.flatMap((name) => {
      const role = analysis.world.role('ClusterRole', '', name);
      return role === undefined ? [] : role.rules;
    });
    for (const binding of analysis.bindings) {
      if (analysis.isBootstrap(binding)) continue;
      binding.subjects.forEach((subject, index) => {
        if (subject.kind !== 'Group' || !Object.hasOwn(WHO, subject.name.split(':').slice(0, 2).join(':'))) return;
        const [, group = '', namespace] = subject.name.split(':');
        // The accounts of one namespace, bound there: a matter of the default account's rule.
        if (namespace !== undefined && (group !== 'serviceaccounts' || namespace === binding.namespace)) return;
        const rules = analysis.roleOf(binding)?.rules.flatMap(({ rule }) => (isGone(rule) ? [] : [rule]));
        const at = siteAt(resourceOf(binding)!, ['subjects', index, 'name']);
        const who = namespace === undefined ? WHO[subject.name]! : `every service account of namespace "${namespace}"`;
        const data = { kind: binding.kind, name: binding.name, who };
        if (rules === undefined) {
          ctx.report(at, 'unknown', { data: { ...data, role: binding.roleRef.name }, severity: 'medium' });
          return;
        }
        if (uncovered(basic, rules).length === 0) return;
        const strong = rules.some((rule) => isWildcardAll(rule) || capabilitiesOf(rule).length > 0);
        if (namespace !== undefined && !strong) return;
        const severity = namespace === undefined ? severityOf(rules, strong, binding.namespace) : 'medium';
        const where = binding.namespace === '' ? '' : ` in namespace "${binding.namespace}"`;
        ctx.report(at, 'everybody', { data: { ...data, what: summarize(rules) + where }, severity });
      });
    }
  },
  docs: {
    why: 'system:authenticated holds everybody with any credential, on some clouds anybody with an account there; system:serviceaccounts holds every pod that mounts a token. What they may do, the weakest of them may do.',
    fix: 'Bind the service accounts and groups that need it by name.',
    frameworks: { cis: ['5.1.1', '5.1.3'], nsa: ['A1'], mitre: ['T1078.001'] },
    equivalents: { trivy: ['KSV-01011'], kubescape: ['C-0265'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects'],
    examples: {
      bad: [
        {
          title: 'edit for everybody',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: edit
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated" } # finding: everybody`,
        },
        {
          title: 'reading for every pod',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts" } # finding: everybody`,
        },
      ],
      good: [
        {
          title: 'what everybody has anyway',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: "system:basic-user"
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated" }`,
        },
        {
          title: 'a group of the organisation',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: edit
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: devs }`,
        },
        {
          title: 'asking what one may do',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [authorization.k8s.io]
    resources: [selfsubjectaccessreviews]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated" }`,
        },
      ],
    },
  },
});

const WHO: Readonly<Record<string, string>> = {
  'system:authenticated': 'every authenticated user',
  'system:serviceaccounts': 'every service account',
};

/** What every cluster gives them anyway. */
const BASIC: readonly string[] = [
  'system:basic-user',
  'system:discovery',
  'system:public-info-viewer',
  'system:service-account-issuer-discovery',
  'system:cluster-trust-bundle-discovery',
];

function severityOf(rules: readonly PolicyRule[], strong: boolean, namespace: string): Severity {
  if (
    strong ||
    rules.some(({ verbs, resources }) => resources.length > 0 && verbs.some((verb) => !READS.includes(verb)))
  )
    return 'high';
  const one =
    namespace !== '' &&
    rules.every(
      ({ verbs, resources, resourceNames }) =>
        resourceNames.length > 0 && verbs.join() === 'get' && resources.join() === 'configmaps',
    );
  return one ? 'low' : 'medium';
}

/** PodSecurityPolicies went with 1.25: to use one is nothing any more. */
function isGone({ resources }: PolicyRule): boolean {
  return resources.length > 0 && resources.every((resource) => resource === 'podsecuritypolicies');
}

const READS: readonly string[] = ['get', 'list', 'watch'];
