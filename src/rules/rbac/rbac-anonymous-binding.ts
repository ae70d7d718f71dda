import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { uncovered } from '../../k8s/rbac/match.ts';
import { type PolicyRule, RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { summarize } from './_grants.ts';

export default defineRule({
  id: 'rbac-anonymous-binding',
  title: 'Permissions for unauthenticated requests',
  category: 'rbac',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  messages: {
    anonymous: '{kind} "{name}" lets anyone who reaches the API server {what} without logging in',
    unknown: '{kind} "{name}" gives {role}, which is not in the input, to anyone who reaches the API server',
  },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    for (const binding of analysis.bindings) {
      if (analysis.isBootstrap(binding)) continue;
      binding.subjects.forEach((subject, index) => {
        const anonymous = subject.kind === 'User' ? 'system:anonymous' : 'system:unauthenticated';
        if (subject.name !== anonymous || (subject.kind !== 'User' && subject.kind !== 'Group')) return;
        const resolved = analysis.roleOf(binding);
        const data = {
          kind: binding.kind,
          name: binding.name,
          role: `${binding.roleRef.kind} "${binding.roleRef.name}"`,
        };
        const at = siteAt(resourceOf(binding)!, ['subjects', index, 'name']);
        if (resolved === undefined) {
          ctx.report(at, 'unknown', { data, severity: 'high' });
          return;
        }
        const rules = resolved.rules.map(({ rule }) => rule);
        if (rules.length === 0 || uncovered([HEALTH], rules).length === 0 || isDiscovery(binding.namespace, rules))
          return;
        const harmless = uncovered([HEALTH, DISCOVERY], rules).length === 0;
        ctx.report(at, 'anonymous', {
          data: { ...data, what: summarize(rules) },
          severity: harmless ? 'low' : 'critical',
        });
      });
    }
  },
  docs: {
    why: 'system:anonymous and system:unauthenticated are everybody on the network. Whatever is bound to them needs no credential at all.',
    fix: 'Remove the subject. Health checks need no binding: `system:public-info-viewer` has them.',
    frameworks: { cis: ['1.2.1'], nsa: ['A1'], mitre: ['T1190', 'T1078.001'] },
    equivalents: { trivy: ['KSV-0122'], kubescape: ['C-0262'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#hardening'],
    examples: {
      bad: [
        {
          title: 'view for everybody',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:anonymous" } # finding: anonymous`,
        },
        {
          title: 'a role from elsewhere',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: elsewhere
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:unauthenticated" } # finding: unknown`,
        },
      ],
      good: [
        {
          title: 'somebody with a name',
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
        {
          title: 'what clusters do by themselves',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: health }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: "system:public-info-viewer"
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:unauthenticated" }`,
        },
        {
          title: 'what kubeadm join reads',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: "kubeadm:bootstrap-signer-clusterinfo", namespace: kube-public }
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [cluster-info]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: kube-public }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: "kubeadm:bootstrap-signer-clusterinfo"
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:anonymous" }`,
        },
      ],
    },
  },
});

const NOTHING = { apiGroups: [], resources: [], resourceNames: [] };

/** Whether the server is there and well: what system:public-info-viewer has. */
const HEALTH: PolicyRule = {
  ...NOTHING,
  verbs: ['get'],
  nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version', '/version/'],
};
/** Which resources there are, and whom the cluster's tokens come from. */
const DISCOVERY: PolicyRule = {
  ...NOTHING,
  verbs: ['get'],
  nonResourceURLs: [
    '/api',
    '/api/*',
    '/apis',
    '/apis/*',
    '/openapi',
    '/openapi/*',
    '/.well-known/openid-configuration*',
    '/openid/v1/jwks*',
  ],
};

/** kubeadm lets nodes that join read the public ConfigMap cluster-info. */
function isDiscovery(namespace: string, rules: readonly PolicyRule[]): boolean {
  return (
    namespace === 'kube-public' &&
    rules.every(
      ({ verbs, resources, resourceNames }) =>
        verbs.join() === 'get' && resources.join() === 'configmaps' && resourceNames.join() === 'cluster-info',
    )
  );
}
