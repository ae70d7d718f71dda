import { defineRule } from '../../engine/rule.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { calledHosts } from '../../k8s/pod-security/checks/host-probes-and-host-lifecycle.ts';
import { isMap } from '../../yaml/value.ts';

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '::1'];
const METADATA: readonly string[] = ['169.254.169.254', 'metadata.google.internal', 'fd00:ec2::254'];

export default defineRule({
  id: 'probe-host-set',
  title: 'Probe or hook makes the kubelet call another host',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  expectedOfControlPlane: true,
  on: 'container',
  options: NODE_AGENT_OPTIONS,
  messages: {
    other:
      '{handler} of container "{name}" makes the kubelet call host "{host}" from the network of the node; Pod Security "baseline" forbids it from 1.34 on{note}',
    loopback:
      '{handler} of container "{name}" calls "{host}", which is the loopback of the node and not of the pod{note}',
    own: '{handler} of container "{name}" calls "{host}"; Pod Security "baseline" forbids a host from 1.34 on{note}',
  },
  check(container, context) {
    const { raw } = container.node;
    if (!isMap(raw)) return;
    for (const { path, host } of calledHosts(raw)) {
      if (isUnresolved(host)) continue;
      const node = container.node.at(path);
      const onHostNetwork = container.pod.spec.get('hostNetwork').boolean === true;
      const message = !LOOPBACK.includes(host) ? 'other' : onHostNetwork ? 'own' : 'loopback';
      const handler = path[0] === 'lifecycle' ? `${path[1]} hook` : String(path[0]);
      const judged = judgeNodeAgent(
        message === 'own' ? 'low' : METADATA.includes(host) ? 'high' : 'medium',
        container,
        context.options,
      );
      if (judged === undefined) continue;
      context.report(node, message, {
        data: { handler, name: container.name, host, note: judged.note },
        severity: judged.severity,
        fix: {
          title: 'Call the pod itself',
          safety: 'hardening',
          changes: [{ op: 'remove', path: node.steps }],
        },
      });
    }
  },
  docs: {
    why: "Probes and hooks are sent by the kubelet, from the node's network and again and again. With a `host` of their choice, whoever writes pods calls services that only nodes reach, such as cloud metadata.",
    fix: 'Remove `host`: the kubelet then calls the address of the pod. Where a program listens on its loopback only, use an `exec` probe.',
    frameworks: { mitre: ['T1046'], pss: 'baseline' },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
    ],
    examples: {
      bad: [
        {
          title: 'probes and a hook',
          in: 'container',
          yaml: 'livenessProbe:\n  httpGet:\n    host: 10.0.0.1 # finding: other\n    port: 80\nreadinessProbe:\n  tcpSocket:\n    host: localhost # finding: loopback\n    port: 80\nlifecycle:\n  preStop:\n    httpGet:\n      host: 169.254.169.254 # finding: other\n      port: 80',
        },
        {
          title: 'a control plane that listens on its loopback',
          in: 'pod',
          yaml: 'hostNetwork: true\ncontainers:\n  - name: scheduler\n    image: registry.example.com/scheduler:1.0.0\n    livenessProbe:\n      httpGet:\n        host: 127.0.0.1 # finding: own\n        port: 10259',
        },
      ],
      good: [
        {
          title: 'the pod itself',
          in: 'container',
          yaml: 'livenessProbe:\n  httpGet:\n    path: /healthz\n    port: 80\nreadinessProbe:\n  tcpSocket:\n    host: ""\n    port: 80',
        },
      ],
    },
  },
});
