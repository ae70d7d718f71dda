import { defineRule } from '../../engine/rule.ts';
import { LABEL_PREFIX } from '../../k8s/pod-security/labels.ts';
import { compareLevels } from '../../k8s/pod-security/level.ts';
import { commonLevel, podSecurityAdmission } from './_admission.ts';

export default defineRule({
  id: 'psa-level-can-be-raised',
  title: 'Namespace ready for a stricter level',
  category: 'pod-security',
  severity: 'info',
  preset: 'strict',
  on: 'project',
  supersedes: ['psa-warn-audit-not-stricter'],
  facts: [podSecurityAdmission],
  messages: {
    ready:
      'all workloads of namespace "{name}" here ({count}) meet "{level}": enforce could be raised from "{current}"',
  },
  check(project, context) {
    const { namespaces, workloadsOf } = project.fact(podSecurityAdmission);
    for (const { name, resource, labels, policy, certain } of namespaces) {
      // What enforces nothing is the matter of psa-enforce-privileged and psa-enforce-label-missing.
      if (!certain || labels[`${LABEL_PREFIX}enforce`] === undefined || policy.enforce.level !== 'baseline') continue;
      const workloads = workloadsOf(name);
      const level = commonLevel(workloads, project);
      if (level === undefined || compareLevels(level, policy.enforce.level) <= 0) continue;
      const node = resource.metadata.get('labels').get(`${LABEL_PREFIX}enforce`);
      context.report(node, 'ready', {
        data: { name, count: workloads.length, level, current: policy.enforce.level },
        fix: {
          title: `Enforce ${level}`,
          safety: 'hardening',
          changes: [{ op: 'set', path: node.steps, value: level }],
        },
      });
    }
  },
  docs: {
    why: 'A level that everything meets already costs nothing to enforce, and keeps the next workload from falling behind it.',
    fix: 'Raise `pod-security.kubernetes.io/enforce`.',
    frameworks: { cis: ['5.2.1'], nsa: ['P4'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
    limits: 'Only the workloads of the input are known; there may be others in the namespace.',
    examples: {
      bad: [
        {
          title: 'everything is restricted already',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline # finding\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  securityContext:\n    runAsNonRoot: true\n    seccompProfile:\n      type: RuntimeDefault\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop: [ALL]\n',
        },
      ],
      good: [
        {
          title: 'not everything is',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
      ],
    },
  },
});
