import { defineRule, type FixProposal } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { LABEL_PREFIX, MODES } from '../../k8s/pod-security/labels.ts';
import { parseLevel, parsePolicyVersion } from '../../k8s/pod-security/level.ts';
import { distance } from '../../k8s/schema/did-you-mean.ts';
import { nearest } from '../../text/nearest.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';

const SUFFIXES: readonly string[] = MODES.flatMap((mode) => [mode, `${mode}-version`]);

export default defineRule({
  id: 'psa-label-invalid',
  title: 'Pod Security label that does not do what it says',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Namespace'],
  messages: {
    level:
      '{key} is "{value}", which is none of privileged, baseline and restricted: the API server refuses it, and where it is stored it acts as {effect}',
    version:
      '{key} is "{value}", which is neither "latest" nor "v1.N": the API server refuses it, and where it is stored it acts as latest',
    unknown: 'label {key} is unknown to Pod Security and has no effect',
    meant: 'label {key} is unknown to Pod Security and has no effect; did you mean {right}?',
    annotation: '{key} is an annotation here, and Pod Security reads labels',
    alone: '{key} has no effect without {level}, unless the cluster is configured to a default level',
    newer: '{key} is "{value}", newer than Kubernetes {version}, and means latest there',
  },
  check(resource, context) {
    const { metadata } = resource;
    const labels: AnyNode = metadata.get('labels');
    const annotations: AnyNode = metadata.get('annotations');
    for (const [key, node] of entriesOf(annotations)) {
      const suffix = key.startsWith(LABEL_PREFIX) ? key.slice(LABEL_PREFIX.length) : '';
      if (SUFFIXES.includes(suffix)) context.report(node, 'annotation', { data: { key }, atKey: true });
    }
    for (const [key, node] of entriesOf(labels)) {
      if (!key.startsWith(LABEL_PREFIX)) {
        const right = meantKey(key);
        if (right !== undefined) context.report(node, 'meant', { data: { key, right }, atKey: true });
        continue;
      }
      const suffix = key.slice(LABEL_PREFIX.length);
      if (!SUFFIXES.includes(suffix)) {
        const right = nearest(suffix, SUFFIXES);
        if (right === undefined) context.report(node, 'unknown', { data: { key }, atKey: true });
        else context.report(node, 'meant', { data: { key, right: LABEL_PREFIX + right }, atKey: true });
        continue;
      }
      // A label without a value is the empty string; a boolean or a number is a matter of the schema.
      const value: string | undefined = node.raw === null ? '' : node.string;
      if (value === undefined || isUnresolved(value)) continue;
      if (suffix.endsWith('-version')) versionOf(key, value, node);
      else if (parseLevel(value) === undefined) {
        const right = parseLevel(value.trim().toLowerCase());
        context.report(node, 'level', {
          data: { key, value, effect: suffix === 'enforce' ? 'restricted' : 'privileged' },
          ...(right === undefined ? {} : { fix: rewrite(node, right) }),
        });
      }
    }

    function versionOf(key: string, value: string, node: AnyNode): void {
      const version = parsePolicyVersion(value);
      if (version === undefined) {
        const minor = /^v?1\.0*(\d+)(?:\.\d+)?$/.exec(value)?.[1];
        context.report(node, 'version', {
          data: { key, value },
          ...(minor === undefined ? {} : { fix: rewrite(node, `v1.${Number(minor)}`) }),
        });
        return;
      }
      const level = key.slice(0, -'-version'.length);
      if (!labels.get(level).written) {
        context.report(node, 'alone', { data: { key, level }, severity: 'low', atKey: true });
      } else if (version !== 'latest' && version > context.minor) {
        context.report(node, 'newer', { data: { key, value, version: context.version }, severity: 'low' });
      }
    }
  },
  docs: {
    why: 'Pod Security knows three levels, versions such as `v1.30` and six labels, to the letter. A wrong value is refused when the namespace is made; where it is stored all the same, a wrong enforce level acts as restricted and a wrong audit or warn level as privileged. A wrong key says nothing at all, and the namespace is open.',
    fix: 'Write `pod-security.kubernetes.io/enforce: baseline` (or `audit`, `warn`), and versions as `v1.30` or `latest`.',
    frameworks: { cis: ['5.2.1'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
    examples: {
      bad: [
        {
          title: 'values',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: strict # finding: level\n    pod-security.kubernetes.io/enforce-version: "1.30" # finding: version\n    pod-security.kubernetes.io/warn: Baseline # finding: level\n    pod-security.kubernetes.io/audit: restricted\n    pod-security.kubernetes.io/audit-version: v1.99 # finding: newer\n',
        },
        {
          title: 'keys',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  annotations:\n    pod-security.kubernetes.io/enforce: restricted # finding: annotation\n  labels:\n    pod-security.kubernetes.io/enforced: restricted # finding: meant\n    pod-security.k8s.io/enforce: restricted # finding: meant\n    pod-security.kubernetes.io/warn-version: v1.30 # finding: alone\n    pod-security.kubernetes.io/mutate-everything: baseline # finding: unknown\n',
        },
      ],
      good: [
        {
          title: 'labels as they should be',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n    pod-security.kubernetes.io/enforce-version: v1.30\n    pod-security.kubernetes.io/warn: restricted\n    pod-security.kubernetes.io/warn-version: latest\n',
        },
      ],
    },
  },
});

function entriesOf(map: AnyNode): readonly (readonly [string, AnyNode])[] {
  if (!isMap(map.raw)) return [];
  return Object.keys(map.raw)
    .filter((key) => key.includes('security'))
    .map((key) => [key, map.get(key)] as const);
}

/** The label that a key with another prefix stands for: `pod-security.k8s.io/enforce`, `podsecurity.kubernetes.io/…`. */
function meantKey(key: string): string | undefined {
  const slash = key.indexOf('/');
  const dot = key.startsWith(LABEL_PREFIX.replace('/', '.')) ? LABEL_PREFIX.length - 1 : -1;
  const cut = slash === -1 ? dot : slash;
  if (cut === -1 || !SUFFIXES.includes(key.slice(cut + 1))) return undefined;
  const prefix = key.slice(0, cut);
  const right = LABEL_PREFIX.slice(0, -1);
  const near = prefix === right || prefix === 'pod-security.k8s.io' || distance(prefix, right, 2) <= 2;
  return near ? LABEL_PREFIX + key.slice(cut + 1) : undefined;
}

function rewrite(node: AnyNode, value: string): FixProposal {
  return { title: `Write ${value}`, safety: 'safe', changes: [{ op: 'set', path: node.steps, value }] };
}
