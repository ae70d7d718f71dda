import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from '../control-plane/_component.ts';

export default defineRule({
  id: 'apiserver-audit-disabled',
  title: 'API server records no audit events',
  category: 'audit',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { none: 'kube-apiserver records no audit events: neither a policy nor a backend is set' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const flags = ['audit-policy-file', 'audit-log-path', 'audit-webhook-config-file'];
      if (view.complete && !flags.some((name) => view.sets(name))) context.report(view.anchor, 'none');
    }
  },
  docs: {
    why: 'Without audit events nobody can tell who read a secret, who ran a command in a pod, or who bound a role, neither while it happens nor afterwards.',
    fix: `Write a policy, mount it and a directory for the log, and set

\`\`\`yaml
- --audit-policy-file=/etc/kubernetes/audit/policy.yaml
- --audit-log-path=/var/log/kubernetes/audit/audit.log
- --audit-log-maxage=30
- --audit-log-maxbackup=10
- --audit-log-maxsize=100
\`\`\``,
    frameworks: { cis: ['1.2.16', '3.2.1'], nsa: ['L1'], mitre: ['T1562.008'] },
    equivalents: { trivy: ['KCV-0019'], kubescape: ['C-0067', 'C-0130', 'C-0160'], checkov: ['CKV_K8S_91'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/'],
    examples: {
      bad: [
        {
          title: 'as kubeadm writes it',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'none'),
        },
      ],
      good: [
        {
          title: 'policy and log',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--audit-policy-file=/etc/kubernetes/audit/policy.yaml',
            '--audit-log-path=/var/log/kubernetes/audit/audit.log',
          ]),
        },
      ],
    },
  },
});
