import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { isBinding, RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { describeSubject, summarize } from './_grants.ts';

export default defineRule({
  id: 'rbac-system-role-modified',
  title: 'Built-in role redefined, or a reserved name used',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  messages: {
    adds: '{kind} "{name}" is built in, and this adds the right to {what}; the API server keeps such additions',
    subject: '{kind} "{name}" is built in, and this adds {who} to {role}; the API server keeps such additions',
    other: '{kind} "{name}" is built in and refers to "{role}"; under this name another role hides',
    frozen: '{kind} "{name}" is built in, and with autoupdate off it misses the corrections of later releases',
    forged: '{kind} "{name}" carries the label of built-in objects and is none',
    reserved: '{kind} "{name}" uses the prefix system:, which is reserved for Kubernetes',
  },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    for (const object of [...analysis.roles, ...analysis.bindings]) {
      const resource = resourceOf(object)!;
      const { head } = resource;
      const known = analysis.namesake(object);
      const data = { kind: object.kind, name: object.name };
      if (known === undefined) {
        const forged = head.labels[BOOTSTRAPPING] === 'rbac-defaults';
        const reserved = object.name.startsWith('system:') && !VENDORS.some((prefix) => object.name.startsWith(prefix));
        if (forged)
          ctx.report(siteAt(resource, ['metadata', 'labels', BOOTSTRAPPING]), 'forged', { data, severity: 'low' });
        else if (reserved) ctx.report(resource, 'reserved', { data, severity: 'low' });
        continue;
      }
      if (head.annotations[AUTOUPDATE] === 'false') {
        ctx.report(siteAt(resource, ['metadata', 'annotations', AUTOUPDATE]), 'frozen', { data, severity: 'medium' });
      }
      if (!isBinding(object)) {
        const [added] = analysis.additions(object);
        if (added !== undefined && object.selectors === undefined) {
          const rule = object.rules[added]!;
          ctx.report(siteAt(resource, ['rules', added]), 'adds', { data: { ...data, what: summarize([rule]) } });
        }
        continue;
      }
      if (!isBinding(known)) continue;
      if (object.roleRef.name !== known.roleRef.name || object.roleRef.kind !== known.roleRef.kind) {
        ctx.report(siteAt(resource, ['roleRef', 'name']), 'other', { data: { ...data, role: known.roleRef.name } });
        continue;
      }
      object.subjects.forEach((subject, index) => {
        const same = known.subjects.some(
          (each) => each.kind === subject.kind && each.name === subject.name && each.namespace === subject.namespace,
        );
        if (!same)
          ctx.report(siteAt(resource, ['subjects', index]), 'subject', {
            data: { ...data, who: describeSubject(subject), role: known.roleRef.name },
          });
      });
    }
  },
  docs: {
    why: 'At each start the API server puts back what is missing from its built-in roles and bindings and leaves what was added. What hides there is passed over by everybody who filters system objects.',
    fix: 'Make a role and a binding of your own, with a name of your own.',
    frameworks: { cis: ['5.1.1'], nsa: ['A1'], mitre: ['T1098.006', 'T1036.005'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings'],
    examples: {
      bad: [
        {
          title: 'another subject for a built-in binding',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: system:discovery
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:discovery
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: system:unauthenticated # finding: subject`,
        },
        {
          title: 'more rights for a built-in role',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:node-proxier
rules:
  - apiGroups: [""]
    resources: [services, endpoints]
    verbs: [list, watch]
  - apiGroups: [""] # finding: adds
    resources: [secrets]
    verbs: [get]`,
        },
        {
          title: 'a forged label',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: mine
  labels:
    kubernetes.io/bootstrapping: rbac-defaults # finding: forged
rules: []`,
        },
        {
          title: 'a reserved name',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:mine # finding: reserved
rules: []`,
        },
      ],
      good: [
        {
          title: 'a copy of what is built in',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: "system:discovery", labels: { kubernetes.io/bootstrapping: rbac-defaults } }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:discovery" }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated" }`,
        },
      ],
    },
  },
});

const BOOTSTRAPPING = 'kubernetes.io/bootstrapping';
const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

/** Names that distributions and add-ons of the Kubernetes project use. */
const VENDORS: readonly string[] = [
  'system:openshift:',
  'system:k3s',
  'system:metrics-server',
  'system:aggregated-metrics-reader',
  'system:coredns',
  'system:cloud-controller-manager',
  'system:cloud-node-controller',
  'system:azure-cloud-provider',
  'system:aws-cloud-provider',
  'system:gke-',
  'system:gcp-',
  'system:node-problem-detector',
  'system:kube-state-metrics',
  'system:konnectivity-server',
  'system:controller:cloud-node-controller',
  'system:controller:cloud-provider',
  'system:snapshot-controller',
  'system:cilium',
  'system:public-info-viewer',
  'system:certificates.k8s.io:',
];
