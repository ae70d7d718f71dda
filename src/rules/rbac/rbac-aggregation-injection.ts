import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { AGGREGATION_LABELS, type RbacAnalysis } from '../../k8s/rbac/analysis.ts';
import { type Capability, capabilitiesOf, coversEverything, isWildcardAll } from '../../k8s/rbac/capability.ts';
import { uncovered } from '../../k8s/rbac/match.ts';
import { RBAC_KINDS, type Role } from '../../k8s/rbac/policy.ts';

export default defineRule({
  id: 'rbac-aggregation-injection',
  title: 'Aggregated ClusterRole gains sensitive rules',
  category: 'rbac',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  messages: {
    gains: 'ClusterRole "{name}" adds {what} to {target}, for everybody who is bound to {target}',
    writes: 'ClusterRole "{name}" adds {what} to {target}, which is there for reading',
    every: 'ClusterRole "{name}" collects the rules of every ClusterRole, cluster-admin included',
    all: 'ClusterRole "{name}" collects rules that allow everything',
    overwritten: 'ClusterRole "{name}" has rules of its own next to an aggregationRule, which overwrites them',
  },
  check(project, ctx) {
    const { analysis, resourceOf } = project.fact(rbacFact);
    for (const role of analysis.roles) {
      if (role.kind !== 'ClusterRole' || analysis.isBootstrap(role)) continue;
      const { root, metadata } = resourceOf(role)!;
      for (const label of AGGREGATION_LABELS) {
        if (role.labels[label] !== 'true') continue;
        const target = label.slice(label.lastIndexOf('-') + 1);
        const gain = gainOf(role, target, analysis);
        if (gain === undefined) continue;
        const rule = root.at(['rules', gain.index]);
        ctx.report(metadata.get('labels').get(label), gain.strong ? 'gains' : 'writes', {
          data: { name: role.name, target, what: gain.text },
          severity: gain.strong ? 'high' : 'medium',
          related: [{ at: rule, message: 'by this rule' }],
        });
        break;
      }
      if (role.selectors === undefined) continue;
      const selectors = root.at(['aggregationRule', 'clusterRoleSelectors']);
      const empty = role.selectors.findIndex(
        ({ matchLabels, matchExpressions }) => Object.keys(matchLabels).length === 0 && matchExpressions.length === 0,
      );
      const all = coversEverything(analysis.world.rulesOf(role).map(({ rule }) => rule));
      if (empty !== -1) ctx.report(selectors.at([empty]), 'every', { data: { name: role.name }, severity: 'critical' });
      else if (all) ctx.report(selectors, 'all', { data: { name: role.name }, severity: 'critical' });
      else if (role.rules.length > 0)
        ctx.report(root.at(['rules']), 'overwritten', { data: { name: role.name }, severity: 'low' });
    }
  },
  docs: {
    why: 'A label makes a ClusterRole part of `view`, `edit` or `admin`, wherever those are bound. Nobody who reads the bindings sees it.',
    fix: 'Take the rule out of the labelled role into one of its own, or use the label of a stronger role.',
    frameworks: { cis: ['5.1.2', '5.1.3'], nsa: ['A1'], mitre: ['T1098.006'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles'],
    examples: {
      bad: [
        {
          title: 'Secrets for viewers',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: r
  labels:
    rbac.authorization.k8s.io/aggregate-to-view: "true" # finding: gains
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: [get, list]`,
        },
        {
          title: 'every ClusterRole at once',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
aggregationRule:
  clusterRoleSelectors:
    - {} # finding: every
rules: []`,
        },
        {
          title: 'writing for viewers',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: r
  labels:
    rbac.authorization.k8s.io/aggregate-to-view: "true" # finding: writes
rules:
  - apiGroups: [x.example.com]
    resources: [widgets]
    verbs: [get, create]`,
        },
      ],
      good: [
        {
          title: 'reading its own kinds',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r, labels: { rbac.authorization.k8s.io/aggregate-to-view: "true" } }
rules:
  - apiGroups: [x.example.com]
    resources: [widgets]
    verbs: [get, list]`,
        },
        {
          title: 'what edit has anyway',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r, labels: { rbac.authorization.k8s.io/aggregate-to-edit: "true" } }
rules:
  - apiGroups: [x.example.com]
    resources: [widgets]
    verbs: [create, delete]`,
        },
      ],
    },
  },
});

interface Gain {
  readonly index: number;
  readonly text: string;
  readonly strong: boolean;
}

/** The first rule by which a labelled role makes `target` stronger than it is meant to be. */
function gainOf(role: Role, target: string, analysis: RbacAnalysis): Gain | undefined {
  const built = analysis.world.role('ClusterRole', '', `system:aggregate-to-${target}`);
  for (const [index, rule] of role.rules.entries()) {
    if (built !== undefined && uncovered(built.rules, [rule]).length === 0) continue;
    if (isWildcardAll(rule)) return { index, text: 'everything', strong: true };
    const found = capabilitiesOf(rule).find(({ capability }) => target === 'view' || !EDIT_HAS.includes(capability));
    if (found !== undefined) {
      return { index, text: `${found.verbs.join(', ')} on ${found.target.resource}`, strong: true };
    }
    const write = rule.resources.length > 0 ? rule.verbs.find((verb) => !READS.includes(verb)) : undefined;
    if (target === 'view' && write !== undefined) {
      return { index, text: `"${write}" on ${rule.resources.slice(0, 3).join(', ')}`, strong: false };
    }
  }
  return undefined;
}

const READS: readonly string[] = ['get', 'list', 'watch'];

/** What people with edit can do in their namespaces anyway, and what follows from it. */
const EDIT_HAS: readonly Capability[] = [
  'secrets.read',
  'secrets.create',
  'pods.create',
  'pods.change',
  'pods.exec',
  'pods.ephemeral',
  'pods.tunnel',
  'pods.evict',
  'workloads.write',
  'controllers.write',
  'impersonate.serviceaccounts',
  'tokens.create',
  'claims.create',
  'configmaps.write',
  'roles.write',
  'rolebindings.write',
];
