import { defineRule } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import { definitionOf, faultsOf } from '../../k8s/schema/faults.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import { isGiven } from '../../k8s/schema/requirements.ts';
import { explainUnknown } from '../../k8s/schema/unknown.lazy.ts';
import type { Fault } from '../../k8s/schema/walk.ts';
import { isMap, type ValueMap } from '../../yaml/value.ts';
import { typeName } from './_schema.ts';

export default defineRule({
  id: 'schema-required-missing',
  title: 'Field that the API server does not do without',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  supersedes: ['csr-invalid-or-excessive', 'netpol-invalid-field'],
  on: 'resource',
  messages: {
    missing: '{where} needs {fields}: the API server refuses the object',
  },
  check(resource, context) {
    const root = resource.root.raw;
    if (!isMap(root)) return;
    const { minor } = context;
    const faults = faultsOf(resource, minor);
    const nameless = lacksName(root);
    if (faults.length === 0 && (!nameless || definitionOf(resource, minor) === undefined)) return;
    const lacks = new Map<string, Lack>();
    for (const fault of faults) {
      if (fault.is !== 'missing' || fault.path[0] === 'status') continue;
      if (isExplained(fault.key, fault.path, faults, root, minor)) continue;
      const { definition, depth } = fault.within.at(-1)!;
      const type = depth === fault.path.length ? `${typeName(definition)} at ` : '';
      add(
        lacks,
        fault.path,
        fault.path.length === 0 ? resource.head.kind : `${type}${pathInWords(fault.path)}`,
        fault.key,
      );
    }
    if (nameless && !isExplained('name', ['metadata'], faults, root, minor)) {
      if (isMap(root['metadata'])) add(lacks, ['metadata'], 'metadata', 'name');
      else if (!isExplained('metadata', [], faults, root, minor)) add(lacks, [], resource.head.kind, 'metadata.name');
    }
    if (lacks.size === 0) return;
    const preset = isPartial(resource) ? 'strict' : 'recommended';
    for (const { path, where, fields } of lacks.values()) {
      context.report(resource.root.at(path), 'missing', {
        data: { where, fields: fields.join(' and ') },
        preset,
        atKey: true,
      });
    }
  },
  docs: {
    why: 'The API server refuses the object, so it is not there: neither the workload nor the policy that it should have been. An object that existed before stays as it was.',
    fix: 'Add the field.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/reference/kubernetes-api/'],
    limits:
      'The fields are those that the validation code of Kubernetes 1.37 asks for, which is not what the OpenAPI documents call required; APIs in alpha or beta are not covered. A workload that has neither a selector nor an image looks like a patch and is reported by `strict` only.',
    examples: {
      bad: [
        {
          title: 'A container without image, a probe without handler',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web # finding: missing
      livenessProbe: # finding: missing
        periodSeconds: 5
`,
        },
        {
          title: 'What other fields ask for',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec: # finding: missing
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
---
apiVersion: v1
kind: Pod
metadata: # finding: missing
  labels: {app: shop}
spec:
  securityContext:
    seccompProfile: # finding: missing
      type: Localhost
  containers:
    - name: web
      image: registry.example.com/web:1
`,
        },
        {
          title: 'A patch, reported by strict',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec: # finding: missing
  replicas: 3
`,
        },
      ],
      good: [
        {
          title: 'Everything that is asked for',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  generateName: shop-
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      livenessProbe:
        httpGet: {port: 80}
---
apiVersion: v1
kind: Service
metadata:
  name: external
spec:
  type: ExternalName
  externalName: db.example.com
`,
        },
      ],
    },
  },
});

interface Lack {
  readonly path: Fault['path'];
  readonly where: string;
  readonly fields: string[];
}

function add(lacks: Map<string, Lack>, path: Fault['path'], where: string, field: string): void {
  const key = path.join('\n');
  const lack = lacks.get(key);
  if (lack === undefined) lacks.set(key, { path, where, fields: [field] });
  else if (!lack.fields.includes(field)) lack.fields.push(field);
}

/** Reviews are answered and never stored, so they need no name; to a LimitRange the API server gives one. */
function lacksName({ metadata, kind }: ValueMap): boolean {
  if (isMap(metadata) && (isGiven(metadata['name']) || isGiven(metadata['generateName']))) return false;
  if (typeof kind === 'string' && /Review$|^TokenRequest$|^Binding$|^Eviction$|^LimitRange$/.test(kind)) return false;
  return isMap(metadata) || metadata === undefined || metadata === null;
}

/** The field is there, misspelt or one level off: then that is the fault. */
function isExplained(
  key: string,
  path: Fault['path'],
  faults: readonly Fault[],
  root: ValueMap,
  minor: number,
): boolean {
  const fields = key.split(/[ ,]+/);
  return faults.some((other) => {
    if (other.is !== 'unknown') return false;
    const explanation = explainUnknown(other, root, minor);
    switch (explanation.is) {
      case 'misspelt':
        return (
          fields.includes(explanation.near) && startsWith(other.path, path) && other.path.length === path.length + 1
        );
      case 'elsewhere':
        return fields.includes(String(explanation.right.at(-1)));
      case 'wrapper':
        return explanation.fields.includes(key);
      case 'label':
      case 'resource':
        return startsWith(other.path, path);
      default:
        return false;
    }
  });
}

function startsWith(path: Fault['path'], prefix: Fault['path']): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index]);
}

/** A patch of a Kustomize overlay has the form of the object it changes, and little of what is in it. */
function isPartial(resource: Resource): boolean {
  const spec = resource.root.get('spec');
  if (!resource.groupKind.endsWith('.apps') || spec.get('selector').present) return false;
  return resource.pods.every((pod) => pod.containers.every(({ node }) => !node.get('image').present));
}
