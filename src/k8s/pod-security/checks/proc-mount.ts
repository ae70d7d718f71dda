import { and, containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import type { Subject } from '../subject.ts';

export const procMount: PodSecurityCheck = {
  id: 'procMount',
  level: 'baseline',
  versions: [
    { since: '1.0', test: unmaskedProc },
    { since: '1.35', test: unlessUserNamespace },
  ],
};

/** Also what the level restricted asks of every pod from 1.35 on. */
export function unmaskedProc(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const member of pod.containers) {
    const type = member.securityContext['procMount'];
    if (typeof type !== 'string' || type === 'Default') continue;
    offenders = and(offenders, containerOffender(member, ['securityContext', 'procMount'], `procMount is "${type}"`));
  }
  return offence('procMount', offenders);
}

function unlessUserNamespace(pod: Subject): Offence | undefined {
  return pod.userNamespace ? undefined : unmaskedProc(pod);
}
