import { and, containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import type { Subject } from '../subject.ts';

export const privileged: PodSecurityCheck = {
  id: 'privileged',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const member of pod.containers) {
    if (member.securityContext['privileged'] !== true) continue;
    offenders = and(offenders, containerOffender(member, ['securityContext', 'privileged'], 'privileged is true'));
  }
  return offence('privileged', offenders);
}
