import { defineRule } from '../../engine/rule.ts';
import { CONSTRAINT_GROUP } from '../../k8s/gatekeeper/template.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'gatekeeper-exclusion-broad',
  title: 'Namespaces that are freed from Gatekeeper’s policies',
  category: 'policy-engine',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [`*.${CONSTRAINT_GROUP}`, 'Config.config.gatekeeper.sh', 'Namespace'],
  messages: {
    constraint: 'constraint "{name}" does not apply in {what}',
    config: 'Gatekeeper looks at nothing in {what}',
    label: 'namespace "{name}" is freed from Gatekeeper by its label admission.gatekeeper.sh/ignore',
  },
  check({ root, head, groupKind }, context) {
    const { name } = head;
    if (groupKind === 'Namespace') {
      if (head.labels[IGNORE] === undefined || isSystemNamespace(name) || name.includes('gatekeeper')) return;
      context.report(root.at(['metadata', 'labels', IGNORE]), 'label', { data: { name }, atKey: true });
      return;
    }
    if (groupKind === 'Config.config.gatekeeper.sh') {
      for (const entry of root.at(['spec', 'match']).items() as readonly AnyNode[]) {
        const processes = entry.get('processes').strings;
        if (!processes.includes('*') && !processes.includes('webhook')) continue;
        for (const node of entry.get('excludedNamespaces').items() as readonly AnyNode[]) {
          const what = broad(node.string);
          if (what !== undefined) context.report(node, 'config', { data: { what }, severity: 'high' });
        }
      }
      return;
    }
    for (const node of root.at(['spec', 'match', 'excludedNamespaces']).items() as readonly AnyNode[]) {
      const what = broad(node.string);
      if (what !== undefined) context.report(node, 'constraint', { data: { name, what } });
    }
  },
  docs: {
    why: 'Whoever may create workloads in a namespace that is left out has no policy to meet.',
    fix: 'Leave out the namespaces of the system by name, and no pattern that user namespaces fall under.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://open-policy-agent.github.io/gatekeeper/website/docs/exempt-namespaces/'],
    limits:
      'Whether Gatekeeper was started with `--exempt-namespace`, without which the label is refused, is not known.',
    examples: {
      bad: [
        {
          title: 'everything, default, production, a label',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  match:
    excludedNamespaces:
      - kube-system
      - default # finding: constraint
      - prod* # finding: constraint
---
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata:
  name: config
  namespace: gatekeeper-system
spec:
  match:
    - excludedNamespaces: ["*"] # finding: config
      processes: ["*"]
---
apiVersion: v1
kind: Namespace
metadata:
  name: team-a
  labels:
    admission.gatekeeper.sh/ignore: "true" # finding: label`,
        },
      ],
      good: [
        {
          title: 'the system',
          in: 'manifests',
          yaml: `apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata:
  name: config
  namespace: gatekeeper-system
spec:
  match:
    - excludedNamespaces: [kube-*, gatekeeper-system]
      processes: ["*"]
    - excludedNamespaces: ["*"]
      processes: [sync]
---
apiVersion: v1
kind: Namespace
metadata:
  name: kube-system
  labels:
    admission.gatekeeper.sh/ignore: "true"`,
        },
      ],
    },
  },
});

const IGNORE = 'admission.gatekeeper.sh/ignore';

function broad(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  if (/^\*+$/.test(pattern)) return 'any namespace';
  if (pattern === 'default' || pattern === 'default*') return 'namespace "default"';
  return /^\*?-?prod/.test(pattern) ? `namespaces "${pattern}"` : undefined;
}
