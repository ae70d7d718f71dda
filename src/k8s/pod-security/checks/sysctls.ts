import { isMap } from '../../../yaml/value.ts';
import { and, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import { isAbsent, listAt, type Subject, textOf } from '../subject.ts';

/** Sysctls that belong to the pod alone, and the release from which the policy allows each. Compared to the letter. */
export const SAFE_SYSCTLS: ReadonlyMap<string, number> = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
  ['net.ipv4.tcp_slow_start_after_idle', 37],
  ['net.ipv4.tcp_notsent_lowat', 37],
]);

export const sysctls: PodSecurityCheck = {
  id: 'sysctls',
  level: 'baseline',
  versions: [
    { since: '1.0', test: (pod) => test(pod, 0) },
    { since: '1.27', test: (pod) => test(pod, 27) },
    { since: '1.29', test: (pod) => test(pod, 29) },
    { since: '1.32', test: (pod) => test(pod, 32) },
    { since: '1.37', test: (pod) => test(pod, 37) },
  ],
};

export function isSafeSysctl(name: string, minor: number): boolean {
  const since = SAFE_SYSCTLS.get(name);
  return since !== undefined && since <= minor;
}

function test(pod: Subject, minor: number): Offence | undefined {
  if (isAbsent(pod.securityContext['sysctls'])) return undefined;
  let offenders: Offender[] | undefined;
  const list = listAt(pod.securityContext, 'sysctls');
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    if (!isMap(item) && item !== null) continue;
    const name = textOf(item?.['name']);
    if (name === undefined || isSafeSysctl(name, minor)) continue;
    const node = pod.view.securityContext.get('sysctls').at([index, 'name']);
    offenders = and(offenders, { node, what: `sysctl "${name}"`, who: '' });
  }
  return offence('forbidden sysctls', offenders);
}
