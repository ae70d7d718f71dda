import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { isNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import type { PodView } from '../../k8s/pod.ts';
import { CAPABILITIES, DANGEROUS_CAPABILITIES, normalizeCapability } from '../../k8s/pod-security/capabilities.ts';
import type { Offender } from '../../k8s/pod-security/check.ts';
import { evaluate, resolved, type Violation } from '../../k8s/pod-security/evaluate.ts';
import { restricting } from './_restrict.ts';

export default defineRule({
  id: 'pod-not-restricted',
  title: 'Hardening missing for the level "restricted"',
  category: 'pod-security',
  severity: 'low',
  preset: 'recommended',
  expectedOfControlPlane: true,
  on: 'pod',
  yieldsTo: [
    'privilege-escalation-not-disabled',
    'run-as-non-root-missing',
    'capabilities-not-dropped',
    'seccomp-profile-missing',
  ],
  options: NODE_AGENT_OPTIONS,
  messages: { unmet: '{kind} "{name}" does not meet Pod Security "restricted": {faults}' },
  check(pod, context) {
    if (pod.partial) return;
    const violations = evaluate('restricted', 'latest', pod, context.minor);
    if (violations.length === 0) return;
    const privileged = pod.containers.filter((container) => container.privileged);
    const offenders = resolved(violations).flatMap((violation) =>
      violation.level === 'restricted' ? untold(violation, pod, privileged) : [],
    );
    if (offenders.length === 0) return;
    const { nodeAgents, nodeAgentImages } = context.options;
    if (nodeAgents !== 'report' && isNodeAgent(pod, nodeAgentImages)) return;
    const { kind, name } = pod.resource.head;
    const missing = offenders.filter(({ node }) => !node.present || node.key === 'drop');
    const fix =
      missing.length === offenders.length
        ? restricting(missing, pod, 'Add what the level restricted demands')
        : undefined;
    context.report(pod.securityContext, 'unmet', {
      data: { kind, name, faults: describe(offenders, pod, privileged) },
      atKey: true,
      related: offenders.filter(({ node }) => node.present).map(({ node, what }) => ({ at: node, message: what })),
      ...(fix === undefined ? {} : { fix }),
    });
  },
  docs: {
    why: 'Four settings keep most flaws of a program inside its container: no privilege escalation, no capabilities, a user other than root, a seccomp profile. The API sets none of them by itself; the level "restricted" demands all.',
    fix: 'For the pod `runAsNonRoot: true` and `seccompProfile: {type: RuntimeDefault}`; for each container `allowPrivilegeEscalation: false` and `capabilities: {drop: [ALL]}`.\n\n```yaml\nspec:\n  securityContext:\n    runAsNonRoot: true\n    seccompProfile:\n      type: RuntimeDefault\n  containers:\n    - name: app\n      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop: [ALL]\n```',
    frameworks: { cis: ['5.2.1', '5.6.3'], nsa: ['P4'], mitre: ['T1611'], pss: 'restricted' },
    equivalents: {
      trivy: ['KSV-0118'],
      checkov: ['CKV_K8S_29', 'CKV_K8S_30'],
      kubescape: ['C-0055', 'C-0211'],
      polaris: ['linuxHardening'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    limits:
      'One finding for a workload. What is written out and wrong, such as `runAsUser: 0`, is told by rules of its own and does not count here; neither do privileged containers, for which the rest hardly matters. With the preset `strict` each missing setting is a finding of its own, and this rule is silent.',
    examples: {
      bad: [
        {
          title: 'nothing is hardened',
          in: 'pod',
          yaml: 'securityContext: {} # finding',
        },
        {
          title: 'one container lacks something',
          in: 'pod',
          yaml: 'securityContext: # finding\n  runAsNonRoot: true\n  seccompProfile:\n    type: RuntimeDefault\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      allowPrivilegeEscalation: false\n      capabilities:\n        drop: [ALL]\n  - name: proxy\n    image: registry.example.com/proxy:1.0.0\n    securityContext:\n      allowPrivilegeEscalation: false',
        },
      ],
      good: [
        {
          title: 'restricted',
          in: 'pod',
          yaml: 'securityContext:\n  runAsNonRoot: true\n  seccompProfile:\n    type: RuntimeDefault\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      allowPrivilegeEscalation: false\n      capabilities:\n        drop: [ALL]',
        },
        {
          title: 'a privileged container is told as such',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      privileged: true',
        },
      ],
    },
  },
});

/** Offenders that no rule of the preset recommended speaks of. */
function untold(
  { check, offenders }: Violation,
  pod: PodView,
  privileged: readonly ContainerView[],
): readonly Offender[] {
  const skipped = new Set(privileged.map(({ name }) => `container "${name}"`));
  const linuxOnly = pod.probablyWindows && !pod.isWindows;
  return offenders.filter(({ node, who }) => {
    if (skipped.has(who)) return false;
    switch (check) {
      case 'allowPrivilegeEscalation':
      case 'seccompProfile_restricted':
        return !node.present && !linuxOnly;
      case 'runAsNonRoot':
        // A false beside a UID other than root: no rule minds, admission does.
        return !node.present || hasOtherUser(node.parent?.get('runAsUser').number, pod);
      case 'capabilities_restricted':
        if (linuxOnly) return false;
        return node.key === 'drop'
          ? !(node.isList && node.items().some((item) => normalizeCapability(item.string ?? '') === 'ALL'))
          : isModestCapability(node.string ?? '');
      case 'restrictedVolumes':
        return node.key !== 'hostPath' && node.key !== 'gitRepo';
      default:
        return false;
    }
  });
}

function hasOtherUser(own: number | undefined, pod: PodView): boolean {
  const user = own ?? pod.securityContext.get('runAsUser').number;
  return user !== undefined && user !== 0;
}

/** Dangerous and misspelt ones have rules of their own. */
function isModestCapability(name: string): boolean {
  return CAPABILITIES.has(name) && !DANGEROUS_CAPABILITIES.has(name);
}

/** `no runAsNonRoot: true, no seccompProfile (container "a")`: who it is only where it is not everyone. */
function describe(offenders: readonly Offender[], pod: PodView, privileged: readonly ContainerView[]): string {
  const everyone = pod.containers.length - privileged.length;
  const byFault = new Map<string, string[]>();
  for (const { what, who } of offenders) {
    const subjects = byFault.get(what);
    if (subjects === undefined) byFault.set(what, [who]);
    else subjects.push(who);
  }
  const bySubjects = new Map<string, string[]>();
  for (const [what, subjects] of byFault) {
    const containers = subjects.filter((who) => who.startsWith('container '));
    const all = privileged.length === 0 && containers.length === subjects.length && containers.length === everyone;
    const suffix = all || subjects[0] === '' ? '' : ` (${subjects.join(', ')})`;
    const faults = bySubjects.get(suffix);
    if (faults === undefined) bySubjects.set(suffix, [what]);
    else faults.push(what);
  }
  return [...bySubjects].map(([suffix, faults]) => faults.join(', ') + suffix).join('; ');
}
