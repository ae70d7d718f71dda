import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { isSafeSysctl, SAFE_SYSCTLS } from '../../k8s/pod-security/checks/sysctls.ts';
import { sysctlNamespace } from '../../k8s/pod-security/sysctl-namespace.ts';

export default defineRule({
  id: 'sysctl-not-safe',
  title: 'Sysctl outside the safe set',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'pod',
  messages: {
    unsafe: 'sysctl "{name}" is not in the safe set of Kubernetes {version}',
    later: 'sysctl "{name}" is not in the safe set of Kubernetes {version}; it is from {since} on',
    spelling: 'sysctl "{name}" is not in the safe set as it is written; "{meant}" is',
    node: 'sysctl "{name}" has no namespace: it would change the whole node, and the kubelet refuses it',
  },
  check(pod, context) {
    const sysctls = pod.securityContext.get('sysctls');
    if (!sysctls.isList) return;
    const { version, minor } = context;
    for (const sysctl of sysctls.items()) {
      const node = sysctl.get('name');
      const name = node.string;
      if (name === undefined || isSafeSysctl(name, minor) || isUnresolved(name)) continue;
      const since = SAFE_SYSCTLS.get(name);
      const meant = name.replaceAll('/', '.');
      if (since !== undefined) {
        context.report(node, 'later', { data: { name, version, since: `1.${since}` } });
      } else if (isSafeSysctl(meant, minor)) {
        context.report(node, 'spelling', {
          data: { name, meant },
          fix: { title: `Write ${meant}`, safety: 'safe', changes: [{ op: 'set', path: node.steps, value: meant }] },
        });
      } else if (sysctlNamespace(name) === undefined) {
        context.report(node, 'node', { data: { name }, severity: 'high' });
      } else {
        context.report(node, 'unsafe', { data: { name, version } });
      }
    }
  },
  docs: {
    why: 'A sysctl of the safe set concerns its pod alone. The others of a namespace can starve or disturb the node, and one without a namespace changes the node itself. Kubelets refuse both unless they were told to allow them.',
    fix: 'Use a sysctl of the safe set, or set the value on the nodes that need it.',
    frameworks: { mitre: ['T1611'], pss: 'baseline' },
    equivalents: { 'kube-linter': ['unsafe-sysctls'], trivy: ['KSV-0026'] },
    cks: 'System Hardening',
    references: [
      'https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/',
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    ],
    examples: {
      bad: [
        {
          title: 'of a namespace, of the node, and spelt with slashes',
          in: 'pod',
          yaml: 'securityContext:\n  sysctls:\n    - name: kernel.msgmax # finding: unsafe\n      value: "65536"\n    - name: vm.max_map_count # finding: node\n      value: "262144"\n    - name: net/ipv4/tcp_syncookies # finding: spelling\n      value: "1"',
        },
        {
          title: 'safe in a later release',
          in: 'pod',
          since: '1.31',
          yaml: 'securityContext:\n  sysctls:\n    - name: net.ipv4.tcp_rmem # finding: later\n      value: "4096 87380 16777216"',
        },
      ],
      good: [
        {
          title: 'the safe set',
          in: 'pod',
          yaml: 'securityContext:\n  sysctls:\n    - name: net.ipv4.tcp_syncookies\n      value: "1"',
        },
      ],
    },
  },
});
