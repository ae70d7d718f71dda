import { isMap, type Value } from '../../../yaml/value.ts';
import { containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import { type Subject, structAt } from '../subject.ts';

/** Where a kubelet is told to call: the handlers that know a host. `exec`, `grpc` and `sleep` have none. */
const PROBES: readonly (readonly string[])[] = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
];

export const hostProbesAndHostLifecycle: PodSecurityCheck = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  versions: [{ since: '1.34', test }],
};

function test(pod: Subject): Offence | undefined {
  const offenders: Offender[] = [];
  for (const member of pod.containers) {
    for (const path of PROBES) {
      let handler: Value | undefined = member.value[path[0]!];
      if (handler === undefined) continue;
      if (path.length === 2 && isMap(handler)) handler = handler[path[1]!];
      if (!isMap(handler)) continue;
      for (const action of ['httpGet', 'tcpSocket']) {
        const host = structAt(handler, action)?.['host'];
        if (typeof host !== 'string' || host === '') continue;
        const what = `${path.join('.')}.${action}.host is "${host}"`;
        offenders.push(containerOffender(member, [...path, action, 'host'], what));
      }
    }
  }
  return offence('probe or lifecycle host', offenders);
}
