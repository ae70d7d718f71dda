import { defineRule } from '../../engine/rule.ts';
import { describeOffenders } from '../../k8s/pod-security/evaluate.ts';
import { LABEL_PREFIX, type Mode } from '../../k8s/pod-security/labels.ts';
import { compareLevels, formatLevelVersion, type LevelVersion } from '../../k8s/pod-security/level.ts';
import { failedChecks, isExempt, podSecurityAdmission, violationsOf } from './_admission.ts';
import { restricting } from './_restrict.ts';

const BUILT_IN_GROUPS: readonly string[] = ['', 'apps', 'batch', 'extensions'];

export default defineRule({
  id: 'psa-warn-audit-violation',
  title: 'Workload that its namespace only warns of or audits',
  category: 'pod-security',
  severity: 'info',
  preset: 'strict',
  on: 'project',
  facts: [podSecurityAdmission],
  messages: {
    violates: '{kind} "{name}" is admitted with {consequence}: namespace "{namespace}" {verb} {demand}: {faults}',
  },
  check(project, context) {
    const { configuration, namespaces, workloadsOf } = project.fact(podSecurityAdmission);
    const seen = new Set<string>();
    for (const { name: namespace, policy, certain, resource } of namespaces) {
      if (!certain || seen.has(namespace)) continue;
      seen.add(namespace);
      if (policy.invalid.length > 0) continue;
      const { enforce, warn, audit } = policy;
      for (const workload of workloadsOf(namespace)) {
        // Custom workloads are neither warned of nor audited: pod-template-in-crd-unchecked.
        if (!BUILT_IN_GROUPS.includes(workload.resource.head.group)) continue;
        if (isExempt(workload, configuration) || failedChecks(workload, enforce, project).length > 0) continue;
        const modes = (['warn', 'audit'] as const).filter(
          (mode) => failedChecks(workload, policy[mode], project).length > 0,
        );
        if (modes.length === 0) continue;
        const mode: Mode = modes.length === 2 && isStricter(audit, warn) ? 'audit' : modes[0]!;
        const violations = violationsOf(workload, policy[mode], project);
        const offenders = violations.flatMap((violation) => violation.offenders);
        const pod = workload.resource.pods[workload.index]!;
        const { kind, name } = workload.resource.head;
        const demand = formatLevelVersion(policy[mode]);
        const label = resource.metadata.get('labels').get(LABEL_PREFIX + mode);
        const fix = restricting(offenders, pod, `Meet ${demand}`);
        context.report(offenders[0]!.node, 'violates', {
          data: {
            kind,
            name,
            namespace,
            consequence: modes.map((each) => CONSEQUENCES[each]).join(' and '),
            verb: mode === 'warn' ? 'warns of' : 'audits',
            demand,
            faults: violations.map((each) => `${each.reason}: ${describeOffenders(each.offenders)}`).join('; '),
          },
          related: [{ at: label, message: `the ${mode} level of namespace "${namespace}"` }],
          ...(fix === undefined ? {} : { fix }),
        });
      }
    }
  },
  docs: {
    why: 'The namespace asks to be told what keeps its workloads from a stricter level; this says it before they are deployed.',
    fix: 'Change the workload as the finding says, and then enforce the level.',
    frameworks: { cis: ['5.2.1'], nsa: ['P4'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
    examples: {
      bad: [
        {
          title: 'baseline is enforced and met, restricted is not',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n    pod-security.kubernetes.io/warn: restricted\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web # finding\n      image: registry.example.com/web:1.0.0\n',
        },
      ],
      good: [
        {
          title: 'what is enforced is met, and nothing else is asked',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
      ],
    },
  },
});

const CONSEQUENCES = { warn: 'a warning', audit: 'a note in the audit log' } as const;

function isStricter(a: LevelVersion, b: LevelVersion): boolean {
  return compareLevels(a.level, b.level) > 0;
}
