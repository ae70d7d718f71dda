import { defineRule } from '../../engine/rule.ts';
import { formatLevelVersion } from '../../k8s/pod-security/level.ts';
import { failedChecks, isExempt, podSecurityAdmission } from './_admission.ts';

const BUILT_IN_GROUPS: readonly string[] = ['', 'apps', 'batch', 'extensions'];

export default defineRule({
  id: 'pod-template-in-crd-unchecked',
  title: 'Custom workload that Pod Security does not warn of',
  category: 'pod-security',
  severity: 'info',
  preset: 'all',
  on: 'project',
  facts: [podSecurityAdmission],
  messages: {
    unchecked: '{kind} "{name}" does not meet {demand}, and Pod Security gives no warning for this kind: {checks}',
  },
  check(project, context) {
    const { configuration, namespaces, workloadsOf } = project.fact(podSecurityAdmission);
    const seen = new Set<string>();
    for (const { name: namespace, policy, certain } of namespaces) {
      if (!certain || seen.has(namespace)) continue;
      seen.add(namespace);
      for (const workload of workloadsOf(namespace)) {
        const { head } = workload.resource;
        if (BUILT_IN_GROUPS.includes(head.group) || workload.index > 0 || isExempt(workload, configuration)) continue;
        // What is refused is the matter of psa-enforce-rejects-workload.
        if (failedChecks(workload, policy.enforce, project).length > 0) continue;
        const checks = failedChecks(workload, policy.warn, project);
        if (checks.length === 0) continue;
        context.report(workload.resource, 'unchecked', {
          data: {
            kind: head.kind,
            name: head.name,
            demand: formatLevelVersion(policy.warn),
            checks: checks.join(', '),
          },
        });
      }
    }
  },
  docs: {
    why: 'Pod Security looks at pods and at the built-in controllers. The warning that a Deployment would get is missing for a custom workload, though its pods are judged like any others.',
    fix: 'Harden the pod template as for a Deployment.',
    frameworks: { cis: ['5.2.1'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
    examples: {
      bad: [
        {
          title: 'a Rollout',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/warn: restricted\n---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata:\n  name: web # finding\n  namespace: shop\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n',
        },
      ],
      good: [
        {
          title: 'a Deployment is warned of',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/warn: restricted\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
      ],
    },
  },
});
