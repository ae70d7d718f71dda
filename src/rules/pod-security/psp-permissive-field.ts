import { defineRule } from '../../engine/rule.ts';
import { mapPodSecurityPolicy } from '../../k8s/pod-security/pod-security-policy.ts';

export default defineRule({
  id: 'psp-permissive-field',
  title: 'PodSecurityPolicy that allows a dangerous setting',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['PodSecurityPolicy.policy', 'PodSecurityPolicy.extensions'],
  messages: { admits: 'PodSecurityPolicy "{name}": {field} {value} admits {admits}' },
  check(resource, context) {
    for (const { node, field, value, admits, severity } of mapPodSecurityPolicy(resource.root).gaps) {
      context.report(node, 'admits', {
        data: { name: resource.head.name, field, value, admits },
        severity,
        // A policy that no API server reads weighs less than that it is there at all.
        preset: context.minor >= 25 || severity === 'low' ? 'strict' : 'recommended',
      });
    }
  },
  docs: {
    why: 'What a PodSecurityPolicy admits, every subject that may use it can run. Each field beyond the level baseline is a way to the node.',
    fix: 'Take the permission away, or give it to the one service account that needs it by a policy of its own. From 1.25 on use namespace labels instead.',
    frameworks: { cis: ['5.2.2', '5.2.3', '5.2.4', '5.2.5', '5.2.6', '5.2.7'], nsa: ['P4'], mitre: ['T1610', 'T1611'] },
    equivalents: {
      checkov: [
        'CKV_K8S_1',
        'CKV_K8S_2',
        'CKV_K8S_3',
        'CKV_K8S_4',
        'CKV_K8S_5',
        'CKV_K8S_6',
        'CKV_K8S_7',
        'CKV_K8S_24',
        'CKV_K8S_32',
        'CKV_K8S_36',
      ],
      kubescape: ['C-0213', 'C-0214', 'C-0215', 'C-0216', 'C-0217', 'C-0218', 'C-0219', 'C-0220'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/psp-to-pod-security-standards/'],
    examples: {
      bad: [
        {
          title: 'permissions',
          in: 'manifests',
          since: '1.24',
          yaml: 'apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: open\n  annotations:\n    seccomp.security.alpha.kubernetes.io/allowedProfileNames: runtime/default\nspec:\n  privileged: true # finding\n  hostPID: true # finding\n  allowPrivilegeEscalation: false\n  requiredDropCapabilities: [ALL]\n  allowedCapabilities:\n    - SYS_ADMIN # finding\n    - NET_BIND_SERVICE\n  runAsUser:\n    rule: RunAsAny # finding\n  volumes:\n    - configMap\n    - hostPath # finding\n',
        },
      ],
      good: [
        {
          title: 'as strict as the level restricted',
          in: 'manifests',
          since: '1.24',
          yaml: 'apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: tight\n  annotations:\n    seccomp.security.alpha.kubernetes.io/allowedProfileNames: runtime/default\nspec:\n  privileged: false\n  allowPrivilegeEscalation: false\n  requiredDropCapabilities: [ALL]\n  runAsUser:\n    rule: MustRunAsNonRoot\n  volumes: [configMap, secret]\n',
        },
      ],
    },
  },
});
