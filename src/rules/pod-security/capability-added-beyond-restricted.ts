import { defineRule } from '../../engine/rule.ts';
import { BASELINE_CAPABILITIES } from '../../k8s/pod-security/checks/capabilities-baseline.ts';

export default defineRule({
  id: 'capability-added-beyond-restricted',
  title: 'Added capability other than NET_BIND_SERVICE',
  category: 'pod-security',
  severity: 'info',
  preset: 'all',
  on: 'container',
  messages: { added: 'container "{name}" adds capability {capability}, which Pod Security "restricted" forbids' },
  check(container, context) {
    const added = container.securityContext.get('capabilities').get('add');
    if (!added.isList || container.privileged) return;
    for (const node of added.items()) {
      const capability = node.string;
      if (capability === undefined || capability === 'NET_BIND_SERVICE' || !BASELINE_CAPABILITIES.has(capability))
        continue;
      context.report(node, 'added', { data: { name: container.name, capability } });
    }
  },
  docs: {
    why: 'The capabilities of the default set are no way out of a container, but the level restricted allows none of them save NET_BIND_SERVICE. This rule shows what keeps a workload from it.',
    fix: 'Find out whether the program needs the capability after its start; many need it only to change user, which `runAsUser` does without.',
    frameworks: { pss: 'restricted' },
    equivalents: { trivy: ['KSV-0106'], checkov: ['CKV_K8S_25'] },
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [
        {
          title: 'CHOWN',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    drop: [ALL]\n    add: [CHOWN] # finding',
        },
      ],
      good: [
        {
          title: 'NET_BIND_SERVICE',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    drop: [ALL]\n    add: [NET_BIND_SERVICE]',
        },
      ],
    },
  },
});
