import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { formatSelector, type LabelSelector, matches } from '../../k8s/labels.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import type { Policy } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { PEERS_KEY, ruleSite, rulesInForce } from './_policy.ts';

export default defineRule({
  id: 'netpol-and-or-pitfall',
  title: 'Two list items where one combined peer was probably meant',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  supersedes: ['netpol-peer-matches-nothing'],
  messages: {
    meant:
      '{rule} of "{policy}" has namespaceSelector and podSelector as two items and so allows all pods of namespaces {namespaces}, or pods {pods} of {where}; {evidence}',
    verify:
      '{rule} of "{policy}" has namespaceSelector and podSelector as two items: either of them is enough, verify that this is meant',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    for (const policy of facts.world.policies) {
      for (const { direction, index, rule, name } of rulesInForce(policy)) {
        const selectors = (rule.peers ?? []).map((peer, at) => ({ ...peer, at })).filter(({ block }) => block === null);
        if (selectors.length !== 2) continue;
        const [first, second] = selectors as [(typeof selectors)[0], (typeof selectors)[0]];
        const byNamespace = [first, second].find(({ namespaces, pods }) => namespaces !== null && pods === null);
        const byPods = [first, second].find(({ namespaces, pods }) => namespaces === null && pods !== null);
        if (byNamespace?.namespaces == null || byPods?.pods == null || second.at !== first.at + 1) continue;
        if (byPods.pods.length === 0) continue;
        const peers = ruleSite(policy, direction, index, PEERS_KEY[direction]);
        const evidence = evidenceOf(facts, policy, byNamespace.namespaces, byPods.pods) ?? wordsOf(peers.node);
        const at = ruleSite(policy, direction, index, PEERS_KEY[direction], byPods.at, 'podSelector');
        if (evidence === undefined) {
          context.report(at, 'verify', {
            data: { rule: name, policy: policy.name },
            severity: 'low',
            preset: 'strict',
          });
          continue;
        }
        context.report(at, 'meant', {
          data: {
            rule: name,
            policy: policy.name,
            namespaces: formatSelector(byNamespace.namespaces),
            pods: formatSelector(byPods.pods),
            where: facts.describe(policy.namespace),
            evidence,
          },
          fix: {
            title: 'Join both into one peer',
            safety: 'hardening',
            changes: () => {
              const value = { ...raw(peers.node.at([byNamespace.at])), ...raw(peers.node.at([byPods.at])) };
              return [
                { op: 'set', path: [...peers.steps, first.at], value },
                { op: 'remove', path: [...peers.steps, second.at] },
              ];
            },
          },
        });
      }
    }
  },
  docs: {
    why: 'Items of a `from` or `to` list are alternatives. With a dash too many, a peer that was meant as "these pods in those namespaces" admits every pod of those namespaces.',
    fix: `Both selectors in one item, without the second dash:

\`\`\`yaml
- from:
    - namespaceSelector:
        matchLabels: { team: monitoring }
      podSelector:
        matchLabels: { app: prometheus }
\`\`\``,
    frameworks: { nsa: ['N2'], mitre: ['T1210'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors',
    ],
    limits:
      'Reported where something shows that both were meant together: the pods exist in the selected namespaces and not in the own one, or a comment says so. Without that it is low and part of `strict`.',
    examples: {
      bad: [
        {
          title: 'the pods live in the other namespace',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: monitoring, labels: { team: observability } }
---
apiVersion: v1
kind: Pod
metadata: { name: prometheus, namespace: monitoring, labels: { app: prometheus } }
spec: { containers: [{ name: prometheus, image: registry.example.com/prometheus:3.0.0 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: { team: observability }
        - podSelector: # finding: meant
            matchLabels: { app: prometheus }
`,
        },
        {
          title: 'nothing shows which was meant',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: { team: observability }
        - podSelector: # finding: verify
            matchLabels: { app: prometheus }
`,
        },
      ],
      good: [
        {
          title: 'one item',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: { team: observability }
          podSelector:
            matchLabels: { app: prometheus }
`,
        },
        {
          title: 'the usual way to say "and my own namespace"',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: { team: observability }
        - podSelector: {}
`,
        },
      ],
    },
  },
});

function evidenceOf(
  facts: NetworkFacts,
  policy: Policy<Resource>,
  namespaces: LabelSelector,
  pods: LabelSelector,
): string | undefined {
  if (!facts.hasPods(policy.namespace) || facts.podsAround(policy.namespace).labels.some(pods)) return undefined;
  const meant = facts.meant(namespaces);
  const there = meant.pods.labels.find(
    pods,
    ({ namespace, pod }) => meant.sure.has(namespace) && matches(pods, pod) === true,
  );
  if (there !== undefined) return `such pods are in ${facts.describe(there.namespace)} and not in the own one`;
  const excluded = matches(namespaces, policy.namespace) === false;
  return excluded ? 'the own namespace has no such pod' : undefined;
}

/** A comment at the list that speaks of pods in a namespace. */
function wordsOf(peers: AnyNode): string | undefined {
  const { start, end } = peers.entrySpan;
  const { text } = peers.document.file;
  const above = text.lastIndexOf('\n', text.lastIndexOf('\n', start) - 1);
  const comment = /#[^\n]*\bpods?\b[^\n]*\b(?:in|within|of|inside|from)\b[^\n]*\bnamespaces?\b/i.test(
    text.slice(above + 1, end),
  );
  return comment ? 'the comment speaks of pods in a namespace' : undefined;
}

function raw(node: AnyNode): object {
  return typeof node.raw === 'object' && node.raw !== null ? node.raw : {};
}
