import { defineRule } from '../../engine/rule.ts';
import type { PodView } from '../../k8s/pod.ts';
import {
  faultInConfigKey,
  faultInEnvName,
  faultInLabelName,
  faultInLabelValue,
  faultInObjectName,
  faultInPortName,
  faultInQualifiedName,
  faultInSubdomain,
} from '../../k8s/schema/names.ts';
import { isPlaceholder } from '../../k8s/schema/placeholder.ts';
import { isNamespaced, knownKind } from '../../k8s/schema/scope.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'object-name-invalid',
  title: 'Name, label or annotation that the API does not accept',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  supersedes: ['security-annotation-unknown', 'netpol-invalid-field'],
  on: 'resource',
  messages: {
    name: '"{value}" is not a valid {what}: {rule}',
    annotations: 'the annotations have {size} bytes: 262144 are allowed',
  },
  check(resource, context) {
    const { group, kind } = resource.head;
    if (!knownKind(group, kind)) return;
    const { minor } = context;

    const judge: Judge = (node, what, fault, value, atKey) => {
      if (fault === undefined || isPlaceholder(value)) return;
      context.report(node, 'name', { data: { value: clip(value), what, rule: fault }, ...(atKey ? { atKey } : {}) });
    };
    const string = (node: AnyNode, what: string, faultIn: (text: string) => string | undefined): void => {
      const value = node.string;
      if (value !== undefined && value !== '') judge(node, what, faultIn(value), value, false);
    };
    const labels = (node: AnyNode, valued: boolean): void => {
      const { raw } = node;
      if (!isMap(raw)) return;
      for (const key in raw) {
        const value = raw[key];
        const inKey = faultInKey(key);
        if (inKey !== undefined) judge(node.get(key), 'label key', inKey, key, true);
        if (!valued || typeof value !== 'string') continue;
        const inValue = faultInLabelValue(value);
        if (inValue !== undefined) judge(node.get(key), 'label value', inValue, value, false);
      }
    };
    const metadata = (node: AnyNode): void => {
      labels(node.get('labels'), true);
      const annotations = node.get('annotations');
      const { raw } = annotations;
      if (!isMap(raw)) return;
      let size = 0;
      for (const key in raw) {
        const value = raw[key];
        size += key.length + (typeof value === 'string' ? value.length : 0);
        const fault = faultInKey(key) === undefined ? undefined : faultInQualifiedName(key.toLowerCase());
        if (fault !== undefined) judge(annotations.get(key), 'annotation key', fault, key, true);
      }
      if (size > 262_144) context.report(annotations, 'annotations', { data: { size }, atKey: true });
    };
    const selector = (node: AnyNode): void => {
      if (isMap(node.raw) && isMap(node.raw['matchLabels'])) labels(node.get('matchLabels'), true);
    };

    const own = resource.metadata;
    string(own.get('name'), `name of a ${kind}`, (text) => faultInObjectName(group, kind, text, minor));
    if (!own.get('name').present) {
      // What is generated is put behind it, so it may end in a dash.
      const faultIn = (text: string) => faultInObjectName(group, kind, text.replace(/-$/, '0'), minor);
      string(own.get('generateName'), `beginning of the name of a ${kind}`, faultIn);
    }
    if (isNamespaced(group, kind) === true) string(own.get('namespace'), 'namespace', faultInLabelName);
    metadata(own);
    const spec = resource.root.get('spec');
    selector(spec.get('selector'));
    if (kind === 'NetworkPolicy') selector(spec.get('podSelector'));
    if (group === '' && (kind === 'ConfigMap' || kind === 'Secret')) keysOf(resource.root, judge);
    if (group === '' && kind === 'Service') {
      for (const port of spec.get('ports').items()) {
        string(port.get('name'), 'port name', faultInLabelName);
        string(port.get('targetPort'), 'port name', faultInPortName);
      }
    }
    for (const pod of resource.pods) {
      if (resource.groupKind !== 'Pod') metadata(pod.metadata);
      inPod(pod, minor, string, labels);
    }
  },
  docs: {
    why: 'The API server refuses an object with such a name, key or value. Where it is a label, selectors that rely on it match nothing: a NetworkPolicy that was meant for the pod protects nothing.',
    fix: 'Write the name with the characters that the message allows.',
    frameworks: {},
    references: [
      'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/',
      'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set',
    ],
    limits: 'Names inside custom resources are not looked at.',
    examples: {
      bad: [
        {
          title: 'Names, labels and ports',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: Shop # finding: name
  labels:
    team name: shop # finding: name
    owner: shop@example.com # finding: name
spec:
  containers:
    - name: web_1 # finding: name
      image: registry.example.com/web:1
      ports:
        - name: metrics-and-health # finding: name
          containerPort: 8080
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: a-name-that-leaves-no-room-for-the-names-of-the-jobs-it-makes # finding: name
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  dir/file: x # finding: name
`,
        },
      ],
      good: [
        {
          title: 'Names as the API takes them',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop.web
  labels:
    example.com/team_name: Shop.1
    empty: ""
  annotations:
    Example.com/Owner: shop@example.com
spec:
  containers:
    - name: web-1
      image: registry.example.com/web:1
      ports:
        - name: metrics
          containerPort: 8080
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:shop_Reader
rules: []
`,
        },
      ],
    },
  },
});

type Judge = (node: AnyNode, what: string, fault: string | undefined, value: string, atKey: boolean) => void;

type FaultIn = (text: string) => string | undefined;

/** The same few keys stand on every object of a repository: what was found good need not be looked at again. */
function faultInKey(key: string): string | undefined {
  if (GOOD_KEYS.has(key)) return undefined;
  const fault = faultInQualifiedName(key);
  if (fault === undefined && GOOD_KEYS.size < 4096) GOOD_KEYS.add(key);
  return fault;
}
const GOOD_KEYS = new Set<string>();

function inPod(
  pod: PodView,
  minor: number,
  string: (node: AnyNode, what: string, faultIn: FaultIn) => void,
  labels: (node: AnyNode, valued: boolean) => void,
): void {
  string(pod.spec.get('serviceAccountName'), 'name of a service account', faultInSubdomain);
  labels(pod.spec.get('nodeSelector'), true);
  const namesIn = (holder: AnyNode, list: string, what: string, faultIn: FaultIn): void => {
    const { raw } = holder;
    const items = isMap(raw) ? raw[list] : undefined;
    if (!isList(items)) return;
    // Nodes are made for what is wrong, not for what is looked at.
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const name = isMap(item) ? item['name'] : undefined;
      if (typeof name === 'string' && name !== '' && faultIn(name) !== undefined) {
        string(holder.at([list, index, 'name']), what, faultIn);
      }
    }
  };
  const faultInEnv = (text: string) => faultInEnvName(text, minor);
  namesIn(pod.spec, 'volumes', 'volume name', faultInLabelName);
  for (const { node } of pod.containers) {
    string(node.get('name'), 'container name', faultInLabelName);
    namesIn(node, 'ports', 'port name', faultInPortName);
    namesIn(node, 'env', 'name of an environment variable', faultInEnv);
  }
}

function keysOf(root: AnyNode, judge: Judge): void {
  for (const field of ['data', 'stringData', 'binaryData']) {
    const node = root.get(field);
    if (!isMap(node.raw)) continue;
    for (const key in node.raw) {
      const fault = faultInConfigKey(key);
      if (fault !== undefined) judge(node.get(key), 'key', fault, key, true);
    }
  }
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
