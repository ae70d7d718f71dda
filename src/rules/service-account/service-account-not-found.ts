import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule, type Where } from '../../engine/rule.ts';
import { keptInPod, siteAt } from '../../engine/site.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'service-account-not-found',
  title: 'Service account that is not defined',
  category: 'service-account',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [rbacFact],
  messages: {
    pod: 'ServiceAccount "{account}" is not defined, and pods that name it are not created{hint}',
    binding: 'ServiceAccount "{account}" is not defined, and whoever creates it gets what is bound to it{hint}',
  },
  check(project, ctx) {
    if (ctx.world === 'open') return;
    const facts = project.fact(rbacFact);
    const { accounts, workloads, resourceOf } = facts;
    const known = new Set(accounts.map(({ namespace, name }) => `${namespace}/${name}`));
    const namespaces = new Set(accounts.map(({ namespace }) => namespace));
    const byName = new Map(accounts.map((account) => [account.name, account]));
    const missing = new Map<string, Use[]>();
    const use = (namespace: string, name: string, each: Use): void => {
      if (
        name === 'default' ||
        name === '' ||
        isUnresolved(name) ||
        isUnresolved(namespace) ||
        isSystemNamespace(namespace)
      )
        return;
      if (known.has(`${namespace}/${name}`)) return;
      const same = byName.get(name);
      // Where one of the two names no namespace, they may well be applied to the same.
      if (same !== undefined && (!each.placed || !same.placed)) return;
      const uses = missing.get(`${namespace}/${name}`);
      if (uses === undefined) missing.set(`${namespace}/${name}`, [each]);
      else uses.push(each);
    };
    for (const { resource, index, namespace, account } of workloads) {
      use(namespace, account, {
        placed: resource.head.namespace !== '',
        at: () =>
          keptInPod(project, resource, ['serviceAccountName']) ??
          keptInPod(project, resource, ['serviceAccount']) ??
          accountNode(resource.pods[index]!),
        binding: false,
      });
    }
    for (const binding of facts.hasRbac ? facts.analysis.bindings : []) {
      if (facts.analysis.isBootstrap(binding)) continue;
      binding.subjects.forEach((subject, index) => {
        if (subject.kind !== 'ServiceAccount') return;
        const resource = resourceOf(binding)!;
        const placed = subject.namespace !== '' || resource.head.namespace !== '';
        use(subject.namespace || binding.namespace, subject.name, {
          placed,
          at: () => siteAt(resource, ['subjects', index, 'name']),
          binding: true,
        });
      });
    }
    for (const [key, uses] of missing) {
      const slash = key.indexOf('/');
      const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
      const elsewhere = byName.get(name);
      if (elsewhere === undefined && !namespaces.has(namespace) && ctx.world !== 'closed') continue;
      // Said once: at a pod, which cannot start, before a binding, which waits for somebody to make the account.
      const [first, ...others] = [...uses].sort((one, other) => Number(one.binding) - Number(other.binding)) as [
        Use,
        ...Use[],
      ];
      const related = others.slice(0, 3).map((each) => ({ at: each.at(), message: 'named here too' }));
      if (elsewhere !== undefined)
        related.unshift({ at: siteAt(elsewhere.resource, ['metadata', 'name']), message: 'defined here' });
      const hint = elsewhere === undefined ? '' : `; there is one in namespace "${elsewhere.namespace}"`;
      ctx.report(first.at(), first.binding ? 'binding' : 'pod', { data: { account: key, hint }, related });
    }
  },
  docs: {
    why: 'A pod that names an account which is not there is refused. A binding to one waits: whoever may create accounts in that namespace takes what is bound to the name.',
    fix: 'Correct the name or the namespace, or define the account next to what uses it.',
    frameworks: { cis: ['5.1.5'], nsa: ['A1'], mitre: ['T1098'] },
    equivalents: { 'kube-linter': ['non-existent-service-account'], kubescape: ['C-0307'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/service-accounts/'],
    examples: {
      bad: [
        {
          title: 'bound in the wrong namespace',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata: { name: app, namespace: a }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: x, namespace: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - kind: ServiceAccount
    name: app # finding: binding
    namespace: b`,
        },
        {
          title: 'a slip of the pen',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: a }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a }
spec:
  serviceAccountName: wbe # finding: pod
  containers: [{ name: c, image: nginx }]`,
        },
      ],
      good: [
        {
          title: 'where it is defined',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata: { name: app, namespace: a }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: x, namespace: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
        {
          title: 'no account is in the input at all',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a }
spec:
  serviceAccountName: web
  containers: [{ name: c, image: nginx }]`,
        },
        {
          title: 'the account names no namespace',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata: { name: app }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
      ],
    },
  },
});

interface Use {
  /** Names its namespace. */
  readonly placed: boolean;
  readonly binding: boolean;
  at(): Where;
}

function accountNode({ spec }: PodView): AnyNode {
  const named: AnyNode = spec.get('serviceAccountName');
  return named.present ? named : spec.get('serviceAccount');
}
