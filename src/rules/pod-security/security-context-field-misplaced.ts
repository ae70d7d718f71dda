import { defineRule, type FixProposal } from '../../engine/rule.ts';
import type { PodView } from '../../k8s/pod.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap, type Value } from '../../yaml/value.ts';

const BOTH: readonly string[] = [
  'seLinuxOptions',
  'windowsOptions',
  'runAsUser',
  'runAsGroup',
  'runAsNonRoot',
  'seccompProfile',
  'appArmorProfile',
];
const CONTAINER_ONLY: readonly string[] = [
  'privileged',
  'allowPrivilegeEscalation',
  'capabilities',
  'readOnlyRootFilesystem',
  'procMount',
];
const POD_ONLY: readonly string[] = [
  'fsGroup',
  'fsGroupChangePolicy',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'sysctls',
  'seLinuxChangePolicy',
];
/** Settings of the pod that stand in its spec. */
const OF_SPEC: readonly string[] = [
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostUsers',
  'runtimeClassName',
  'automountServiceAccountToken',
  'serviceAccountName',
];

const POD_FIELDS: ReadonlySet<string> = new Set([...BOTH, ...POD_ONLY]);
const CONTAINER_FIELDS: ReadonlySet<string> = new Set([...BOTH, ...CONTAINER_ONLY]);
const BESIDE_CONTAINER: ReadonlySet<string> = new Set([...CONTAINER_FIELDS, ...OF_SPEC]);
const BESIDE_POD: ReadonlySet<string> = new Set([...POD_FIELDS, ...CONTAINER_ONLY]);
const AROUND_TEMPLATE: ReadonlySet<string> = new Set(['securityContext', ...OF_SPEC]);

export default defineRule({
  id: 'security-context-field-misplaced',
  title: 'Security field at a level where it does not exist',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  supersedes: ['schema-field-wrong-level', 'schema-unknown-field'],
  messages: {
    misplaced: '"{field}" has no effect in {path}; it belongs in {right}',
    misspelt: '"{field}" has no effect in {path}; it is written "{right}"',
  },
  check(pod, context) {
    const { spec, securityContext, containers } = pod;
    if (holdsOther(securityContext, POD_FIELDS)) {
      inSecurityContext(securityContext, POD_FIELDS, [...POD_FIELDS, ...CONTAINER_ONLY], (key, node) => {
        if (CONTAINER_ONLY.includes(key)) {
          return { right: 'containers[].securityContext', fix: toContainers(pod, key, node) };
        }
        return OF_SPEC.includes(key)
          ? { right: 'the spec of the pod', fix: move(node, (spec as AnyNode).get(key)) }
          : undefined;
      });
    }
    for (const container of containers) {
      const own = container.securityContext;
      if (holdsOther(own, CONTAINER_FIELDS)) {
        inSecurityContext(own, CONTAINER_FIELDS, [...CONTAINER_FIELDS, ...POD_ONLY], (key) => {
          if (POD_ONLY.includes(key)) return { right: 'the securityContext of the pod', fix: undefined };
          return OF_SPEC.includes(key) ? { right: 'the spec of the pod', fix: undefined } : undefined;
        });
      }
      if (!holdsAny(container.node, BESIDE_CONTAINER)) continue;
      beside(container.node, CONTAINER_FIELDS, own, 'the securityContext of the container');
      for (const key of OF_SPEC) {
        const node: AnyNode = (container.node as AnyNode).get(key);
        if (node.written) misplaced(key, node, { right: 'the spec of the pod', fix: undefined });
      }
    }
    if (holdsAny(spec, BESIDE_POD)) {
      beside(spec, POD_FIELDS, securityContext, 'the securityContext of the pod');
      for (const key of CONTAINER_ONLY) {
        const node: AnyNode = (spec as AnyNode).get(key);
        if (!node.written) continue;
        misplaced(key, node, { right: 'containers[].securityContext', fix: toContainers(pod, key, node) });
      }
    }
    aroundTemplate(pod);

    type Place = { readonly right: string; readonly fix: FixProposal | undefined };

    function inSecurityContext(
      holder: AnyNode,
      known: ReadonlySet<string>,
      words: readonly string[],
      placeOf: (key: string, node: AnyNode) => Place | undefined,
    ): void {
      const { raw } = holder;
      if (!isMap(raw)) return;
      for (const key of Object.keys(raw)) {
        if (known.has(key)) continue;
        const node: AnyNode = holder.get(key);
        const place = placeOf(key, node);
        if (place === undefined) misspelt(key, node, words);
        else misplaced(key, node, place);
      }
    }

    /** Fields of a securityContext that stand beside it, and `securityContext` itself in other letters. */
    function beside(holder: AnyNode, fields: ReadonlySet<string>, right: AnyNode, words: string): void {
      const { raw } = holder;
      if (!isMap(raw)) return;
      for (const key of Object.keys(raw)) {
        if (fields.has(key)) {
          const node: AnyNode = holder.get(key);
          misplaced(key, node, { right: words, fix: move(node, right.get(key)) });
        } else if (key !== 'securityContext' && /^secur/i.test(key)) {
          misspelt(key, holder.get(key), ['securityContext']);
        }
      }
    }

    /** Of the built-in controllers: what stands in the template beside its spec, or in the spec beside the template. */
    function aroundTemplate({ resource }: PodView): void {
      const { group } = resource.head;
      const template = spec.parent;
      if (template === undefined || template.key !== 'template' || !['', 'apps', 'batch'].includes(group)) return;
      for (const holder of [template, template.parent]) {
        if (holder === undefined || !holdsAny(holder, AROUND_TEMPLATE)) continue;
        for (const key of ['securityContext', ...OF_SPEC]) {
          const node: AnyNode = holder.get(key);
          if (node.written)
            misplaced(key, node, {
              right: 'the spec of the pod template',
              fix: move(node, (spec as AnyNode).get(key)),
            });
        }
      }
    }

    function misplaced(key: string, node: AnyNode, { right, fix }: Place): void {
      const data = { field: key, path: placeName(node), right };
      const severity = isSecure(key, node.raw) ? 'high' : 'low';
      context.report(node, 'misplaced', { data, severity, atKey: true, ...(fix === undefined ? {} : { fix }) });
    }

    function misspelt(key: string, node: AnyNode, words: readonly string[]): void {
      if (!/^[A-Za-z]+$/.test(key)) return;
      const right = didYouMean(key, words, 2);
      if (right === undefined) return;
      const free = !node.parent!.get(right).written;
      context.report(node, 'misspelt', {
        data: { field: key, path: placeName(node), right },
        severity: isSecure(right, node.raw) ? 'high' : 'low',
        atKey: true,
        ...(free
          ? {
              fix: {
                title: `Write ${right}`,
                safety: 'safe',
                changes: [{ op: 'rename', path: node.steps, key: right }],
              },
            }
          : {}),
      });
    }
  },
  docs: {
    why: 'The API has no such field there. Strict validation refuses it; every other way, many GitOps tools among them, drops it without a word, and the author believes that a control is on.',
    fix: 'Move the field to the place that the finding names. `privileged`, `allowPrivilegeEscalation`, `capabilities`, `readOnlyRootFilesystem` and `procMount` exist for containers alone; `fsGroup`, `sysctls` and their like for pods alone.',
    frameworks: { cis: ['5.6.3'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    limits: 'A value that is dangerous, and has no effect here, is reported as low.',
    examples: {
      bad: [
        {
          title: 'fields of a container in the pod, and the other way round',
          in: 'pod',
          yaml: 'hostNetwork: false\nprivileged: false # finding: misplaced\nsecurityContext:\n  readOnlyRootFilesystem: true # finding: misplaced\n  hostPID: false # finding: misplaced\ncontainers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    runAsNonRoot: true # finding: misplaced\n    hostNetwork: false # finding: misplaced\n    securityContext:\n      fsGroup: 1000 # finding: misplaced',
        },
        {
          title: 'slips of the pen',
          in: 'container',
          yaml: 'securityContext:\n  runAsNonroot: true # finding: misspelt\n  readOnlyRootFileSystem: true # finding: misspelt\n  allowPrivilegedEscalation: false # finding: misspelt',
        },
        {
          title: 'beside the template',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  securityContext: # finding: misplaced\n    runAsNonRoot: true\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    hostNetwork: false # finding: misplaced\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n',
        },
      ],
      good: [
        {
          title: 'each at its place',
          in: 'pod',
          yaml: 'hostNetwork: false\nsecurityContext:\n  runAsNonRoot: true\n  fsGroup: 1000\ncontainers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    securityContext:\n      readOnlyRootFilesystem: true\n      seccompProfile:\n        type: RuntimeDefault',
        },
      ],
    },
  },
});

function holdsOther({ raw }: AnyNode, known: ReadonlySet<string>): boolean {
  if (!isMap(raw)) return false;
  for (const key in raw) if (!known.has(key)) return true;
  return false;
}

/** One of the keys, or one that looks like `securityContext` and is not. */
function holdsAny({ raw }: AnyNode, keys: ReadonlySet<string>): boolean {
  if (!isMap(raw)) return false;
  for (const key in raw) {
    if (keys.has(key)) return true;
    const first = key.charCodeAt(0);
    if ((first === 0x73 || first === 0x53) && key !== 'securityContext' && /^secur/i.test(key)) return true;
  }
  return false;
}

/** Where the field stands, in few words. */
function placeName(node: AnyNode): string {
  const steps = node.steps.slice(0, -1);
  const last = steps.at(-1);
  if (typeof last === 'number') return `${steps.at(-2)}[${last}]`;
  if (last !== 'securityContext') return String(last ?? 'the root');
  const above = steps.at(-2);
  return typeof above === 'number' ? `${steps.at(-3)}[${above}].securityContext` : 'the securityContext of the pod';
}

/** Lost protection weighs; lost danger does not. */
function isSecure(field: string, value: Value | undefined): boolean {
  switch (field) {
    case 'privileged':
    case 'allowPrivilegeEscalation':
    case 'hostNetwork':
    case 'hostPID':
    case 'hostIPC':
    case 'hostUsers':
    case 'automountServiceAccountToken':
      return value === false;
    case 'runAsNonRoot':
    case 'readOnlyRootFilesystem':
      return value === true;
    case 'runAsUser':
    case 'runAsGroup':
      return typeof value === 'number' && value !== 0;
    case 'capabilities':
      return isMap(value) && Array.isArray(value['drop']) && value['drop'].length > 0;
    case 'seccompProfile':
    case 'appArmorProfile':
      return isMap(value) && value['type'] !== 'Unconfined';
    case 'procMount':
      return value === 'Default';
    default:
      return true;
  }
}

/** A secure value of the pod that only containers can have goes to those that say nothing themselves. */
function toContainers(pod: PodView, key: string, node: AnyNode): FixProposal | undefined {
  const value = node.raw;
  if (value === undefined || value === null || !isSecure(key, value)) return undefined;
  const lacking = pod.containers.filter(({ securityContext }) => !(securityContext as AnyNode).get(key).written);
  if (lacking.length === 0) return undefined;
  return {
    title: `Move ${key} to the containers`,
    safety: 'hardening',
    changes: [
      ...lacking.map(({ securityContext }) => ({ op: 'set', path: [...securityContext.steps, key], value }) as const),
      { op: 'remove', path: node.steps },
    ],
  };
}

function move(node: AnyNode, to: AnyNode): FixProposal | undefined {
  const value = node.raw;
  if (value === undefined || value === null || to.written || !isSecure(String(node.key), value)) return undefined;
  return {
    title: `Move ${String(node.key)}`,
    safety: 'hardening',
    changes: [
      { op: 'set', path: to.steps, value },
      { op: 'remove', path: node.steps },
    ],
  };
}
