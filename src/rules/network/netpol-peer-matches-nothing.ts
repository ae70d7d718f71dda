import { type NetworkFacts, networkFact, type PodGroup } from '../../engine/facts/network.ts';
import { defineRule, type World } from '../../engine/rule.ts';
import { formatSelector, isSatisfiable, type LabelSelector, NAMESPACE_NAME_LABEL } from '../../k8s/labels.ts';
import { CLUSTER_POLICIES, DIRECTIONS, NETWORK_POLICY, type PolicyRule } from '../../k8s/network/objects.ts';
import type { Namespace } from '../../k8s/network/world.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { closestPod, MATCH_OPTIONS, type MatchOptions, mayBeLabelledLater, sharesKeys } from './_match.ts';
import { PEERS_KEY, ruleSite, rulesInForce } from './_policy.ts';

export default defineRule({
  id: 'netpol-peer-matches-nothing',
  title: 'Peer selector matches no pod or no namespace',
  category: 'network',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY, ...CLUSTER_POLICIES],
  facts: [networkFact],
  options: MATCH_OPTIONS,
  messages: {
    pods: 'no workload of {where} has {selector}{closest}',
    namespaces: 'namespaceSelector {selector} matches none of the {total} namespaces; {hint}',
    never: 'selector {selector} contradicts itself and matches nothing',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    const judge = (
      own: Namespace | undefined,
      namespaces: LabelSelector | null,
      pods: LabelSelector | null,
    ): Verdict | undefined => judgePeer(facts, project.world, context.options, own, namespaces, pods);
    for (const policy of facts.world.policies) {
      for (const { direction, index, rule } of rulesInForce(policy)) {
        (rule.peers ?? []).forEach(({ namespaces, pods, block }, at) => {
          if (block !== null || (direction === 'egress' && isDns(rule))) return;
          const verdict = judge(policy.namespace, namespaces, pods);
          if (verdict === undefined) return;
          const node = ruleSite(policy, direction, index, PEERS_KEY[direction], at, verdict.selector);
          context.report(node, verdict.message, {
            data: verdict.data,
            ...(rule.peers!.length === 1 ? { severity: 'medium' } : {}),
          });
        });
      }
    }
    for (const policy of facts.world.clusterPolicies) {
      const { subject } = policy.data;
      const root = policy.ref.root;
      const places: (readonly [LabelSelector, LabelSelector | null, () => AnyNode])[] = [];
      if (subject !== null) places.push([subject.namespaces, subject.pods, () => root.at(['spec', 'subject'])]);
      for (const direction of DIRECTIONS) {
        policy.data[direction].forEach((rule, index) => {
          rule.peers.forEach((peer, at) => {
            if (peer.by !== 'pods') return;
            places.push([
              peer.namespaces,
              peer.pods,
              () => root.at(['spec', direction, index, PEERS_KEY[direction], at]),
            ]);
          });
        });
      }
      for (const [namespaces, pods, place] of places) {
        const verdict = judge(undefined, namespaces, pods);
        if (verdict === undefined) continue;
        const peer = place();
        const inPods = peer.get('pods');
        const node = inPods.present ? inPods.get(verdict.selector) : peer.get('namespaces');
        context.report(node, verdict.message, { data: verdict.data });
      }
    }
  },
  docs: {
    why: 'A peer that matches nothing allows nothing: traffic that was meant to pass is blocked, and whoever mends it in a hurry tends to open too much. The usual slip is to select a namespace by a label `name` that it does not have.',
    fix: 'Select a namespace by the label that the API server keeps on each of them, `kubernetes.io/metadata.name`, and pods by the labels of their template.',
    frameworks: { nsa: ['N2'] },
    equivalents: { 'kube-linter': ['dangling-networkpolicypeer-podselector'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name',
    ],
    limits:
      'Peers that are commonly installed apart from the input (DNS, ingress controllers, monitoring) are left alone, as are namespaces outside the input that are selected by name, and label keys that nothing in the input uses (unless `world: closed`).',
    examples: {
      bad: [
        {
          title: 'a label that the namespace does not have',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Namespace
metadata: { name: front, labels: { team: web } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector: # finding: namespaces
            matchLabels: { name: front }
`,
        },
        {
          title: 'a label that no pod has',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector: # finding: pods
            matchLabels: { app: wbe }
`,
        },
        {
          title: 'a contradiction',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector: # finding: never
            matchExpressions:
              - { key: app, operator: In, values: [web] }
              - { key: app, operator: NotIn, values: [web] }
`,
        },
      ],
      good: [
        {
          title: 'the label that every namespace has',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Namespace
metadata: { name: front, labels: { team: web } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: front }
`,
        },
        {
          title: 'a namespace that is installed by others',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { team: web } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: { name: monitoring }
`,
        },
      ],
    },
  },
});

interface Verdict {
  readonly message: 'pods' | 'namespaces' | 'never';
  readonly selector: 'podSelector' | 'namespaceSelector';
  readonly data: Readonly<Record<'where' | 'selector' | 'closest' | 'total' | 'hint', string | number>>;
}

function judgePeer(
  facts: NetworkFacts,
  world: World,
  options: MatchOptions,
  own: Namespace | undefined,
  namespaces: LabelSelector | null,
  pods: LabelSelector | null,
): Verdict | undefined {
  const say = (
    message: Verdict['message'],
    selector: Verdict['selector'],
    data: Partial<Verdict['data']>,
  ): Verdict => ({
    message,
    selector,
    data: { where: '', selector: '', closest: '', total: 0, hint: '', ...data },
  });
  for (const [name, selector] of [
    ['podSelector', pods],
    ['namespaceSelector', namespaces],
  ] as const) {
    if (selector !== null && !isSatisfiable(selector))
      return say('never', name, { selector: formatSelector(selector) });
  }
  if (world === 'open') return undefined;
  if (namespaces !== null) {
    const meant = facts.meant(namespaces);
    const { candidates } = meant;
    if (candidates.length === 0) return judgeNamespaces(facts, world, namespaces, say);
    if (pods === null || pods.length === 0 || mayBeLabelledLater(pods, options) || isAddOn(pods)) return undefined;
    // Every namespace that may be meant has to be known with its pods.
    const certain = meant.sure.size === candidates.length && candidates.every((namespace) => facts.hasPods(namespace));
    const pinned = namespaces.some(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In');
    if (!certain) return undefined;
    // A namespace outside the input may carry the label as well: then a slip alone is worth a word.
    if (world === 'auto' && !pinned && closestPod(meant.pods.pods, pods) === undefined) return undefined;
    return judgePods(
      candidates.length === 1 ? facts.describe(candidates[0]!) : 'the namespaces it means',
      meant.pods,
      world,
      pods,
      say,
    );
  }
  if (own === undefined || pods === null || pods.length === 0) return undefined;
  if (!facts.hasPods(own) || facts.isSystem(own) || mayBeLabelledLater(pods, options) || isAddOn(pods))
    return undefined;
  return judgePods(facts.describe(own), facts.podsAround(own), world, pods, say);
}

type Say = (message: Verdict['message'], selector: Verdict['selector'], data: Partial<Verdict['data']>) => Verdict;

function judgePods(where: string, there: PodGroup, world: World, pods: LabelSelector, say: Say): Verdict | undefined {
  if (there.labels.some(pods)) return undefined;
  if (world === 'auto' && !there.labels.usesKeys(pods)) return undefined;
  const closest = closestPod(there.pods, pods);
  return say('pods', 'podSelector', {
    where,
    selector: formatSelector(pods),
    closest: closest === undefined ? '' : `; "${closest.endpoint.workload.name}" has ${closest.key}=${closest.value}`,
  });
}

function judgeNamespaces(facts: NetworkFacts, world: World, selector: LabelSelector, say: Say): Verdict | undefined {
  const known = facts.world.namespaces.slice(1);
  const names = new Set(known.map(({ name }) => name));
  const meant = selector.find(
    ({ key, operator, values }) =>
      operator === 'In' && key !== NAMESPACE_NAME_LABEL && values.some((value) => names.has(value)),
  );
  if (world === 'auto') {
    const labelled = known.some(({ defined, labels }) => defined && Object.keys(labels).length > 1);
    const byName = selector.some(
      ({ key, values }) => /(?:^|\/)(?:metadata\.)?name$/.test(key) && !values.some((value) => names.has(value)),
    );
    const used =
      meant !== undefined ||
      sharesKeys(
        selector,
        known.map(({ labels }) => labels),
      );
    if (!labelled || byName || !used) return undefined;
  }
  const sample = known.flatMap(({ labels }) => Object.entries(labels)).find(([key]) => key !== NAMESPACE_NAME_LABEL);
  const hint =
    meant === undefined
      ? sample === undefined
        ? 'they have no labels but their names'
        : `they are labelled like ${sample[0]}=${sample[1]}`
      : `${NAMESPACE_NAME_LABEL}=${meant.values[0]} selects one by its name`;
  return say('namespaces', 'namespaceSelector', { selector: formatSelector(selector), total: known.length, hint });
}

/** Components that a cluster has from elsewhere. */
const ADD_ONS =
  /^(?:kube-dns|coredns|node-local-dns|ingress-nginx|nginx-ingress|traefik|prometheus|grafana|alertmanager|istio.*|istiod|envoy.*|contour|kube-state-metrics|metrics-server|opentelemetry.*|otel.*|fluent.*|vault|cert-manager|linkerd.*|argocd.*)$/;

function isAddOn(selector: LabelSelector): boolean {
  return selector.some(({ operator, values }) => operator === 'In' && values.some((value) => ADD_ONS.test(value)));
}

function isDns({ ports }: PolicyRule): boolean {
  return ports?.some(({ port }) => port === 53) === true;
}
