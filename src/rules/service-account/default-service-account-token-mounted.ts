import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { isNodeAgent } from '../../k8s/node-agent.ts';
import { bindingName, bindingsByAccount } from './_bindings.ts';

export default defineRule({
  id: 'default-service-account-token-mounted',
  title: "Token of the namespace's default service account in the pod",
  category: 'service-account',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [rbacFact],
  messages: {
    bound: 'the pod mounts the token of the default ServiceAccount of its namespace, to which {binding} gives {role}',
    mounted: 'the pod mounts the token of the default ServiceAccount of its namespace',
  },
  check(project, context) {
    const facts = project.fact(rbacFact);
    const bindings = bindingsByAccount(facts);
    for (const workload of facts.workloads) {
      const { resource, index, namespace, account } = workload;
      if (account !== 'default' || workload.projected || !facts.mountsToken(workload)) continue;
      // What every account of the cluster is given is told once, where it is bound.
      const bound = bindings.direct(namespace, 'default');
      const pod = resource.pods[index]!;
      if (bound === undefined && isNodeAgent(pod)) continue;
      const automount = pod.spec.get('automountServiceAccountToken');
      const named = pod.spec.get('serviceAccountName');
      const at = automount.present ? automount : named;
      const fix = {
        title: 'Mount no token',
        safety: 'hardening',
        changes: [{ op: 'set', path: automount.steps, value: false }],
      } as const;
      if (bound === undefined) context.report(at, 'mounted', { preset: 'strict', fix });
      else {
        const { kind, name } = bound.binding.roleRef;
        context.report(at, 'bound', {
          data: { binding: bindingName(bound.binding), role: `${kind} "${name}"` },
          severity: 'high',
          related: [{ at: bound.resource, message: 'bound here' }],
          fix,
        });
      }
    }
  },
  docs: {
    why: 'Every pod that names no account gets this one. What is ever granted to it is granted to all of them, and whoever breaks into the weakest holds it.',
    fix: 'Set `automountServiceAccountToken: false`. Where the program calls the Kubernetes API, give it an account of its own with what it needs.',
    frameworks: { cis: ['5.1.5', '5.1.6'], nsa: ['P5'], mitre: ['T1528', 'T1078.001'] },
    equivalents: {
      'kube-linter': ['default-service-account'],
      checkov: ['CKV_K8S_41'],
      kubescape: ['C-0189', 'C-0225'],
      kubeaudit: ['AutomountServiceAccountTokenTrueAndDefaultSA'],
    },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/service-accounts/'],
    limits:
      'In `recommended` only where a binding among the files gives the default account something; the plain case is `strict`.',
    examples: {
      bad: [
        {
          title: 'a binding gives it something',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec: # finding: bound\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: all\n  namespace: shop\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: edit\nsubjects:\n  - kind: ServiceAccount\n    name: default',
        },
        { title: 'by name', in: 'pod', yaml: 'serviceAccountName: default # finding: mounted' },
      ],
      good: [
        { title: 'no token', in: 'pod', yaml: 'automountServiceAccountToken: false' },
        { title: 'an account of its own', in: 'pod', yaml: 'serviceAccountName: web' },
      ],
    },
  },
});
