import { isMap, type Value, type ValueMap } from '../../../yaml/value.ts';
import { and, containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
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

/** Hosts that the kubelet is told to call for a container, with their paths from it. */
export function calledHosts(
  container: ValueMap,
): readonly { readonly path: readonly string[]; readonly host: string }[] {
  let found: { readonly path: readonly string[]; readonly host: string }[] | undefined;
  for (const path of PROBES) {
    let handler: Value | undefined = container[path[0]!];
    if (handler === undefined) continue;
    if (path.length === 2 && isMap(handler)) handler = handler[path[1]!];
    if (!isMap(handler)) continue;
    for (const action of ['httpGet', 'tcpSocket']) {
      const host = structAt(handler, action)?.['host'];
      if (typeof host !== 'string' || host === '') continue;
      found ??= [];
      found.push({ path: [...path, action, 'host'], host });
    }
  }
  return found ?? NONE;
}

const NONE: readonly never[] = [];

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const member of pod.containers) {
    for (const { path, host } of calledHosts(member.value)) {
      offenders = and(offenders, containerOffender(member, path, `${path.join('.')} is "${host}"`));
    }
  }
  return offence('probe or lifecycle host', offenders);
}
