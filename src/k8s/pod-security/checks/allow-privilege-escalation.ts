import { and, containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import { isAbsent, type Subject } from '../subject.ts';

export const allowPrivilegeEscalation: PodSecurityCheck = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  versions: [
    { since: '1.8', test },
    { since: '1.25', test: unlessWindows },
  ],
};

/** A Windows pod may not set the field at all, so it cannot be asked to. */
function unlessWindows(pod: Subject): Offence | undefined {
  return pod.windows ? undefined : test(pod);
}

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const member of pod.containers) {
    const value = member.securityContext['allowPrivilegeEscalation'];
    if (member.opaque || (value !== true && !isAbsent(value))) continue;
    const what = `allowPrivilegeEscalation is ${value === true ? 'true' : 'not set to false'}`;
    offenders = and(offenders, containerOffender(member, ['securityContext', 'allowPrivilegeEscalation'], what));
  }
  return offence('allowPrivilegeEscalation != false', offenders);
}
