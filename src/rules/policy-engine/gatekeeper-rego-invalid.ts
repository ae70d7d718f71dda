import { defineRule } from '../../engine/rule.ts';
import { faultsOfExpression } from '../../k8s/admission/expressions.ts';
import { readRego } from '../../k8s/gatekeeper/rego.lazy.ts';
import { isStructural, parameterSchema, regoSources, TEMPLATE_KIND } from '../../k8s/gatekeeper/template.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { scalarOffsets } from '../../yaml/scalar-offsets.ts';

export default defineRule({
  id: 'gatekeeper-rego-invalid',
  title: 'Code of a ConstraintTemplate that cannot report a violation',
  category: 'policy-engine',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [TEMPLATE_KIND],
  messages: {
    refused: '{fault}; Gatekeeper refuses the template',
    ineffective: '{fault}; no violation is ever reported',
    cel: 'the expression does not compile: {fault}',
    parameter: 'the Rego reads input.parameters.{name}, which the schema of the parameters does not have',
  },
  check({ root, head }, context) {
    for (const { rego, libs, version } of regoSources(root)) {
      const text = rego.string!;
      if (isUnresolved(text) && text.includes('{{')) continue;
      const module = readRego(text, false, version);
      const report = (node: AnyNode, message: 'refused' | 'ineffective', fault: string, start: number, end: number) =>
        context.report(node, message, { data: { fault }, ...partOf(node, start, end) });
      for (const { message, effect, start, end } of module.faults) report(rego, effect, message, start, end);
      const packages: string[] = [];
      for (const lib of libs) {
        const library = readRego(lib.string ?? '', true, version);
        if (library.package !== undefined) packages.push(library.package);
        for (const { message, effect, start, end } of library.faults) report(lib, effect, message, start, end);
      }
      const missing = module.libraries.find(
        ({ path }) =>
          !packages.some((each) => path === each || path.startsWith(`${each}.`) || each.startsWith(`${path}.`)),
      );
      if (missing !== undefined) {
        report(
          rego,
          'refused',
          `no library of the template has the package of data.${missing.path}`,
          missing.start,
          missing.end,
        );
      }
      const schema = parameterSchema(root);
      const properties: AnyNode = schema.get('properties');
      const isOpen =
        !properties.isMap ||
        schema.get('x-kubernetes-preserve-unknown-fields').boolean === true ||
        schema.get('additionalProperties').present ||
        !isStructural(root, head.version);
      if (isOpen) continue;
      const reported = new Set<string>();
      for (const { name, start, end } of module.parameters) {
        if (properties.get(name).written || reported.has(name)) continue;
        reported.add(name);
        context.report(rego, 'parameter', { data: { name }, severity: 'low', ...partOf(rego, start, end) });
      }
    }
    for (const target of root.at(['spec', 'targets']).items() as readonly AnyNode[]) {
      for (const code of target.get('code').items() as readonly AnyNode[]) {
        if (code.get('engine').string !== 'K8sNativeValidation') continue;
        const source: AnyNode = code.get('source');
        const expressions: readonly AnyNode[] = [
          ...(source.get('variables').items() as readonly AnyNode[]).map((each) => each.get('expression')),
          ...(source.get('matchConditions').items() as readonly AnyNode[]).map((each) => each.get('expression')),
          ...(source.get('validations').items() as readonly AnyNode[]).flatMap((each) => [
            each.get('expression'),
            each.get('messageExpression'),
          ]),
        ];
        for (const node of expressions) {
          for (const { reason, part } of faultsOfExpression(node, { roots: ROOTS })) {
            context.report(node, 'cel', { data: { fault: reason }, ...(part === undefined ? {} : { part }) });
          }
        }
      }
    }
  },
  docs: {
    why: 'Gatekeeper asks the rule `violation` for objects with the key `msg`. A rule of another name, an object without `msg`, or a read of what is not there never reports anything: the constraint looks enforced and is not.',
    fix: 'Write `violation[{"msg": msg}] { … msg := sprintf(…) }`, read the object as `input.review.object` and the parameters as `input.parameters`.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://open-policy-agent.github.io/gatekeeper/website/docs/howto/'],
    limits:
      'Rego is not compiled: brackets, package, libraries, the heads of the rules and what they read are looked at. Expressions in CEL are parsed and their names resolved; what stands behind `variables.` is not.',
    examples: {
      bad: [
        {
          title: 'the wrong key, and an object that is not there',
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
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8srequiredlabels

        violation[{"message": msg}] { # finding: ineffective
          input.object.metadata.labels # finding: ineffective
          required := input.parameters.label[_] # finding: parameter
          not data.lib.exempt.is_exempt(required) # finding: refused
          data.kubernetes.pods # finding: refused
          msg := "no"
        }`,
        },
        {
          title: 'no rule that is asked; a bracket; CEL',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: a
spec:
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package a
        deny[{"msg": msg}] { msg := "no" } # finding: refused
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: b
spec:
  targets:
    - target: admission.k8s.gatekeeper.sh
      libs:
        - |
          package helpers # finding: refused
          ok { true }
      rego: |
        package b
        violation[{"msg": msg}] { # finding: refused
          msg := "no"
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: c
spec:
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: K8sNativeValidation
          source:
            validations:
              - expression: variables.anyObject.metadata.name == 'a' && # finding: cel
              - expression: obj.metadata.name == 'a' # finding: cel
        - engine: Rego
          source:
            rego: |
              package c
              violation contains {"msg": "no"} if { true } # finding: refused`,
        },
      ],
      good: [
        {
          title: 'both languages',
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
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: Rego
          source:
            version: v1
            libs:
              - |
                package lib.exempt
                is_exempt(label) if label == "}"
            rego: |
              package k8srequiredlabels
              import data.lib.exempt.is_exempt

              violation contains {"msg": msg, "details": {"missing": missing}} if {
                provided := {label | input.review.object.metadata.labels[label]}
                required := {label | label := input.parameters.labels[_]; not is_exempt(label)}
                missing := required - provided
                count(missing) > 0
                msg := sprintf("labels are missing: %v \`{\`", [missing])
              }`,
        },
      ],
    },
  },
});

const ROOTS = ['object', 'oldObject', 'request', 'params', 'variables', 'namespaceObject', 'authorizer'];

function partOf(node: AnyNode, start: number, end: number): { readonly part?: { start: number; end: number } } {
  const offsets = scalarOffsets(node);
  if (offsets === undefined) return {};
  const base = node.span.start;
  const from = offsets(start);
  return { part: { start: from - base, end: Math.max(offsets(end), from + 1) - base } };
}
