import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'controller-manager-sa-credentials',
  title: 'All controllers share one identity',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { shared: 'all controllers share one credential: --use-service-account-credentials is not true' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-controller-manager')) {
      if (view.boolean('use-service-account-credentials', false) !== false) continue;
      const flag = view.flag('use-service-account-credentials');
      const { node, ...place } = flag?.place ?? { node: view.anchor };
      const changes = flag?.change('true');
      const fix =
        changes === undefined ? {} : { fix: { title: 'One account each', safety: 'hardening', changes } as const };
      context.report(node, 'shared', { ...place, ...fix });
    }
  },
  docs: {
    why: 'Each controller then has the permissions of all of them, and the audit log cannot tell them apart.',
    fix: 'Set `--use-service-account-credentials=true`; every cluster with RBAC has the roles.',
    frameworks: { cis: ['1.3.3'], nsa: ['A1'], mitre: ['T1078'] },
    equivalents: { trivy: ['KCV-0035'], kubescape: ['C-0146'], checkov: ['CKV_K8S_108'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#controller-roles'],
    examples: {
      bad: [
        {
          title: 'one for all',
          in: 'container',
          yaml: example('kube-controller-manager', ['--leader-elect=true'], 'shared'),
        },
        {
          title: 'switched off',
          in: 'container',
          yaml: example('kube-controller-manager', ['--use-service-account-credentials=false # finding: shared']),
        },
      ],
      good: [
        {
          title: 'one each',
          in: 'container',
          yaml: example('kube-controller-manager', ['--use-service-account-credentials=true']),
        },
      ],
    },
  },
});
