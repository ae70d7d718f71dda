import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { type LabelSelector, matches, NAMESPACE_NAME_LABEL } from '../../k8s/labels.ts';
import type { PortEntry } from '../../k8s/network/objects.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import { describePorts, ruleSite, rulesInForce } from './_policy.ts';

export default defineRule({
  id: 'netpol-from-all-namespaces',
  title: 'Ingress rule admits pods of every namespace',
  category: 'network',
  severity: 'medium',
  preset: 'strict',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  messages: { all: '{rule} of "{policy}" admits pods of {which} on {ports}' },
  check(project, context) {
    const facts = project.fact(networkFact);
    const named = facts.world.namespaces.filter(({ name }) => name !== '');
    for (const policy of facts.world.policies) {
      for (const { direction, index, rule, name } of rulesInForce(policy)) {
        if (direction === 'egress' || rule.peers === null) continue;
        if (facts.isSystem(policy.namespace) && isDns(rule.ports)) continue;
        for (let at = 0; at < rule.peers.length; at++) {
          const { namespaces, pods } = rule.peers[at]!;
          if (namespaces === null || (pods !== null && pods.length > 0)) continue;
          const whole = admitsAll(namespaces);
          const known =
            project.world === 'closed' &&
            named.length >= 3 &&
            named.every((each) => matches(namespaces, each) === true);
          if (!whole && !known) continue;
          context.report(ruleSite(policy, direction, index, 'from', at, 'namespaceSelector'), 'all', {
            data: {
              rule: name,
              policy: policy.name,
              which: namespaces.length === 0 ? 'every namespace' : 'every namespace but those it excludes',
              ports: describePorts(rule.ports),
            },
            ...(isMetrics(rule.ports) ? { severity: 'low' } : {}),
          });
        }
      }
    }
  },
  docs: {
    why: 'A peer that selects every namespace lets any tenant of the cluster in. The boundary that namespaces are meant to be is then none for these pods.',
    fix: `Name the namespace, by the label that the API server keeps on each of them:

\`\`\`yaml
- namespaceSelector:
    matchLabels: { kubernetes.io/metadata.name: frontend }
\`\`\`

Where pods of the same namespace are meant, leave the namespaceSelector out and write a podSelector.`,
    frameworks: { cis: ['5.3.2'], nsa: ['N2'], mitre: ['T1210'] },
    equivalents: { trivy: ['KSV-0038'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name',
    ],
    examples: {
      bad: [
        {
          title: 'an empty namespaceSelector',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector: {} # finding
      ports:
        - port: 8080
`,
        },
        {
          title: 'all but one',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector: # finding
            matchExpressions:
              - { key: kubernetes.io/metadata.name, operator: NotIn, values: [sandbox] }
`,
        },
      ],
      good: [
        {
          title: 'one namespace',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: frontend }
`,
        },
        {
          title: 'certain pods of any namespace',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector: {}
          podSelector:
            matchLabels: { app.kubernetes.io/name: prometheus }
`,
        },
      ],
    },
  },
});

/** Every namespace has the label with its name: asking for it, or excluding one, leaves all others. */
function admitsAll(selector: LabelSelector): boolean {
  return selector.every(
    ({ key, operator, values }) =>
      key === NAMESPACE_NAME_LABEL && (operator === 'Exists' || (operator === 'NotIn' && values.length <= 1)),
  );
}

function isDns(ports: readonly PortEntry[] | null): boolean {
  const all = ports?.every(({ port, protocol }) => DNS_PORTS.includes(port) && protocol !== 'SCTP');
  return all === true;
}

const DNS_PORTS: readonly (number | string | null)[] = [53, 'dns', 'dns-tcp'];

function isMetrics(ports: readonly PortEntry[] | null): boolean {
  const all = ports?.every(({ port }) =>
    typeof port === 'string' ? /metrics/.test(port) : port !== null && port >= 9090 && port <= 9153,
  );
  return all === true;
}
