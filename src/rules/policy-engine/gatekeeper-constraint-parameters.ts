import { defineRule } from '../../engine/rule.ts';
import { parameterSchema } from '../../k8s/gatekeeper/template.ts';
import { type CustomFault, checkCustom } from '../../k8s/schema/custom.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { gatekeeperFact } from './_gatekeeper.ts';

export default defineRule({
  id: 'gatekeeper-constraint-parameters',
  title: 'Parameters of a constraint that its template does not take',
  category: 'policy-engine',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [gatekeeperFact],
  messages: {
    unknown: 'template {kind} has no parameter "{path}": {effect}{hint}',
    invalid: 'parameter "{path}" {reason}; the API server refuses the constraint',
    misplaced: 'the parameters of a constraint stand in spec.parameters: here nothing reads them',
  },
  check(project, context) {
    const { constraints, templateOf } = project.fact(gatekeeperFact);
    for (const constraint of constraints) {
      const { root, head } = constraint;
      const spec: AnyNode = root.get('spec');
      for (const node of [root.get('parameters'), spec.get('match').get('parameters')] as readonly AnyNode[]) {
        if (node.written) context.report(node, 'misplaced', { atKey: true });
      }
      const template = templateOf(head.kind);
      const parameters: AnyNode = spec.get('parameters');
      if (template === undefined || !template.hasSchema) continue;
      const schema = parameterSchema(template.resource.root);
      const { raw } = schema;
      if (raw === undefined || raw === null) continue;
      const related = [{ at: schema, message: 'the schema of the parameters' }];
      for (const fault of checkCustom(parameters.raw ?? {}, raw, { structural: template.structural })) {
        report(parameters, fault);
      }
      function report(parameters: AnyNode, fault: CustomFault): void {
        const node = parameters.at(fault.path);
        const path = pathInWords(fault.path);
        const invalid = (reason: string, at: AnyNode = node, name = path) =>
          context.report(at, 'invalid', { data: { path: name === '' ? 'parameters' : name, reason }, related });
        switch (fault.is) {
          case 'unknown': {
            const near = didYouMean(fault.key, fault.fields);
            const free = near !== undefined && !node.parent!.get(near).written;
            context.report(node, 'unknown', {
              data: {
                kind: head.kind,
                path,
                effect: template!.structural ? 'the API server drops or refuses it' : 'nothing reads it',
                hint: near === undefined ? '' : `, did you mean ${near}?`,
              },
              related,
              atKey: true,
              ...(free
                ? {
                    fix: {
                      title: `Rename to ${near}`,
                      safety: 'safe',
                      changes: [{ op: 'rename', path: node.steps, key: near }],
                    },
                  }
                : {}),
            });
            break;
          }
          case 'missing':
            context.report(node.get(fault.key), 'invalid', {
              data: { path: path === '' ? fault.key : `${path}.${fault.key}`, reason: 'is missing' },
              related,
            });
            break;
          case 'type':
            invalid(`has to be ${fault.expected}`);
            break;
          case 'word':
            invalid(`is "${String(node.raw)}", which is none of ${fault.words.join(', ')}`);
            break;
          case 'bound':
            invalid(fault.rule);
            break;
          case 'given-up':
            break;
        }
      }
    }
  },
  docs: {
    why: 'A constraint whose parameters its template does not know is refused, or reads nothing: a required label that stands under `label` instead of `labels` is required of nobody.',
    fix: 'Write the parameters as the template’s `openAPIV3Schema` has them, under `spec.parameters`.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://open-policy-agent.github.io/gatekeeper/website/docs/constrainttemplates/'],
    limits: 'The template has to be among the input.',
    examples: {
      bad: [
        {
          title: 'a slip, a type, a place',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8srequiredlabels
spec:
  crd:
    spec:
      names: { kind: K8sRequiredLabels }
      validation:
        openAPIV3Schema:
          type: object
          required: [labels]
          properties:
            labels: { type: array, items: { type: string } }
            mode: { type: string, enum: [all, any] }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: slip
spec:
  parameters: # finding: invalid
    label: [team] # finding: unknown
    mode: some # finding: invalid
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: type
spec:
  match:
    parameters: { labels: [team] } # finding: misplaced
  parameters:
    labels: team # finding: invalid`,
        },
      ],
      good: [
        {
          title: 'as the schema has it',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8srequiredlabels
spec:
  crd:
    spec:
      names: { kind: K8sRequiredLabels }
      validation:
        openAPIV3Schema:
          type: object
          properties:
            labels: { type: array, items: { type: string } }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  parameters:
    labels: [team]`,
        },
      ],
    },
  },
});
