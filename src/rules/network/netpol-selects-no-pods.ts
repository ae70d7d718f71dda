import { listNames, networkFact } from '../../engine/facts/network.ts';
import { defineRule, type FixProposal } from '../../engine/rule.ts';
import { type Site, siteAt } from '../../engine/site.ts';
import { formatSelector, isSatisfiable, matches } from '../../k8s/labels.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { type Closest, closestPod, MATCH_OPTIONS, mayBeLabelledLater, onlyCandidate } from './_match.ts';

export default defineRule({
  id: 'netpol-selects-no-pods',
  title: 'NetworkPolicy protects nothing',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  options: MATCH_OPTIONS,
  messages: {
    none: 'podSelector {selector} matches none of the {total} workloads of {where}{closest}',
    never: 'podSelector {selector} contradicts itself and matches no pod at all',
    namespace: 'namespace "{namespace}" is defined nowhere in the input',
    hostNetwork:
      'podSelector {selector} matches host-network pods alone ({names}), to which NetworkPolicies do not usually apply',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    const defined = facts.world.namespaces.filter((namespace) => namespace.defined).length;
    for (const policy of facts.world.policies) {
      const { namespace, data } = policy;
      const selector = data.pods;
      const at = siteAt(policy.ref, ['spec', 'podSelector']);
      if (!isSatisfiable(selector)) {
        context.report(at, 'never', { data: { selector: formatSelector(selector) } });
        continue;
      }
      if (facts.isSystem(namespace)) continue;
      if (!facts.hasPods(namespace)) {
        const elsewhere = namespace.name !== '' && namespace.name !== 'default' && !isUnresolved(namespace.name);
        const unknown = elsewhere && !namespace.defined && (defined >= 2 || project.world === 'closed');
        if (unknown && project.world !== 'open') {
          context.report(siteAt(policy.ref, ['metadata', 'namespace']), 'namespace', {
            data: { namespace: namespace.name },
          });
        }
        continue;
      }
      if (selector.length === 0 || mayBeLabelledLater(selector, context.options)) continue;
      const group = facts.podsAround(namespace);
      const { pods: around, labels } = group;
      if (labels.some(selector, group.hasHosts ? ({ pod }) => pod.hostNetwork !== true : undefined)) continue;
      const hosts = group.hasHosts
        ? labels.filter(selector).filter(({ pod }) => pod.hostNetwork === true && matches(selector, pod) === true)
        : [];
      if (hosts.length > 0) {
        const names = listNames([...new Set(hosts.map(({ workload }) => workload.name))]);
        context.report(at, 'hostNetwork', { data: { selector: formatSelector(selector), names } });
        continue;
      }
      if (project.world === 'open' || (project.world === 'auto' && !labels.usesKeys(selector))) continue;
      const closest = closestPod(around, selector);
      const fix = closest !== undefined && onlyCandidate(around, closest) ? mend(at, closest) : undefined;
      context.report(at, 'none', {
        data: {
          selector: formatSelector(selector),
          total: group.workloads,
          where: facts.describe(namespace),
          closest:
            closest === undefined ? '' : `; "${closest.endpoint.workload.name}" has ${closest.key}=${closest.value}`,
        },
        related:
          closest === undefined ? [] : [{ at: closest.endpoint.ref, message: `has ${closest.key}=${closest.value}` }],
        // Objects that name no namespace often belong to pods that are kept elsewhere.
        ...(closest === undefined && namespace.name === '' && project.world === 'auto' ? { preset: 'strict' } : {}),
        ...(fix === undefined ? {} : { fix }),
      });
    }
  },
  docs: {
    why: 'A policy whose selector matches no pod isolates nobody: the pods that it was written for stay open, and the object looks as if they were not.',
    fix: 'Bring the selector and the labels of the pod template (not those of the Deployment) in line.',
    frameworks: { nsa: ['N2'] },
    equivalents: {
      'kube-linter': ['dangling-networkpolicy'],
      kubescape: ['C-0299'],
      'kube-score': ['networkpolicy-targets-pod'],
    },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource'],
    limits:
      'Says nothing where pods of the namespace are not in the input, where no pod there has any label of that key (unless `world: closed`), and about labels that controllers and operators add at run time (`operatorLabels` names more).',
    examples: {
      bad: [
        {
          title: 'a slip in the value',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: # finding: none
    matchLabels: { app: wbe }
  ingress: []
`,
        },
        {
          title: 'a contradiction',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: # finding: never
    matchLabels: { app: web }
    matchExpressions:
      - { key: app, operator: DoesNotExist }
`,
        },
        {
          title: 'a namespace that is nowhere',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Namespace
metadata: { name: bank }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shpo # finding: namespace
spec:
  podSelector: {}
`,
        },
        {
          title: 'host-network pods',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: agent, namespace: shop, labels: { app: agent } }
spec: { hostNetwork: true, containers: [{ name: agent, image: registry.example.com/agent:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: agent, namespace: shop }
spec:
  podSelector: # finding: hostNetwork
    matchLabels: { app: agent }
`,
        },
      ],
      good: [
        {
          title: 'the labels of the pod',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector:
    matchLabels: { app: web }
  ingress: []
`,
        },
      ],
    },
  },
});

function mend({ node, steps }: Site, { key, value }: Closest): FixProposal | undefined {
  if (node.at(['matchLabels', key]).string === undefined) return undefined;
  return {
    title: `Select ${key}=${value}`,
    safety: 'hardening',
    changes: [{ op: 'set', path: [...steps, 'matchLabels', key], value }],
  };
}
