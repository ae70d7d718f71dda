import { customKindsFact } from '../../engine/facts/custom-kinds.ts';
import { defineRule, type RuleContext } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import { type CustomFault, checkCustom } from '../../k8s/schema/custom.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { type FileSchema, schemaFor } from '../../k8s/schema/file-schema.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import { isSecurityField } from '../../k8s/schema/security-fields.ts';
import { concernsSecurity } from './_schema.ts';

const messages = {
  unknown: '"{key}" is not a field of {kind}: strict validation refuses it, everything else drops it',
  misspelt: '"{key}" is not a field of {kind}, did you mean "{near}": as it is, the setting is refused or dropped',
  missing: '{where} needs {key}: the API server refuses the object',
  type: '{path} has to be {expected}: the API server refuses the object',
  word: '{path} is "{value}", which is none of {words}',
  bound: '{path} {rule}: the API server refuses the object',
  version: 'the CustomResourceDefinition of {kind} has no version "{version}"',
  notServed: 'the CustomResourceDefinition of {kind} does not serve version "{version}"',
  givenUp: 'the schema of {kind} asks for too much to be checked',
} as const;

export default defineRule({
  id: 'schema-custom-resource',
  title: 'Custom resource that its own definition does not allow',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [customKindsFact],
  options: {
    defaults: { schemas: {} as Readonly<Record<string, FileSchema>> },
    schema: { type: 'object', properties: { schemas: { type: 'object' } }, additionalProperties: false },
  },
  messages,
  check(project, context) {
    const { kinds, resources } = project.fact(customKindsFact);
    const fromFiles = context.options.schemas;
    if (kinds.size === 0 && Object.keys(fromFiles).length === 0) return;
    for (const resource of resources) {
      const { group, version, kind } = resource.head;
      const custom = kinds.get(resource.groupKind);
      if (custom === undefined) {
        const file = schemaFor(fromFiles, group, version, kind);
        if (file === undefined) continue;
        // Null is as good as absent to the API server, whatever JSON Schema thinks of it.
        report(
          resource,
          checkCustom(resource.root.raw ?? null, file.schema, file).filter(
            (fault) => resource.root.at(fault.path).raw !== null,
          ),
          context,
        );
        continue;
      }
      const served = custom.versions.find(({ name }) => name === version);
      if (served === undefined || !served.served) {
        const message = served === undefined ? 'version' : 'notServed';
        context.report(resource.root.get('apiVersion'), message, {
          data: { kind, version },
          severity: 'high',
          related: [{ at: custom.definition, message: 'the definition' }],
        });
        continue;
      }
      if (served.schema === undefined) continue;
      const schema = custom.definition.root.at(served.schema).raw;
      if (schema === undefined) continue;
      const faults = checkCustom(resource.root.raw ?? null, schema, { structural: true });
      report(resource, served.keepsUnknown ? faults.filter(({ is }) => is !== 'unknown') : faults, context);
    }
  },
  docs: {
    why: 'A custom resource is held to the schema of its CustomResourceDefinition: what the schema does not name is dropped, what contradicts it is refused. A policy engine whose policy has a misspelt field enforces nothing.',
    fix: 'Write the object as its definition asks for it.',
    frameworks: {},
    references: [
      'https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema',
    ],
    limits:
      'The definition has to be among the input, or its schema in a folder given with `--schema-dir`. Expressions (`x-kubernetes-validations`) are not evaluated; patterns that Go’s regular expressions have and we do not are not judged; a schema whose check takes too many steps is reported as such.',
    examples: {
      bad: [
        {
          title: 'A field, a type and a bound',
          in: 'manifests',
          yaml: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: guards.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Guard, plural: guards}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [mode]
              properties:
                mode: {type: string, enum: [Enforce, Audit]}
                replicas: {type: integer, minimum: 1}
                exempt: {type: array, items: {type: string, pattern: "^[a-z-]+$"}}
---
apiVersion: example.com/v1
kind: Guard
metadata:
  name: a
spec:
  mode: enforce # finding: word
  replica: 1 # finding: misspelt
  exempt:
    - Kube System # finding: bound
---
apiVersion: example.com/v1
kind: Guard
metadata:
  name: b
spec: # finding: missing
  replicas: "2" # finding: type
  dryRun: true # finding: unknown
---
apiVersion: example.com/v2 # finding: version
kind: Guard
metadata:
  name: c
`,
        },
      ],
      good: [
        {
          title: 'An object as its definition asks for it, and one without definition',
          in: 'manifests',
          yaml: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: guards.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Guard, plural: guards}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                mode: {type: string}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                port: {x-kubernetes-int-or-string: true}
---
apiVersion: example.com/v1
kind: Guard
metadata:
  name: a
  labels: {a: b}
spec:
  mode:
  free: {anything: goes}
  port: http
---
apiVersion: example.com/v1
kind: Other
metadata:
  name: a
anything: goes
`,
        },
      ],
    },
  },
});

type Context = RuleContext<typeof messages, { readonly schemas: Readonly<Record<string, FileSchema>> }>;

function report(resource: Resource, faults: readonly CustomFault[], context: Context): void {
  const { kind } = resource.head;
  for (const fault of faults) {
    const node = resource.root.at(fault.path);
    const path = fault.path.length === 0 ? kind : pathInWords(fault.path);
    const severity = concernsSecurity(fault.path) ? 'high' : 'medium';
    switch (fault.is) {
      case 'unknown': {
        const near = didYouMean(fault.key, fault.fields);
        if (near === undefined) {
          context.report(node, 'unknown', { data: { key: fault.key, kind }, severity, atKey: true });
          break;
        }
        const free = !node.parent!.get(near).written && didYouMean(fault.key, [near], 1) !== undefined;
        context.report(node, 'misspelt', {
          data: { key: fault.key, kind, near },
          severity: isSecurityField(near) ? 'high' : 'medium',
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
        context.report(node, 'missing', { data: { where: path, key: fault.key }, atKey: true });
        break;
      case 'type':
        context.report(node, 'type', { data: { path, expected: fault.expected }, severity });
        break;
      case 'word':
        context.report(node, 'word', {
          data: { path, value: String(node.raw), words: fault.words.join(', ') },
          severity,
        });
        break;
      case 'bound':
        context.report(node, 'bound', { data: { path, rule: fault.rule }, severity });
        break;
      case 'given-up':
        context.report(resource, 'givenUp', { data: { kind }, severity: 'low' });
        break;
    }
  }
}
