import { defineRule, type FixProposal } from '../../engine/rule.ts';
import type { Shape } from '../../k8s/schema/definitions.ts';
import { faultsOf } from '../../k8s/schema/faults.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap, type Value } from '../../yaml/value.ts';
import { concernsSecurity, nodeOf } from './_schema.ts';

export default defineRule({
  id: 'schema-wrong-type',
  title: 'Value of a type that the API refuses or reads differently',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  supersedes: ['netpol-invalid-field', 'netpol-empty-or-null-peer', 'host-port', 'csr-invalid-or-excessive'],
  on: 'resource',
  messages: {
    type: '{path} is {actual} and has to be {expected}: the API server refuses the object',
    range: '{path} is {value}, which does not fit into {bits} bits: the API server refuses the object',
    time: '{path} is no time in the form 2006-01-02T15:04:05Z: the API server refuses the object',
    base64: '{path} is not base64: the API server refuses the object',
    mode: '{path} is {value}, which is 0{octal} in octal, did you mean 0{value}',
  },
  check(resource, context) {
    for (const fault of faultsOf(resource, context.minor)) {
      if (!HERE.has(fault.is)) continue;
      const node = nodeOf(resource, fault);
      const severity = concernsSecurity(fault.path) ? 'high' : 'medium';
      const path = pathInWords(fault.path);
      switch (fault.is) {
        case 'type': {
          const fix = conversion(node, fault.shape);
          const data = { path, actual: describe(node), expected: EXPECTED[fault.shape.form] ?? 'another type' };
          context.report(node, 'type', { data, severity, ...(fix === undefined ? {} : { fix }) });
          break;
        }
        case 'range':
          context.report(node, 'range', { data: { path, value: String(node.raw), bits: fault.bits }, severity });
          break;
        case 'mode': {
          const value = node.number!;
          if (written(node).startsWith('0')) break;
          const mode = Number.parseInt(String(value), 8);
          context.report(node, 'mode', {
            data: { path, value, octal: value.toString(8) },
            severity: 'medium',
            fix: { title: `Write 0${value}`, safety: 'safe', changes: [{ op: 'set', path: node.steps, value: mode }] },
          });
          break;
        }
        case 'time':
          context.report(node, 'time', { data: { path } });
          break;
        case 'base64':
          context.report(node, 'base64', { data: { path }, severity });
          break;
      }
    }
  },
  docs: {
    why: 'The API server converts nothing: `privileged: "false"` is a string and the object is refused; a pipeline that goes on after errors leaves the old, weaker object in place. YAML makes such slips easy: `yes`, `on` and `n` are booleans to Kubernetes, `1e3` is a number, `0644` is octal and `644` is not.',
    fix: 'Write the type that the message names. Quote what has to be a string, take the quotes away from what has to be a number or a boolean.',
    frameworks: {},
    references: [
      'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
      'https://yaml.org/type/bool.html',
    ],
    limits: 'Values that a templating step will still replace (`${REPLICAS}`) are not judged.',
    examples: {
      bad: [
        {
          title: 'Quotes too many and too few',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      env:
        - name: DEBUG
          value: yes # finding: type
      ports:
        - containerPort: "80" # finding: type
      securityContext:
        privileged: "false" # finding: type
        capabilities:
          drop: ALL # finding: type
        runAsUser: 99999999999999999999 # finding: range
`,
        },
        {
          title: 'A mode in decimal',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
  volumes:
    - name: key
      secret:
        secretName: key
        defaultMode: 400 # finding: mode
`,
        },
        {
          title: 'Text that is no base64, text that is no time',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
  creationTimestamp: yesterday # finding: time
binaryData:
  logo: "not base64!" # finding: base64
`,
        },
      ],
      good: [
        {
          title: 'What the API takes',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      env:
        - name: DEBUG
          value: "yes"
      ports:
        - containerPort: 80
      resources:
        limits: {cpu: 1, memory: 64Mi}
      securityContext:
        privileged: false
        capabilities:
          drop: [ALL]
  volumes:
    - name: key
      secret:
        secretName: key
        defaultMode: 0400
`,
        },
      ],
    },
  },
});

const HERE: ReadonlySet<string> = new Set(['type', 'range', 'mode', 'time', 'base64']);

const EXPECTED: Readonly<Partial<Record<Shape['form'], string>>> = {
  b: 'true or false',
  i: 'an integer',
  l: 'an integer',
  d: 'a number',
  s: 'a string',
  y: 'a base64 string',
  t: 'a time as a string',
  m: 'a time as a string',
  q: 'a quantity',
  o: 'an integer or a string',
  '[': 'a list',
  '{': 'a mapping',
  '#': 'a mapping',
  a: 'a mapping or a list',
  e: 'a mapping or a boolean',
};

function describe(node: AnyNode): string {
  const value = node.raw;
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a mapping';
  const text = written(node);
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  const read = String(value);
  const how = text === read ? read : `${read} (written ${text})`;
  return typeof value === 'boolean' ? `the boolean ${how}` : `the number ${how}`;
}

/** The scalar as it stands in the text. */
function written(node: AnyNode): string {
  const { start, end } = node.span;
  return node.document.file.text.slice(start, end);
}

/** What makes the value what it was meant to be, where that is plain. */
function conversion(node: AnyNode, shape: Shape): FixProposal | undefined {
  const value = node.raw;
  const to = (title: string, wanted: Value): FixProposal => ({
    title,
    safety: 'safe',
    changes: [{ op: 'set', path: node.steps, value: wanted }],
  });
  switch (shape.form) {
    case 'b':
      if (value === 'true' || value === 'false') return to('Take the quotes away', value === 'true');
      return undefined;
    case 'i':
    case 'l':
    case 'o':
      if (typeof value === 'string' && /^-?(?:0|[1-9]\d{0,14})$/.test(value))
        return to('Take the quotes away', Number(value));
      return undefined;
    case 's':
      // The text as written, not the value: `1.10` has to become "1.10", and `yes` "yes".
      if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
        return to('Quote it', written(node));
      return undefined;
    case '[': {
      const scalar =
        typeof value === 'string'
          ? shape.item?.form === 's'
          : typeof value === 'number' && (shape.item?.form === 'i' || shape.item?.form === 'l');
      if (scalar || (isMap(value) && shape.item?.form === '#' && Object.keys(value).length > 0))
        return to('Make it a list', [value!]);
      return undefined;
    }
    default:
      return undefined;
  }
}
