import { defineRule } from '../../engine/rule.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import { LABEL_PREFIX } from '../../k8s/pod-security/labels.ts';
import { commonLevel, failedChecks, podSecurityAdmission } from './_admission.ts';

export default defineRule({
  id: 'psa-enforce-privileged',
  title: 'Pod Security enforcement explicitly off',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: ['Namespace'],
  facts: [podSecurityAdmission],
  messages: {
    off: 'namespace "{name}" enforces "privileged": anything is admitted',
    needless: 'namespace "{name}" enforces "privileged", though its workloads here would pass "{level}"',
    needed: 'namespace "{name}" enforces "privileged", which its workloads here need: {reasons}',
  },
  check(project, context) {
    const { namespaces, workloadsOf } = project.fact(podSecurityAdmission);
    for (const { name, resource, labels } of namespaces) {
      if (labels[`${LABEL_PREFIX}enforce`] !== 'privileged') continue;
      const node = resource.metadata.get('labels').get(`${LABEL_PREFIX}enforce`);
      const workloads = workloadsOf(name);
      const level = commonLevel(workloads, project);
      const system = isSystemNamespace(name);
      if (level === undefined) context.report(node, 'off', { data: { name }, severity: system ? 'info' : 'medium' });
      else if (level === 'privileged') {
        const baseline = { level: 'baseline', version: 'latest' } as const;
        const reasons = new Set(workloads.flatMap((workload) => failedChecks(workload, baseline, project)));
        context.report(node, 'needed', {
          data: { name, reasons: [...reasons].sort().join(', ') },
          severity: system ? 'info' : 'low',
        });
      } else {
        context.report(node, 'needless', {
          data: { name, level },
          severity: system ? 'info' : 'medium',
          fix: {
            title: `Enforce ${level}`,
            safety: 'hardening',
            changes: [{ op: 'set', path: node.steps, value: level }],
          },
        });
      }
    }
  },
  docs: {
    why: 'The level privileged demands nothing: every pod is admitted, also one that takes the node over.',
    fix: 'Enforce `baseline`, and keep workloads that need more in a namespace of their own.',
    frameworks: { cis: ['5.2.1', '5.2.2', '5.2.3', '5.2.4', '5.2.5'], nsa: ['P4'], mitre: ['T1610'] },
    equivalents: { kubescape: ['C-0193'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
    examples: {
      bad: [
        {
          title: 'off',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: privileged # finding: off\n',
        },
        {
          title: 'off without need',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: privileged # finding: needless\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
        {
          title: 'off for the sake of one workload',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: privileged # finding: needed\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  hostNetwork: true\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
      ],
      good: [
        {
          title: 'a level that demands something',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n',
        },
      ],
    },
  },
});
