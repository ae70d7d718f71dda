import type { ValueMap } from '../../../yaml/value.ts';
import {
  and,
  containerOffender,
  type Offence,
  type Offender,
  offence,
  type PodSecurityCheck,
  podOffender,
} from '../check.ts';
import { type Subject, structAt, textOf } from '../subject.ts';

const TYPES: readonly string[] = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const TYPES_1_31: readonly string[] = [...TYPES, 'container_engine_t'];

export const seLinuxOptions: PodSecurityCheck = {
  id: 'seLinuxOptions',
  level: 'baseline',
  versions: [
    { since: '1.0', test: (pod) => test(pod, TYPES) },
    { since: '1.31', test: (pod) => test(pod, TYPES_1_31) },
  ],
};

/** The SELinux types that the policy of a release lets a pod ask for. */
export function allowedSeLinuxTypes(minor: number): readonly string[] {
  return minor >= 31 ? TYPES_1_31 : TYPES;
}

function test(pod: Subject, types: readonly string[]): Offence | undefined {
  let offenders: Offender[] | undefined;
  const ofPod = structAt(pod.securityContext, 'seLinuxOptions');
  if (ofPod !== undefined) {
    for (const [key, what] of faultsOf(ofPod, types)) {
      offenders = and(offenders, podOffender(pod.view.securityContext.get('seLinuxOptions').at([key]), what));
    }
  }
  for (const member of pod.containers) {
    const own = structAt(member.securityContext, 'seLinuxOptions');
    if (own === undefined) continue;
    for (const [key, what] of faultsOf(own, types)) {
      offenders = and(offenders, containerOffender(member, ['securityContext', 'seLinuxOptions', key], what));
    }
  }
  return offence('seLinuxOptions', offenders);
}

/** `level` is free: it separates tenants and opens nothing. */
function faultsOf(options: ValueMap, types: readonly string[]): readonly (readonly [key: string, what: string])[] {
  const faults: (readonly [string, string])[] = [];
  const type = textOf(options['type']);
  if (type !== undefined && !types.includes(type)) faults.push(['type', `seLinuxOptions.type is "${type}"`]);
  for (const key of ['user', 'role']) {
    if (textOf(options[key])) faults.push([key, `seLinuxOptions.${key} is set`]);
  }
  return faults;
}
