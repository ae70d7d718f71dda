import {
  and,
  containerOffender,
  type Offence,
  type Offender,
  offence,
  type PodSecurityCheck,
  podOffender,
} from '../check.ts';
import type { Subject } from '../subject.ts';

export const runAsUser: PodSecurityCheck = {
  id: 'runAsUser',
  level: 'restricted',
  versions: [
    { since: '1.23', test },
    { since: '1.35', test: unlessUserNamespace },
  ],
};

function unlessUserNamespace(pod: Subject): Offence | undefined {
  return pod.userNamespace ? undefined : test(pod);
}

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  if (pod.securityContext['runAsUser'] === 0) {
    offenders = and(offenders, podOffender(pod.view.securityContext.get('runAsUser'), 'runAsUser is 0'));
  }
  for (const member of pod.containers) {
    if (member.securityContext['runAsUser'] !== 0) continue;
    offenders = and(offenders, containerOffender(member, ['securityContext', 'runAsUser'], 'runAsUser is 0'));
  }
  return offence('runAsUser=0', offenders);
}
