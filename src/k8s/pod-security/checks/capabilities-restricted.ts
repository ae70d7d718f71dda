import { and, containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import { isAbsent, isOpaque, listAt, type Subject, structAt, textOf } from '../subject.ts';

export const capabilitiesRestricted: PodSecurityCheck = {
  id: 'capabilities_restricted',
  level: 'restricted',
  versions: [
    { since: '1.22', test, overrides: ['capabilities_baseline'] },
    { since: '1.25', test: unlessWindows, overrides: ['capabilities_baseline'] },
  ],
};

/** A Windows pod may not set capabilities at all, so it cannot be asked to. */
function unlessWindows(pod: Subject): Offence | undefined {
  return pod.windows ? undefined : test(pod);
}

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const member of pod.containers) {
    const { securityContext } = member;
    const capabilities = structAt(securityContext, 'capabilities');
    if (capabilities === undefined) {
      if (member.opaque || isOpaque(securityContext['capabilities'])) continue;
      offenders = and(
        offenders,
        containerOffender(member, ['securityContext', 'capabilities', 'drop'], 'capabilities.drop lacks ALL'),
      );
      continue;
    }
    const dropped = listAt(capabilities, 'drop');
    if (!dropped.includes('ALL') && (isAbsent(capabilities['drop']) || Array.isArray(capabilities['drop']))) {
      offenders = and(
        offenders,
        containerOffender(member, ['securityContext', 'capabilities', 'drop'], 'capabilities.drop lacks ALL'),
      );
    }
    const added = listAt(capabilities, 'add');
    for (let index = 0; index < added.length; index++) {
      const name = textOf(added[index]);
      if (name === undefined || name === 'NET_BIND_SERVICE') continue;
      const path = ['securityContext', 'capabilities', 'add', index];
      offenders = and(offenders, containerOffender(member, path, `adds capability "${name}"`));
    }
  }
  return offence('unrestricted capabilities', offenders);
}
