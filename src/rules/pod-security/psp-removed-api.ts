import { defineRule } from '../../engine/rule.ts';
import { LEVELS } from '../../k8s/pod-security/level.ts';
import { mapPodSecurityPolicy } from '../../k8s/pod-security/pod-security-policy.ts';

export default defineRule({
  id: 'psp-removed-api',
  title: 'PodSecurityPolicy object',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['PodSecurityPolicy.policy', 'PodSecurityPolicy.extensions'],
  supersedes: ['api-version-removed', 'api-version-deprecated'],
  messages: {
    removed:
      'PodSecurityPolicy "{name}" is not served since Kubernetes 1.25; it corresponds to Pod Security "{level}"{limits}',
    deprecated:
      'PodSecurityPolicy "{name}" is removed in Kubernetes 1.25; it corresponds to Pod Security "{level}"{limits}',
  },
  check(resource, context) {
    const { level, gaps, mutations } = mapPodSecurityPolicy(resource.root);
    const next = LEVELS[LEVELS.indexOf(level) + 1];
    const blocking = gaps.filter(({ keepsFrom }) => keepsFrom === next);
    const limits =
      blocking.length === 0 ? '' : ` (${blocking.map(({ field, value }) => `${field}: ${value}`).join(', ')})`;
    const removed = context.minor >= 25;
    context.report(resource.root.at(['kind']), removed ? 'removed' : 'deprecated', {
      data: { name: resource.head.name, level, limits },
      severity: removed ? 'high' : 'medium',
      related: [
        ...blocking.map(({ node, admits }) => ({ at: node, message: `admits ${admits}` })),
        ...(mutations.length === 0
          ? []
          : [
              {
                at: resource.root.at(['spec']),
                message: `workloads must now set themselves what it wrote into them: ${mutations.join(', ')}`,
              },
            ]),
      ],
    });
  },
  docs: {
    why: 'From 1.25 on the API server does not know the kind. The object cannot be applied, and what it forbade is not forbidden unless Pod Security or another policy does it.',
    fix: 'Label the namespaces that used the policy with the level it corresponds to, and warn of the next one. Pod Security changes no pod: what the policy wrote into pods, the workloads must set themselves.\n\n```yaml\nmetadata:\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n    pod-security.kubernetes.io/warn: restricted\n    pod-security.kubernetes.io/audit: restricted\n```',
    frameworks: { cis: ['5.2.1'] },
    equivalents: {
      trivy: ['KSV-0107'],
      'kube-linter': ['no-extensions-v1beta'],
      kubescape: ['C-0068'],
      kubeaudit: ['DeprecatedAPIUsed'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/psp-to-pod-security-standards/',
      'https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/',
      'https://kubernetes.io/docs/reference/using-api/deprecation-guide/',
    ],
    limits: 'A policy with `seLinux: RunAsAny` keeps its level: most of them are for nodes without SELinux.',
    examples: {
      bad: [
        {
          title: 'a policy',
          in: 'manifests',
          yaml: 'apiVersion: policy/v1beta1\nkind: PodSecurityPolicy # finding: removed\nmetadata:\n  name: default\nspec:\n  privileged: false\n  seLinux: {rule: RunAsAny}\n  runAsUser: {rule: RunAsAny}\n  supplementalGroups: {rule: RunAsAny}\n  fsGroup: {rule: RunAsAny}\n  volumes: ["*"]\n',
        },
        {
          title: 'for a cluster that still serves it',
          in: 'manifests',
          since: '1.24',
          yaml: 'apiVersion: policy/v1beta1\nkind: PodSecurityPolicy # finding: deprecated\nmetadata:\n  name: default\nspec:\n  privileged: false\n',
        },
      ],
      good: [
        {
          title: 'a namespace with a level',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n',
        },
      ],
    },
  },
});
