import { defineRule } from '../../engine/rule.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import { LABEL_PREFIX } from '../../k8s/pod-security/labels.ts';
import { compareLevels } from '../../k8s/pod-security/level.ts';
import { podSecurityAdmission } from './_admission.ts';

export default defineRule({
  id: 'psa-warn-audit-not-stricter',
  title: 'Warn and audit levels that add nothing',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [podSecurityAdmission],
  messages: {
    same: 'namespace "{name}" enforces "{enforce}" and neither warns of nor audits more: nobody learns what keeps its workloads from the next level',
    weaker:
      'namespace "{name}" enforces "{enforce}" and {mode} is only "{level}": what a controller violates is not announced',
  },
  check(project, context) {
    const { namespaces } = project.fact(podSecurityAdmission);
    for (const { name, resource, labels: set, policy } of namespaces) {
      const { enforce, warn, audit, invalid } = policy;
      if (set[`${LABEL_PREFIX}enforce`] === undefined || invalid.length > 0 || isSystemNamespace(name)) continue;
      const labels = resource.metadata.get('labels');
      const stricter = (['warn', 'audit'] as const).map((mode) => labels.get(LABEL_PREFIX + mode));
      const fix = {
        title: 'Warn of and audit restricted',
        safety: 'safe',
        changes: stricter.map((node) => ({ op: 'set', path: node.steps, value: 'restricted' }) as const),
      } as const;
      const weaker = (['warn', 'audit'] as const).find(
        (mode) => set[LABEL_PREFIX + mode] !== undefined && compareLevels(policy[mode].level, enforce.level) < 0,
      );
      if (weaker !== undefined) {
        context.report(labels.get(LABEL_PREFIX + weaker), 'weaker', {
          data: { name, enforce: enforce.level, mode: weaker, level: policy[weaker].level },
          severity: 'medium',
          fix,
        });
        continue;
      }
      const adds = [warn, audit].some(({ level }) => compareLevels(level, enforce.level) > 0);
      if (adds || enforce.level === 'restricted') continue;
      context.report(labels.get(`${LABEL_PREFIX}enforce`), 'same', { data: { name, enforce: enforce.level }, fix });
    }
  },
  docs: {
    why: 'Warnings and audit notes block nothing. At a level above the enforced one they show what keeps the workloads from it; below it, or missing, they leave that unsaid, and violations of controllers go unannounced.',
    fix: 'Set `pod-security.kubernetes.io/warn` and `audit` to `restricted`.',
    frameworks: { cis: ['5.2.1'], nsa: ['P4'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
    examples: {
      bad: [
        {
          title: 'baseline and nothing else',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline # finding: same\n',
        },
        {
          title: 'warnings below what is enforced',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/warn: baseline # finding: weaker\n',
        },
      ],
      good: [
        {
          title: 'warnings above what is enforced',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n    pod-security.kubernetes.io/warn: restricted\n',
        },
        {
          title: 'nothing is stricter than restricted',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n',
        },
      ],
    },
  },
});
