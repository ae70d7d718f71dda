import { and, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import type { Subject } from '../subject.ts';

export const hostNamespaces: PodSecurityCheck = {
  id: 'hostNamespaces',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (pod[field]) offenders = and(offenders, { node: pod.view.spec.get(field), what: `${field} is true`, who: '' });
  }
  return offence('host namespaces', offenders);
}
