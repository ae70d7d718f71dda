import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'psp-stale-rbac',
  title: 'RBAC rule for podsecuritypolicies',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: ['Role.rbac.authorization.k8s.io', 'ClusterRole.rbac.authorization.k8s.io'],
  messages: {
    stale: '{kind} "{name}" grants the use of podsecuritypolicies, which no API server has since Kubernetes 1.25',
  },
  checks: [
    {
      since: '1.25',
      check(resource, context) {
        const rules = resource.root.at(['rules']).items() as readonly AnyNode[];
        for (const rule of rules) {
          const groups = rule.get('apiGroups').strings;
          if (!groups.some((group) => GROUPS.includes(group))) continue;
          const resources: AnyNode = rule.get('resources');
          for (const item of resources.items() as readonly AnyNode[]) {
            if (item.string !== 'podsecuritypolicies') continue;
            const gone = resources.items().length > 1 ? item : rule;
            context.report(item, 'stale', {
              data: { kind: resource.head.kind, name: resource.head.name },
              fix: {
                title: 'Remove what is granted for podsecuritypolicies',
                safety: 'safe',
                changes: [{ op: 'remove', path: gone.steps }],
              },
            });
          }
        }
      },
    },
  ],
  docs: {
    why: 'The grant means nothing, and whoever reads it believes in a control that is gone.',
    fix: 'Remove the resource, or the rule where it names nothing else.',
    frameworks: { cis: ['5.2.1'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/'],
    examples: {
      bad: [
        {
          title: 'a grant',
          in: 'manifests',
          yaml: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: use-psp\nrules:\n  - apiGroups: [policy]\n    resources: [podsecuritypolicies] # finding\n    verbs: [use]\n',
        },
      ],
      good: [
        {
          title: 'other resources',
          in: 'manifests',
          yaml: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: view-budgets\nrules:\n  - apiGroups: [policy]\n    resources: [poddisruptionbudgets]\n    verbs: [get]\n',
        },
      ],
    },
  },
});

/** The groups that had the resource; one of somebody else may have another of that name. */
const GROUPS: readonly string[] = ['policy', 'extensions', '*'];
