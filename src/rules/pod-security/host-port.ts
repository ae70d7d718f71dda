import { defineRule } from '../../engine/rule.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';

export default defineRule({
  id: 'host-port',
  title: 'Port opened on the node',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'container',
  options: NODE_AGENT_OPTIONS,
  messages: {
    open: 'container "{name}" opens port {port} on every address of the node{note}',
    loopback: 'container "{name}" opens port {port} on the loopback of the node{note}',
    address: 'container "{name}" opens port {port} on address {address} of the node{note}',
  },
  check(container, context) {
    const ports = container.node.get('ports');
    if (!ports.isList || container.kind === 'init') return;
    for (const port of ports.items()) {
      const hostPort = port.get('hostPort');
      const number = hostPort.number;
      if (number === undefined || number === 0) continue;
      // On the host network both are the same port, and host-network tells it.
      if (container.pod.spec.get('hostNetwork').boolean === true && number === port.get('containerPort').number)
        continue;
      const hostIP = port.get('hostIP');
      const address = hostIP.string ?? '';
      const loopback = address.startsWith('127.') || address === '::1';
      const judged = judgeNodeAgent(loopback ? 'low' : 'medium', container, context.options);
      if (judged === undefined) continue;
      const { severity, note } = judged;
      const data = { name: container.name, port: number, note };
      const fix = {
        title: 'Close the port on the node',
        safety: 'hardening',
        changes: [
          { op: 'remove', path: hostPort.steps },
          ...(hostIP.written ? [{ op: 'remove', path: hostIP.steps } as const] : []),
        ],
      } as const;
      if (loopback) context.report(hostPort, 'loopback', { data, severity, fix });
      else if (address === '' || address === '0.0.0.0' || address === '::') {
        context.report(hostPort, 'open', { data, severity, fix });
      } else context.report(hostPort, 'address', { data: { ...data, address }, severity, fix });
    }
  },
  docs: {
    why: 'A port of the node is open to whoever reaches the node, past Services and often past NetworkPolicy, and it ties the pod to one node at a time.',
    fix: 'Remove `hostPort` and offer the port by a Service.',
    frameworks: { cis: ['5.2.12'], nsa: ['P4'], mitre: ['T1133'], pss: 'baseline' },
    equivalents: {
      trivy: ['KSV-0024'],
      checkov: ['CKV_K8S_26'],
      kubescape: ['C-0044'],
      polaris: ['hostPortSet'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [
        {
          title: 'on every address, on one, on the loopback',
          in: 'pod',
          yaml: 'containers:\n  - name: web\n    image: registry.example.com/web:1.0.0\n    ports:\n      - containerPort: 80\n        hostPort: 80 # finding: open\n      - containerPort: 81\n        hostPort: 81 # finding: address\n        hostIP: 10.0.0.1\n      - containerPort: 82\n        hostPort: 82 # finding: loopback\n        hostIP: 127.0.0.1',
        },
      ],
      good: [
        { title: 'the port of the container alone', in: 'container', yaml: 'ports:\n  - containerPort: 80' },
        { title: '0 is unset', in: 'container', yaml: 'ports:\n  - containerPort: 80\n    hostPort: 0' },
        {
          title: 'the host network opens every port anyway',
          in: 'pod',
          yaml: 'hostNetwork: true\ncontainers:\n  - name: web\n    image: registry.example.com/web:1.0.0\n    ports:\n      - containerPort: 80\n        hostPort: 80',
        },
      ],
    },
  },
});
