import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { DANGEROUS_CAPABILITIES, type Danger, normalizeCapability } from '../../k8s/pod-security/capabilities.ts';
import { inUserNamespace, removing } from './_hardening.ts';

export default defineRule({
  id: 'capability-dangerous-added',
  title: 'Capability that defeats isolation',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  supersedes: ['capability-name-malformed'],
  options: NODE_AGENT_OPTIONS,
  messages: {
    added: 'container "{name}" adds capability {capability}: {gives}{note}',
    inert: 'container "{name}" adds capability {capability}, which has no effect in a user namespace',
  },
  check(container, context) {
    const added = container.securityContext.get('capabilities').get('add');
    if (!added.isList || container.privileged) return;
    const namespaced = inUserNamespace(container.pod, context.minor);
    for (const node of added.items()) {
      const written = node.string;
      if (written === undefined) continue;
      const capability = normalizeCapability(written);
      const danger = DANGEROUS_CAPABILITIES.get(capability);
      if (danger === undefined) continue;
      const { name } = container;
      const fix = { title: `Do not add ${capability}`, safety: 'hardening', changes: removing(node) } as const;
      if (namespaced && danger.hostOnly === true) {
        context.report(node, 'inert', { data: { name, capability }, severity: 'info', fix });
        continue;
      }
      const judged = judgeNodeAgent(severityOf(capability, danger, container, namespaced), container, context.options);
      if (judged === undefined) continue;
      const { severity, note } = judged;
      context.report(node, 'added', { data: { name, capability, gives: danger.gives, note }, severity, fix });
    }
  },
  docs: {
    why: 'Some capabilities are as good as root on the node: SYS_ADMIN mounts, SYS_MODULE loads kernel code, DAC_READ_SEARCH opens any file by its handle. Others open the way to it or to the neighbours: SYS_PTRACE, NET_ADMIN, NET_RAW.',
    fix: 'Drop ALL and add only what the program needs; NET_BIND_SERVICE is the one that the level restricted allows.',
    frameworks: { cis: ['5.2.8', '5.2.9'], nsa: ['P4'], mitre: ['T1611', 'T1557'], pss: 'baseline' },
    equivalents: {
      trivy: ['KSV-0005', 'KSV-0022', 'KSV-0119', 'KSV-0120'],
      checkov: ['CKV_K8S_25', 'CKV_K8S_39'],
      kubescape: ['C-0046'],
      polaris: ['dangerousCapabilities'],
      kubeaudit: ['CapabilityAdded'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
      'https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/',
      'https://man7.org/linux/man-pages/man7/capabilities.7.html',
    ],
    examples: {
      bad: [
        {
          title: 'critical, high and medium',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    add:\n      - SYS_ADMIN # finding: added\n      - NET_ADMIN # finding: added\n      - NET_RAW # finding: added\n      - CHOWN',
        },
        {
          title: 'a name that runtimes may read after all',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    add: [cap_sys_ptrace] # finding',
        },
        {
          title: 'inside a user namespace',
          in: 'pod',
          yaml: 'hostUsers: false\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      capabilities:\n        add: [SYS_MODULE] # finding: inert',
        },
      ],
      good: [
        { title: 'nothing added', in: 'container', yaml: 'securityContext:\n  capabilities:\n    drop: [ALL]' },
        {
          title: 'a capability of the default set',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    add: [NET_BIND_SERVICE, CHOWN]',
        },
        {
          title: 'a privileged container has all of them anyway',
          in: 'container',
          yaml: 'securityContext:\n  privileged: true\n  capabilities:\n    add: [SYS_ADMIN]',
        },
      ],
    },
  },
});

function severityOf(capability: string, danger: Danger, { pod }: ContainerView, namespaced: boolean): Severity {
  let { severity }: { severity: Severity } = danger;
  const { spec } = pod;
  if (capability === 'SYS_PTRACE' && spec.get('hostPID').boolean === true) severity = 'critical';
  if (capability === 'NET_ADMIN' && spec.get('hostNetwork').boolean === true) severity = 'critical';
  // In a user namespace a capability reaches what belongs to that namespace.
  return namespaced
    ? ({ critical: 'high', high: 'medium', medium: 'low', low: 'info', info: 'info' } as const)[severity]
    : severity;
}
