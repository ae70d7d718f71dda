import { defineRule } from '../../engine/rule.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import type { PodView } from '../../k8s/pod.ts';
import { addsCapability } from './_hardening.ts';

const INGRESS_IMAGE = /(?:^|\/)(?:ingress-nginx\/controller|traefik|haproxy-ingress[^/:@]*)(?:[:@]|$)/;

export default defineRule({
  id: 'host-network',
  title: 'Host network namespace',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  expectedOfControlPlane: true,
  on: 'pod',
  options: NODE_AGENT_OPTIONS,
  messages: {
    shared:
      "pod shares the node's network: it reaches services on the loopback and cloud metadata, and NetworkPolicy does not hold it{note}",
    captures:
      'pod shares the node\'s network and container "{name}" holds {capability}: it can read and forge the node\'s traffic{note}',
  },
  check(pod, context) {
    const hostNetwork = pod.spec.get('hostNetwork');
    if (hostNetwork.boolean !== true) return;
    const judged = judgeNodeAgent(isIngressController(pod) ? 'medium' : 'high', pod, context.options);
    if (judged === undefined) return;
    const dnsPolicy = pod.spec.get('dnsPolicy');
    const { severity, note } = judged;
    const fix = {
      title: 'Leave the network of the node',
      safety: 'hardening',
      changes: [
        { op: 'remove', path: hostNetwork.steps },
        // Without hostNetwork this policy means the same as the default.
        ...(dnsPolicy.string === 'ClusterFirstWithHostNet' ? [{ op: 'remove', path: dnsPolicy.steps } as const] : []),
      ],
    } as const;
    for (const container of pod.containers) {
      const capability = ['NET_ADMIN', 'NET_RAW'].find((each) => addsCapability(container, each));
      if (capability === undefined) continue;
      context.report(hostNetwork, 'captures', { data: { name: container.name, capability, note }, severity, fix });
      return;
    }
    context.report(hostNetwork, 'shared', { data: { note }, severity, fix });
  },
  docs: {
    why: "In the node's network a pod reaches what listens on the loopback only, such as the kubelet's and the control plane's own ports, and the cloud's metadata service in the node's name. NetworkPolicy generally does not apply to it.",
    fix: 'Remove `hostNetwork`, and offer ports by a Service.',
    frameworks: { cis: ['5.2.5'], nsa: ['P4'], mitre: ['T1611', 'T1046', 'T1552.005'], pss: 'baseline' },
    equivalents: {
      'kube-linter': ['host-network'],
      trivy: ['KSV-0009'],
      checkov: ['CKV_K8S_19'],
      kubescape: ['C-0041'],
      polaris: ['hostNetworkSet'],
      kubeaudit: ['NamespaceHostNetworkTrue'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [
        { title: 'the network of the node', in: 'pod', yaml: 'hostNetwork: true # finding: shared' },
        {
          title: 'with the means to capture traffic',
          in: 'pod',
          yaml: 'hostNetwork: true # finding: captures\ncontainers:\n  - name: sniffer\n    image: registry.example.com/sniffer:1.0.0\n    securityContext:\n      capabilities:\n        add: [NET_RAW]',
        },
      ],
      good: [{ title: 'a network of its own', in: 'pod', yaml: 'hostNetwork: false' }],
    },
  },
});

/** Controllers that take in the traffic of the node are often meant to. */
function isIngressController({ containers }: PodView): boolean {
  return containers.some(({ node }) => INGRESS_IMAGE.test(node.get('image').string ?? ''));
}
