import { containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import type { Subject } from '../subject.ts';

export const privileged: PodSecurityCheck = {
  id: 'privileged',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  const offenders: Offender[] = [];
  for (const member of pod.containers) {
    if (member.securityContext['privileged'] !== true) continue;
    offenders.push(containerOffender(member, ['securityContext', 'privileged'], 'privileged is true'));
  }
  return offence('privileged', offenders);
}
