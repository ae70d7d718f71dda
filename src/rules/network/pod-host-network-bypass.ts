import { listNames, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { matches } from '../../k8s/labels.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';

export default defineRule({
  id: 'pod-host-network-bypass',
  title: 'hostNetwork or hostPort escapes a NetworkPolicy',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  supersedes: ['host-network', 'host-port'],
  options: NODE_AGENT_OPTIONS,
  messages: {
    network:
      'hostNetwork puts the pod on the address of its node, where NetworkPolicy {policies} usually does not apply{note}',
    port: 'hostPort {port} opens the pod at the address of its node, past what NetworkPolicy {policies} says of its peers{note}',
  },
  check(project, context) {
    const facts = project.fact(networkFact);
    if (facts.world.policies.length === 0) return;
    for (const endpoint of facts.world.endpoints) {
      const { namespace, pod, ref, podIndex } = endpoint;
      const hostPorts = pod.ports.filter(({ hostPort }) => hostPort !== undefined);
      if (pod.hostNetwork !== true && hostPorts.length === 0) continue;
      const policies = facts
        .policiesOn(namespace, pod.labels)
        .filter(
          ({ data }) =>
            (pod.hostNetwork === true || data.isolates.ingress) && matches(data.pods, { labels: pod.labels }) === true,
        );
      if (policies.length === 0) continue;
      const view = ref.pods[podIndex];
      if (view === undefined) continue;
      const agent = judgeNodeAgent('high', view, context.options);
      if (agent === undefined) continue;
      const names = listNames(policies.map(({ name }) => name));
      const related = policies
        .slice(0, 5)
        .map((policy) => ({ at: policy.ref, message: `"${policy.name}" selects the pod` }));
      if (pod.hostNetwork === true) {
        context.report(view.spec.get('hostNetwork'), 'network', {
          data: { policies: names, note: agent.note },
          related,
          ...(agent.severity === 'high' ? {} : { severity: agent.severity }),
        });
        continue;
      }
      for (const { hostPort, at } of hostPorts) {
        const node = view.spec.at([...at, 'hostPort']);
        const address = view.spec.at([...at, 'hostIP']).string;
        const local = address === '127.0.0.1' || address === '::1';
        context.report(node, 'port', {
          data: { port: hostPort!, policies: names, note: agent.note },
          related,
          severity: agent.severity === 'info' ? 'info' : local ? 'low' : 'medium',
        });
      }
    }
  },
  docs: {
    why: 'A pod on the network of its node is for most network plugins the node itself: policies neither select nor isolate it, and it can reach what they keep from other pods. A hostPort lets everybody who reaches the node reach the pod, with the address of the node as source in many set-ups.',
    fix: 'Leave the host network, or publish the port with a Service. Where the pod has to stay there, do not count on a NetworkPolicy for it.',
    frameworks: { cis: ['5.2.5', '5.2.13'], nsa: ['P4', 'N2'], mitre: ['T1610', 'T1046'] },
    equivalents: {
      trivy: ['KSV-0009', 'KSV-0024'],
      kubescape: ['C-0041', 'C-0044'],
      checkov: ['CKV_K8S_19', 'CKV_K8S_26'],
      'kube-linter': ['host-network'],
    },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods',
    ],
    limits:
      'Speaks only of pods that a NetworkPolicy of the input selects; all others are the matter of `host-network` and `host-port`, which are silent where this rule speaks.',
    examples: {
      bad: [
        {
          title: 'a policy that does not apply',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      hostNetwork: true # finding: network
      containers: [{ name: web, image: registry.example.com/web:1.0.0 }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  podSelector: {}
`,
        },
        {
          title: 'a port of the node',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec:
  containers:
    - name: web
      image: registry.example.com/web:1.0.0
      ports:
        - containerPort: 8080
          hostPort: 80 # finding: port
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  ingress:
    - from:
        - podSelector: {}
`,
        },
      ],
      good: [
        {
          title: 'on the pod network',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      hostNetwork: false
      containers: [{ name: web, image: registry.example.com/web:1.0.0 }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  podSelector: {}
`,
        },
      ],
    },
  },
});
