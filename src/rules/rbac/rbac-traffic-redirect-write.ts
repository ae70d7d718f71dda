import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { grantsOf, TRUST } from './_grants.ts';

export default defineRule({
  id: 'rbac-traffic-redirect-write',
  title: 'Can redirect traffic or take over parts of the API',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  supersedes: ['rbac-wildcard-partial'],
  facts: [rbacFact],
  options: TRUST,
  messages: {
    serves: '{what} lets {who} serve parts of the Kubernetes API and read what is sent there',
    claims: '{what} lets {who} write the status of Services {where} and so claim external addresses (CVE-2020-8554)',
    converts:
      '{what} lets {who} write CustomResourceDefinitions, whose conversion webhooks read every object of their kind',
    redirects: '{what} lets {who} send the traffic of Services {where} to arbitrary addresses (CVE-2021-25740)',
  },
  check(project, ctx) {
    for (const grant of grantsOf(project, 'rbac-traffic-redirect-write', ctx.options)) {
      const by = (capability: string) =>
        grant.matches.find((match) => match.capability === capability && match.names === undefined);
      const extend = grant.matches.find(
        ({ target, names }) => target.resource === 'apiservices' && names === undefined,
      );
      const status = by('services.status');
      const conversion = by('apis.extend');
      const endpoints = by('endpoints.write');
      if (extend !== undefined) ctx.report(grant.at(extend), 'serves', grant.more('high'));
      else if (status !== undefined) ctx.report(grant.at(status), 'claims', grant.more('high'));
      else if (conversion !== undefined)
        ctx.report(grant.at(conversion), 'converts', { ...grant.more('medium'), preset: 'strict' });
      else if (endpoints !== undefined)
        ctx.report(grant.at(endpoints), 'redirects', { ...grant.more('medium'), preset: 'strict' });
    }
  },
  docs: {
    why: 'An APIService or the conversion webhook of a custom resource receives the requests of others. With `services/status` one claims addresses that others talk to, with Endpoints one leads a Service or an Ingress to pods of another namespace.',
    fix: 'Limit APIServices and definitions to their own by `resourceNames`; leave `services/status` to load balancer controllers and Endpoints to the control plane.',
    frameworks: { nsa: ['A1', 'N2'], mitre: ['T1557'] },
    equivalents: { trivy: ['KSV-0056'], checkov: ['CKV2_K8S_4'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#write-access-for-endpoints'],
    examples: {
      bad: [
        {
          title: 'status of Services',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - services/status # finding: claims
    verbs: [patch]
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
          title: 'Endpoints',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources:
      - endpoints # finding: redirects
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
          title: 'APIServices',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [apiregistration.k8s.io]
    resources:
      - apiservices # finding: serves
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
        {
          title: 'CustomResourceDefinitions',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [apiextensions.k8s.io]
    resources:
      - customresourcedefinitions # finding: converts
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
  - { kind: User, name: jane }`,
        },
      ],
      good: [
        {
          title: 'leader election by name',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [endpoints]
    resourceNames: [leader]
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
          title: 'reading',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [services, endpoints]
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
