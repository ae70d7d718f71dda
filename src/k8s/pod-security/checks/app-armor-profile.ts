import { containerOffender, type Offence, type Offender, type PodSecurityCheck, podOffender } from '../check.ts';
import { type Subject, structAt, textOf } from '../subject.ts';

export const APPARMOR_ANNOTATION_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';

/** API servers before this release do not know the field and drop it. */
export const APPARMOR_FIELD_SINCE = 30;

export const appArmorProfile: PodSecurityCheck = {
  id: 'appArmorProfile',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  const offenders: Offender[] = [];
  if (pod.server >= APPARMOR_FIELD_SINCE) fromFields(pod, offenders);
  // The suffix need not name a container.
  for (const key of Object.keys(pod.annotations)) {
    if (!key.startsWith(APPARMOR_ANNOTATION_PREFIX)) continue;
    const value = textOf(pod.annotations[key]);
    if (value === undefined || value === '' || value === 'runtime/default' || value.startsWith('localhost/')) continue;
    const node = pod.view.metadata.get('annotations').get(key);
    offenders.push({ node, what: `annotation ${key} is "${value}"`, who: '' });
  }
  if (offenders.length === 0) return undefined;
  // Admission counts distinct values here, where elsewhere it has one word for one and for many.
  const values = new Set(offenders.map(({ what }) => what));
  return { reason: values.size === 1 ? 'forbidden AppArmor profile' : 'forbidden AppArmor profiles', offenders };
}

function fromFields(pod: Subject, offenders: Offender[]): void {
  const ofPod = unconfinedType(pod.securityContext);
  if (ofPod !== undefined) {
    const node = pod.view.securityContext.get('appArmorProfile').get('type');
    offenders.push(podOffender(node, `appArmorProfile.type is "${ofPod}"`));
  }
  for (const member of pod.containers) {
    const own = unconfinedType(member.securityContext);
    if (own === undefined) continue;
    const path = ['securityContext', 'appArmorProfile', 'type'];
    offenders.push(containerOffender(member, path, `appArmorProfile.type is "${own}"`));
  }
}

function unconfinedType(securityContext: Subject['securityContext']): string | undefined {
  const profile = structAt(securityContext, 'appArmorProfile');
  if (profile === undefined) return undefined;
  const type = textOf(profile['type']);
  return type === undefined || type === 'RuntimeDefault' || type === 'Localhost' ? undefined : type;
}
