import { defineRule } from '../../engine/rule.ts';
import { faultsOfMatch } from '../../k8s/gatekeeper/match.ts';
import { CONSTRAINT_GROUP } from '../../k8s/gatekeeper/template.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'gatekeeper-match-ineffective',
  title: 'Constraint whose match finds nothing',
  category: 'policy-engine',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [`*.${CONSTRAINT_GROUP}`, '*.mutations.gatekeeper.sh'],
  messages: {
    match: '{path}: {reason}; the constraint does not apply there',
    field: 'a constraint has no field "{key}" in its spec: the API server drops or refuses it{hint}',
  },
  check({ root, head }, context) {
    const spec: AnyNode = root.get('spec');
    if (head.group === CONSTRAINT_GROUP) {
      for (const [key, node] of spec.entries() as readonly (readonly [string, AnyNode])[]) {
        if (SPEC_FIELDS.includes(key)) continue;
        const meant = didYouMean(key, SPEC_FIELDS);
        context.report(node, 'field', {
          data: { key, hint: meant === undefined ? '' : `, did you mean ${meant}?` },
          atKey: true,
          ...(meant === undefined || spec.get(meant).written
            ? {}
            : {
                fix: {
                  title: `Rename to ${meant}`,
                  safety: 'hardening',
                  changes: [{ op: 'rename', path: node.steps, key: meant }],
                },
              }),
        });
      }
    }
    for (const { node, reason, atKey, value, key } of faultsOfMatch(spec.get('match'))) {
      const fix =
        value !== undefined
          ? ({ title: `Write "${value}"`, safety: 'safe', changes: [{ op: 'set', path: node.steps, value }] } as const)
          : key !== undefined && !node.parent!.get(key).written
            ? ({
                title: `Rename to ${key}`,
                safety: 'safe',
                changes: [{ op: 'rename', path: node.steps, key }],
              } as const)
            : undefined;
      context.report(node, 'match', {
        data: { path: pathInWords(node.steps.slice(head.within.length)), reason },
        ...(atKey === true ? { atKey } : {}),
        ...(fix === undefined ? {} : { fix }),
      });
    }
  },
  docs: {
    why: 'Gatekeeper compares groups and kinds as they are written. A constraint on `pods`, on the group `v1`, or with a misspelt field of `match` is in force and looks at nothing, or at everything.',
    fix: 'Write kinds as in a manifest (`Pod`), groups without version, the core group as `""`.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://open-policy-agent.github.io/gatekeeper/website/docs/howto/#the-match-field'],
    limits:
      'Whether the label selectors select anything, and whether the Rego reads what such kinds have, is not looked at.',
    examples: {
      bad: [
        {
          title: 'groups, kinds and fields',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  match:
    kinds:
      - apiGroups:
          - core # finding
        kinds: [Pod]
      - apiGroups: [""]
        kinds:
          - pods # finding
          - Deployment # finding
      - apiGroups: [apps/v1] # finding
        kinds: [Deployment]
    scope: namespaced # finding
    excludeNamespaces: [kube-system] # finding
    namespaces:
      - team-*-dev # finding`,
        },
        {
          title: 'scope and namespaces that leave nothing',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  match:
    scope: Cluster
    kinds:
      - apiGroups: [""]
        kinds: [Pod] # finding
    namespaces: [a] # finding
    excludedNamespaces: [a, b]
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: old
spec:
  match:
    kinds: [Pod] # finding`,
        },
        {
          title: 'a field beside match',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  matches: # finding: field
    namespaces: [shop]
  labels: [owner] # finding: field`,
        },
      ],
      good: [
        {
          title: 'kinds with their groups',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  match:
    scope: Namespaced
    kinds:
      - apiGroups: [""]
        kinds: [Pod]
      - apiGroups: [apps, extensions]
        kinds: [Deployment]
      - apiGroups: ["*"]
        kinds: ["*"]
      - apiGroups: [example.com]
        kinds: [Guard]
    excludedNamespaces: [kube-*, "*-system"]`,
        },
      ],
    },
  },
});

/** The schema that Gatekeeper makes of a template has these. */
const SPEC_FIELDS: readonly string[] = ['match', 'parameters', 'enforcementAction', 'scopedEnforcementActions'];
