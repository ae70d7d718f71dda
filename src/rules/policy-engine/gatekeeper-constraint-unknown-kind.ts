import { defineRule } from '../../engine/rule.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { gatekeeperFact } from './_gatekeeper.ts';

export default defineRule({
  id: 'gatekeeper-constraint-unknown-kind',
  title: 'Constraint without template, or template without constraint',
  category: 'policy-engine',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [gatekeeperFact],
  messages: {
    unknown: 'no ConstraintTemplate of the input makes the kind {kind}{hint}',
    unused: 'template "{name}" has no constraint in the input: nothing is enforced by it',
    version: 'constraints are of constraints.gatekeeper.sh/v1beta1, not {version}',
  },
  check(project, context) {
    const { templates, constraints, templateOf } = project.fact(gatekeeperFact);
    for (const constraint of constraints) {
      const { kind, version } = constraint.head;
      if (version !== 'v1beta1' && version !== 'v1alpha1') {
        context.report(constraint.root.get('apiVersion'), 'version', { data: { version }, severity: 'high' });
      }
      if (templateOf(kind) !== undefined) continue;
      const near = didYouMean(
        kind,
        templates.map((template) => template.kind),
      );
      const certain = near !== undefined || project.world === 'closed';
      context.report(constraint.root.get('kind'), 'unknown', {
        data: { kind, hint: near === undefined ? '' : `, did you mean ${near}?` },
        ...(certain ? {} : { severity: 'low', preset: 'strict' }),
      });
    }
    const used = new Set(constraints.map(({ head }) => head.kind));
    for (const { resource, kind } of templates) {
      if (kind === '' || used.has(kind)) continue;
      // A library holds templates alone, and constraints stand elsewhere.
      context.report(resource, 'unused', {
        data: { name: resource.head.name },
        severity: 'low',
        preset: constraints.length > 0 ? 'strict' : 'all',
      });
    }
  },
  docs: {
    why: 'A constraint whose kind no template makes is refused by the API server; a template without a constraint checks nothing.',
    fix: 'Correct the kind, or add the template; add a constraint of the template’s kind.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://open-policy-agent.github.io/gatekeeper/website/docs/howto/'],
    limits:
      'Where no kind of the input resembles the one that is written, the template may stand elsewhere, and this is said in the preset strict only, or with `--world closed`.',
    examples: {
      bad: [
        {
          title: 'a slip in the kind',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8srequiredlabels # finding: unused
spec: { crd: { spec: { names: { kind: K8sRequiredLabels } } } }
---
apiVersion: constraints.gatekeeper.sh/v1 # finding: version
kind: K8sRequiredLabel # finding: unknown
metadata:
  name: labels`,
        },
      ],
      good: [
        {
          title: 'one of the other',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8srequiredlabels
spec: { crd: { spec: { names: { kind: K8sRequiredLabels } } } }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels`,
        },
      ],
    },
  },
});
