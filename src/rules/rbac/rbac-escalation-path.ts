import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { describePath, type EscalationGraph, isBoundless, type Path, vertexName } from '../../k8s/rbac/escalation.ts';
import { RBAC_KINDS } from '../../k8s/rbac/policy.ts';
import { formatPath } from '../../yaml/node.ts';
import { describeSubject, isTrusted, TRUST } from './_grants.ts';
import { evidence, placeOf } from './_paths.ts';

export default defineRule({
  id: 'rbac-escalation-path',
  title: 'Chain of permissions that leads to cluster-admin',
  category: 'rbac',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: RBAC_KINDS,
  facts: [rbacFact],
  options: TRUST,
  messages: { path: '{who} can {goal}: {steps}' },
  check(project, ctx) {
    const facts = project.fact(rbacFact);
    if (facts.analysis.bindings.length === 0) return;
    const graph = facts.escalation();
    const seen = new Set<string>();
    for (const [key, holder] of graph.holders) {
      if (holder.holdings.some(({ capability, namespace }) => capability === 'everything' && namespace === ''))
        continue;
      if (isTrusted(holder.subject, ctx.options.trustedSubjects)) continue;
      const path = pathOf(graph, key);
      if (path === undefined) continue;
      const steps = evidence(path);
      // Whoever has that everywhere needs no chain; its own rule says so.
      if (isBoundless(steps[0]!)) continue;
      const at = placeOf(steps[0]!, facts);
      if (at === undefined) continue;
      // Two subjects of one binding go the same way: one finding.
      const place = `${at.resource.head.file} ${formatPath(at.steps)} ${path.steps
        .slice(1)
        .map(({ from }) => from)
        .join(' ')}`;
      if (seen.has(place)) continue;
      seen.add(place);
      const { subject } = holder;
      const used = subject.kind === 'ServiceAccount' && facts.workloadsOf(subject.namespace, subject.name).length > 0;
      const severity = path.maybe
        ? 'medium'
        : path.goal === 'cluster-admin' && used && steps.length <= 2
          ? 'critical'
          : 'high';
      const related = steps.slice(1).flatMap((step) => {
        const there = placeOf(step, facts);
        return there === undefined
          ? []
          : [{ at: there, message: step.holdings.length > 0 ? `${vertexName(step.from)} ${step.text}` : step.text }];
      });
      const preset =
        subject.kind === 'ServiceAccount' && subject.namespace === 'kube-system' ? ({ preset: 'strict' } as const) : {};
      ctx.report(at, 'path', {
        data: {
          who: describeSubject(subject),
          goal: path.goal === 'node' ? 'take over a node' : 'become cluster-admin',
          steps: describePath(path),
        },
        severity,
        related,
        ...preset,
      });
    }
  },
  docs: {
    why: 'Each permission may be meant, and together they lead to the top: from creating tokens or running commands in one namespace, over an account there, to whatever that account holds. The steps are in different files, so nobody who reads one of them sees the way.',
    fix: 'Cut the way where it is cheapest: take away the first permission, or move the strong account out of its reach into a namespace of its own.',
    frameworks: { cis: ['5.1.1'], nsa: ['A1'], mitre: ['T1078', 'T1098.006', 'T1528'] },
    equivalents: { kubescape: ['C-0267'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks'],
    limits:
      'Only what the input shows: subjects and roles of other files, group members, and what admission policies refuse are not seen. `kubesec-lint rbac --escalations` lists the ways of one step as well.',
    examples: {
      bad: [
        {
          title: 'tokens of a strong account',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: kube-system }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token] # finding: path
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: kube-system }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: boss, namespace: kube-system }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: c }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - { kind: ServiceAccount, name: boss, namespace: kube-system }`,
        },
        {
          title: 'commands in a privileged pod',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [pods/exec] # finding: path
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }
---
apiVersion: v1
kind: Pod
metadata: { name: agent, namespace: a }
spec: { containers: [{ name: c, image: agent, securityContext: { privileged: true } }] }`,
        },
      ],
      good: [
        {
          title: 'nothing that leads on',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: a }
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: r
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
        {
          title: 'one permission alone is the matter of its own rule',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token]
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
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
      ],
    },
  },
});

/** The way to cluster-admin, else to a node, of at least two steps that the input makes so. */
function pathOf(graph: EscalationGraph, key: string): Path | undefined {
  for (const goal of ['cluster-admin', 'node'] as const) {
    const path = graph.path(key, goal);
    if (path !== undefined && !path.maybe && evidence(path).length >= 2) return path;
  }
  return undefined;
}
