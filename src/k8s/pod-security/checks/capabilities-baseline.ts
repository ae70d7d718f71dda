import { and, containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import { listAt, type Subject, structAt, textOf } from '../subject.ts';

/** What container runtimes grant by default, less NET_RAW. Compared to the letter: no `CAP_`, no other case. */
export const BASELINE_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

export const capabilitiesBaseline: PodSecurityCheck = {
  id: 'capabilities_baseline',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const member of pod.containers) {
    const capabilities = structAt(member.securityContext, 'capabilities');
    if (capabilities === undefined) continue;
    const added = listAt(capabilities, 'add');
    for (let index = 0; index < added.length; index++) {
      const name = textOf(added[index]);
      if (name === undefined || BASELINE_CAPABILITIES.has(name)) continue;
      const path = ['securityContext', 'capabilities', 'add', index];
      offenders = and(offenders, containerOffender(member, path, `adds capability "${name}"`));
    }
  }
  return offence('non-default capabilities', offenders);
}
