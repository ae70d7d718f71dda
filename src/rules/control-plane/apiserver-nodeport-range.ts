import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-nodeport-range',
  title: 'NodePort range is too wide or covers services of the node',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { range: 'NodePort range {range} {fault}' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const flag = view.flag('service-node-port-range');
      const range = flag?.known === true ? portRange(flag.value) : undefined;
      if (flag === undefined || range === undefined) continue;
      const { low, high } = range;
      const taken = NODE_PORTS.find(([port]) => port >= low && port <= high);
      const { node, ...place } = flag.place;
      const report = (fault: string, severity: 'medium' | 'low'): void =>
        context.report(node, 'range', { ...place, data: { range: flag.value, fault }, severity });
      if (low < 1024) report('covers privileged ports', 'medium');
      else if (taken !== undefined) report(`covers port ${taken[0]} (${taken[1]})`, 'medium');
      else if (high - low + 1 > DEFAULT_SIZE * 1.5) report(`holds ${high - low + 1} ports`, 'medium');
      else if (high >= 32_768 && low < 30_000)
        report('overlaps the ports that Linux gives to outgoing connections', 'low');
    }
  },
  docs: {
    why: 'Everyone who may create a Service may open a port of this range on every node. Where the range covers ports of the node itself, a Service can take the place of the kubelet, of etcd or of sshd; where it is wide, no firewall in front of it means much.',
    fix: 'Keep the default `30000-32767`, or a part of it.',
    frameworks: { nsa: ['N4'], mitre: ['T1133'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport'],
    examples: {
      bad: [
        {
          title: 'every port',
          in: 'container',
          yaml: example('kube-apiserver', ['--service-node-port-range=1-65535 # finding: range']),
        },
        {
          title: 'the port of the kubelet',
          in: 'container',
          yaml: example('kube-apiserver', ['--service-node-port-range=10000-11000 # finding: range']),
        },
      ],
      good: [
        {
          title: 'a part of the default',
          in: 'container',
          yaml: example('kube-apiserver', ['--service-node-port-range=30000-30100']),
        },
      ],
    },
  },
});

const DEFAULT_SIZE = 2768;

const NODE_PORTS: readonly (readonly [port: number, service: string])[] = [
  [2379, 'etcd'],
  [2380, 'etcd'],
  [6443, 'the API server'],
  [10250, 'the kubelet'],
  [10255, 'the kubelet'],
  [10256, 'kube-proxy'],
  [10257, 'the controller manager'],
  [10259, 'the scheduler'],
];

/** `30000-32767`, `30000+2767`, or one port, as k8s.io/apimachinery/pkg/util/net reads it. */
function portRange(text: string): { readonly low: number; readonly high: number } | undefined {
  const match = /^\s*(\d+)(?:([-+])(\d+))?\s*$/.exec(text);
  if (match === null) return undefined;
  const low = Number(match[1]);
  const second = match[3] === undefined ? low : Number(match[3]);
  return { low, high: match[2] === '+' ? low + second : second };
}
