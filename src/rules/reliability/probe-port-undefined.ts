import { defineRule } from '../../engine/rule.ts';
import { nearest } from '../../text/nearest.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'probe-port-undefined',
  title: 'Probe of a port that the container does not name',
  category: 'reliability',
  severity: 'medium',
  preset: 'all',
  on: 'container',
  messages: {
    unknown: '{probe} of container "{name}" asks for port "{port}", which the container does not name{closest}',
  },
  check(container, context) {
    const raw = container.node.raw as Readonly<Record<string, unknown>>;
    for (const probe of PROBES) {
      if (raw[probe] === undefined) continue;
      for (const handler of ['httpGet', 'tcpSocket'] as const) {
        const port: AnyNode = (container.node as AnyNode).at([probe, handler, 'port']);
        // The API server takes a string of digits for a name, too, but the kubelet then reads it as a number.
        if (port.string === undefined || !/[a-z]/i.test(port.string) || /[{$]/.test(port.string)) continue;
        const names = (container.node.get('ports').items() as readonly AnyNode[]).map(
          (each) => each.get('name').string ?? '',
        );
        if (names.includes(port.string)) continue;
        const closest = nearest(port.string, names);
        context.report(port, 'unknown', {
          data: {
            probe,
            name: container.name,
            port: port.string,
            closest: closest === undefined ? '' : `, did you mean "${closest}"`,
          },
        });
      }
    }
  },
  docs: {
    why: 'The probe fails for ever: the container is restarted over and over, or never gets traffic.',
    fix: 'Name the port in `ports`, or give its number.',
    frameworks: {},
    equivalents: { 'kube-linter': ['liveness-port', 'readiness-port', 'startup-port'] },
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
    ],
    examples: {
      bad: [
        {
          title: 'a typo',
          in: 'container',
          yaml: 'ports:\n  - name: http\n    containerPort: 8080\nreadinessProbe:\n  httpGet:\n    port: htpp # finding',
        },
      ],
      good: [
        { title: 'a number', in: 'container', yaml: 'readinessProbe:\n  tcpSocket:\n    port: 8080' },
        {
          title: 'a name',
          in: 'container',
          yaml: 'ports:\n  - name: http\n    containerPort: 8080\nlivenessProbe:\n  httpGet:\n    port: http',
        },
      ],
    },
  },
});

const PROBES: readonly string[] = ['livenessProbe', 'readinessProbe', 'startupProbe'];
