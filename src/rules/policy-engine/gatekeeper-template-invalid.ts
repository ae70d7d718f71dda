import { defineRule } from '../../engine/rule.ts';
import { isStructural, parameterSchema, TARGET, TEMPLATE_KIND, untypedSchemas } from '../../k8s/gatekeeper/template.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'gatekeeper-template-invalid',
  title: 'ConstraintTemplate that Gatekeeper refuses',
  category: 'policy-engine',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [TEMPLATE_KIND],
  messages: {
    name: 'the name of the template has to be "{name}", the kind {kind} in lower case; Gatekeeper refuses it',
    kind: 'spec.crd.spec.names.kind is missing; Gatekeeper refuses the template',
    targets: 'a template has one target, {target}, and not {count}; Gatekeeper refuses it',
    target: '"{target}" is no target of Gatekeeper: write {known}',
    'no-code': 'the target has neither rego nor code; Gatekeeper refuses the template',
    'two-codes': 'the target has its Rego twice, in rego and in code; Gatekeeper refuses the template',
    engine: '"{engine}" is no engine of Gatekeeper: write Rego or K8sNativeValidation',
    untyped: 'the schema {where} has no type: in templates.gatekeeper.sh/v1 it has to be structural',
    legacy: 'the parameters are not checked: {why}',
    wrapped:
      'openAPIV3Schema already is the schema of spec.parameters: "parameters" here asks for spec.parameters.parameters',
  },
  check({ root, head, metadata }, context) {
    const spec: AnyNode = root.get('spec');
    const kindNode: AnyNode = spec.at(['crd', 'spec', 'names', 'kind']);
    const kind = kindNode.string;
    if (!kindNode.present || kind === '') context.report(kindNode, 'kind');
    else if (kind !== undefined && metadata.get('name').string !== undefined && head.name !== kind.toLowerCase()) {
      context.report(metadata.get('name'), 'name', {
        data: { name: kind.toLowerCase(), kind },
        related: [{ at: kindNode, message: 'the kind' }],
      });
    }
    const targets: AnyNode = spec.get('targets');
    const list = targets.items() as readonly AnyNode[];
    if (list.length !== 1) {
      context.report(targets, 'targets', { data: { target: TARGET, count: list.length }, atKey: true });
    }
    for (const target of list) {
      const name: AnyNode = target.get('target');
      if (name.string !== undefined && name.string !== TARGET) {
        context.report(name, 'target', { data: { target: name.string, known: TARGET } });
      }
      const code: AnyNode = target.get('code');
      const engines = code.items() as readonly AnyNode[];
      const hasRego = target.get('rego').present && target.get('rego').string !== '';
      if (!hasRego && engines.length === 0) context.report(target, 'no-code');
      for (const entry of engines) {
        const engine: AnyNode = entry.get('engine');
        if (engine.string === 'Rego' && hasRego) context.report(engine, 'two-codes');
        if (engine.string !== undefined && engine.string !== 'Rego' && engine.string !== 'K8sNativeValidation') {
          context.report(engine, 'engine', { data: { engine: engine.string } });
        }
      }
    }
    const schema = parameterSchema(root);
    if (!schema.isMap) return;
    const inner: AnyNode = schema.at(['properties', 'parameters']);
    const wraps = inner.present && Object.keys(schema.get('properties').raw ?? {}).length === 1;
    if (wraps) context.report(inner, 'wrapped', { atKey: true });
    const untyped = untypedSchemas(schema);
    if (isStructural(root, head.version)) {
      for (const node of untyped) {
        const where = node.key === 'openAPIV3Schema' ? 'of the parameters' : `"${String(node.key)}"`;
        const type = node.get('items').present ? 'array' : node.get('properties').present ? 'object' : undefined;
        context.report(node, 'untyped', {
          data: { where },
          atKey: true,
          ...(type === undefined
            ? {}
            : {
                fix: {
                  title: `Add type: ${type}`,
                  safety: 'safe',
                  changes: [{ op: 'set', path: [...node.steps, 'type'], value: type }],
                },
              }),
        });
      }
      return;
    }
    const legacy: AnyNode = spec.at(['crd', 'spec', 'validation', 'legacySchema']);
    if (head.version !== 'v1' && untyped.length === 0 && !legacy.present) return;
    const why = legacy.present
      ? 'legacySchema is true'
      : `${head.version} takes a schema without types as it is; move to templates.gatekeeper.sh/v1`;
    context.report(legacy.present ? legacy : schema, 'legacy', {
      data: { why },
      severity: 'low',
      preset: 'strict',
      ...(legacy.present ? {} : { atKey: true }),
    });
  },
  docs: {
    why: 'A template that Gatekeeper refuses makes no kind of constraint: every constraint that relies on it fails, and what it forbids is admitted.',
    fix: 'Name the template as its kind in lower case, give it the one target `admission.k8s.gatekeeper.sh` with Rego or CEL, and types to every part of the schema.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://open-policy-agent.github.io/gatekeeper/website/docs/constrainttemplates/'],
    examples: {
      bad: [
        {
          title: 'the name, the target and the schema',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8s-required-labels # finding: name
spec:
  crd:
    spec:
      names:
        kind: K8sRequiredLabels
      validation:
        openAPIV3Schema: # finding: untyped
          properties:
            labels: # finding: untyped
              items: { type: string }
  targets:
    - target: admission.gatekeeper.sh # finding: target
      rego: |
        package k8srequiredlabels
        violation[{"msg": "no"}] { input.review.object }`,
        },
        {
          title: 'code twice, none, and of another engine',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1beta1
kind: ConstraintTemplate
metadata:
  name: twice
spec:
  crd:
    spec:
      names: { kind: Twice }
      validation:
        openAPIV3Schema: # finding: legacy
          properties:
            parameters: # finding: wrapped
              properties: { a: { type: string } }
  targets: # finding: targets
    - target: admission.k8s.gatekeeper.sh
      rego: package twice
      code:
        - engine: Rego # finding: two-codes
          source: { rego: package twice }
        - engine: CEL # finding: engine
          source: {}
    - target: admission.k8s.gatekeeper.sh # finding: no-code
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: nokind
spec:
  crd:
    spec:
      names: {} # finding: kind
  targets: [{ target: admission.k8s.gatekeeper.sh, rego: package nokind }]`,
        },
      ],
      good: [
        {
          title: 'as Gatekeeper wants it',
          in: 'manifests',
          yaml: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8srequiredlabels
spec:
  crd:
    spec:
      names:
        kind: K8sRequiredLabels
      validation:
        openAPIV3Schema:
          type: object
          properties:
            labels:
              type: array
              items: { type: string }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8srequiredlabels
        violation[{"msg": msg}] { msg := "no" }`,
        },
      ],
    },
  },
});
