import { containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import { isAbsent, type Subject } from '../subject.ts';
import { unconfinedSetters } from './seccomp-profile-baseline.ts';

export const seccompProfileRestricted: PodSecurityCheck = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  versions: [
    { since: '1.19', test, overrides: ['seccompProfile_baseline'] },
    { since: '1.25', test: unlessWindows, overrides: ['seccompProfile_baseline'] },
  ],
};

/** A Windows pod may not set a seccomp profile at all, so it cannot be asked to. */
function unlessWindows(pod: Subject): Offence | undefined {
  return pod.windows ? undefined : test(pod);
}

function test(pod: Subject): Offence | undefined {
  const setters = unconfinedSetters(pod);
  if (setters.length > 0) return offence('seccompProfile', setters);
  // What the pod sets is confined, or there would be a setter.
  if (pod.opaque || !isAbsent(pod.securityContext['seccompProfile'])) return undefined;
  const missing: Offender[] = [];
  for (const member of pod.containers) {
    if (member.opaque || !isAbsent(member.securityContext['seccompProfile'])) continue;
    missing.push(containerOffender(member, ['securityContext', 'seccompProfile'], 'seccompProfile is not set'));
  }
  return offence('seccompProfile', missing);
}
