import { defineRule } from '../../engine/rule.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { MINOR_CAPABILITIES, normalizeCapability } from '../../k8s/pod-security/capabilities.ts';
import { removing } from './_hardening.ts';

export default defineRule({
  id: 'capability-non-default-added',
  title: 'Capability outside the default set of the runtimes',
  category: 'pod-security',
  severity: 'medium',
  preset: 'strict',
  on: 'container',
  supersedes: ['capability-name-malformed'],
  options: NODE_AGENT_OPTIONS,
  messages: { added: 'container "{name}" adds capability {capability}, which Pod Security "baseline" forbids{note}' },
  check(container, context) {
    const added = container.securityContext.get('capabilities').get('add');
    if (!added.isList || container.privileged) return;
    for (const node of added.items()) {
      if (node.string === undefined) continue;
      const capability = normalizeCapability(node.string);
      if (!MINOR_CAPABILITIES.has(capability)) continue;
      const judged = judgeNodeAgent('medium', container, context.options);
      if (judged === undefined) continue;
      context.report(node, 'added', {
        data: { name: container.name, capability, note: judged.note },
        severity: judged.severity,
        fix: { title: `Do not add ${capability}`, safety: 'hardening', changes: removing(node) },
      });
    }
  },
  docs: {
    why: 'Locking memory, raising priorities or keeping the node awake lets one container starve the others. No runtime grants these capabilities by itself, and the level baseline forbids them.',
    fix: 'Remove the capability, or keep the workload in a namespace for workloads that need it.',
    frameworks: { nsa: ['P4'], pss: 'baseline' },
    equivalents: { trivy: ['KSV-0022'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [
        {
          title: 'SYS_NICE',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    add: [SYS_NICE] # finding',
        },
      ],
      good: [
        {
          title: 'a capability of the default set',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    add: [NET_BIND_SERVICE]',
        },
      ],
    },
  },
});
