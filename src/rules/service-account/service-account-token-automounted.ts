import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { isNodeAgent } from '../../k8s/node-agent.ts';
import { bindingsByAccount } from './_bindings.ts';

export default defineRule({
  id: 'service-account-token-automounted',
  title: 'API token mounted though nothing shows that it is needed',
  category: 'service-account',
  severity: 'medium',
  preset: 'strict',
  on: 'project',
  facts: [rbacFact],
  messages: {
    mounted: 'the pod mounts a token of ServiceAccount "{account}", to which no binding among the files gives anything',
    unknown:
      'the pod mounts a token of ServiceAccount "{account}"; whether it needs one cannot be seen, since no roles are among the files',
    explicit:
      'the pod asks for a token of ServiceAccount "{account}", to which no binding among the files gives anything',
  },
  check(project, context) {
    const facts = project.fact(rbacFact);
    const bindings = bindingsByAccount(facts);
    for (const workload of facts.workloads) {
      const { resource, index, namespace, account, automount } = workload;
      // A pod that projects its own token has said how it wants it.
      if (account === 'default' || workload.projected || !facts.mountsToken(workload)) continue;
      if (bindings.any(namespace, account) !== undefined) continue;
      const pod = resource.pods[index]!;
      if (isNodeAgent(pod)) continue;
      const at = pod.spec.get('automountServiceAccountToken');
      const object = facts.account(namespace, account)?.resource;
      const related = object === undefined ? {} : { related: [{ at: object, message: 'the ServiceAccount' }] };
      if (automount === true) context.report(at, 'explicit', { data: { account }, severity: 'info', ...related });
      else {
        context.report(at, facts.hasRbac ? 'mounted' : 'unknown', {
          data: { account },
          ...(facts.hasRbac ? {} : { severity: 'low' }),
          ...related,
          fix: {
            title: 'Mount no token',
            safety: 'hardening',
            changes: [{ op: 'set', path: at.steps, value: false }],
          },
        });
      }
    }
  },
  docs: {
    why: 'Whoever breaks into the program finds a token in the file system and speaks to the API server with it. Even without a role of its own it opens what every account may do, and everything that is bound to it later.',
    fix: 'Set `automountServiceAccountToken: false` in the pod, or on the ServiceAccount, unless the program calls the Kubernetes API.',
    frameworks: { cis: ['5.1.6'], nsa: ['P5'], mitre: ['T1528', 'T1552.007'] },
    equivalents: {
      trivy: ['KSV-0036'],
      checkov: ['CKV_K8S_38'],
      kubescape: ['C-0034', 'C-0190', 'C-0261'],
      polaris: ['automountServiceAccountToken'],
    },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/'],
    examples: {
      bad: [
        {
          title: 'no role is among the files',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec: # finding: unknown\n  serviceAccountName: web\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
        {
          title: 'another account is bound',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec: # finding: mounted\n  serviceAccountName: web\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: api\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: api\nsubjects:\n  - kind: ServiceAccount\n    name: api',
        },
        {
          title: 'it asks for one',
          in: 'pod',
          yaml: 'serviceAccountName: web\nautomountServiceAccountToken: true # finding: explicit',
        },
      ],
      good: [
        { title: 'no token', in: 'pod', yaml: 'serviceAccountName: web\nautomountServiceAccountToken: false' },
        {
          title: 'the account is bound to a role',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  serviceAccountName: web\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: web\n  namespace: shop\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: web\nsubjects:\n  - kind: ServiceAccount\n    name: web',
        },
        {
          title: 'the ServiceAccount says no',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n  namespace: shop\nautomountServiceAccountToken: false\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  serviceAccountName: web\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
    },
  },
});
