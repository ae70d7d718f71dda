import {
  containerOffender,
  type Offence,
  type Offender,
  offence,
  type PodSecurityCheck,
  podOffender,
} from '../check.ts';
import { type Subject, structAt, textOf } from '../subject.ts';

export const SECCOMP_POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER_ANNOTATION_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

export const seccompProfileBaseline: PodSecurityCheck = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  versions: [
    { since: '1.0', test: testAnnotations },
    { since: '1.19', test: testFields },
  ],
};

export function isConfinedSeccomp(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}

/** Values by which the annotations of old confined a pod. */
export function isConfinedSeccompAnnotation(value: string): boolean {
  return value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
}

/** Offenders among the settings that are written: the level restricted asks for more beside them. */
export function unconfinedSetters(pod: Subject): Offender[] {
  const offenders: Offender[] = [];
  const ofPod = unconfinedType(pod.securityContext);
  if (ofPod !== undefined) {
    const node = pod.view.securityContext.get('seccompProfile').get('type');
    offenders.push(podOffender(node, `seccompProfile.type is "${ofPod}"`));
  }
  for (const member of pod.containers) {
    const own = unconfinedType(member.securityContext);
    if (own === undefined) continue;
    const path = ['securityContext', 'seccompProfile', 'type'];
    offenders.push(containerOffender(member, path, `seccompProfile.type is "${own}"`));
  }
  return offenders;
}

function testFields(pod: Subject): Offence | undefined {
  return offence('seccompProfile', unconfinedSetters(pod));
}

function unconfinedType(securityContext: Subject['securityContext']): string | undefined {
  const profile = structAt(securityContext, 'seccompProfile');
  if (profile === undefined) return undefined;
  const type = textOf(profile['type']);
  return type === undefined || isConfinedSeccomp(type) ? undefined : type;
}

function testAnnotations(pod: Subject): Offence | undefined {
  const offenders: Offender[] = [];
  // Only the annotations of containers that exist are read; two of the same name are one setting.
  const keys = new Set([SECCOMP_POD_ANNOTATION]);
  for (const { name } of pod.containers) keys.add(SECCOMP_CONTAINER_ANNOTATION_PREFIX + name);
  for (const key of keys) {
    if (pod.annotations[key] === undefined) continue;
    const value = textOf(pod.annotations[key]);
    if (value === undefined || isConfinedSeccompAnnotation(value)) continue;
    const node = pod.view.metadata.get('annotations').get(key);
    offenders.push({ node, what: `annotation ${key} is "${value}"`, who: '' });
  }
  return offence('seccompProfile', offenders);
}
