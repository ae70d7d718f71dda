import {
  containerOffender,
  type Offence,
  type Offender,
  offence,
  type PodSecurityCheck,
  podOffender,
} from '../check.ts';
import { isAbsent, type Subject } from '../subject.ts';

export const runAsNonRoot: PodSecurityCheck = {
  id: 'runAsNonRoot',
  level: 'restricted',
  versions: [
    { since: '1.0', test },
    { since: '1.35', test: unlessUserNamespace },
  ],
};

/** Root of a user namespace is nobody on the node: KEP-127. */
function unlessUserNamespace(pod: Subject): Offence | undefined {
  return pod.userNamespace ? undefined : test(pod);
}

function test(pod: Subject): Offence | undefined {
  const offenders: Offender[] = [];
  const ofPod = pod.securityContext['runAsNonRoot'];
  // A false that every container overrides is refused all the same.
  if (ofPod === false)
    offenders.push(podOffender(pod.view.securityContext.get('runAsNonRoot'), 'runAsNonRoot is false'));
  const inherited = pod.opaque || (!isAbsent(ofPod) && ofPod !== false);
  const missing: Offender[] = [];
  for (const member of pod.containers) {
    const own = member.securityContext['runAsNonRoot'];
    const path = ['securityContext', 'runAsNonRoot'];
    if (own === false) offenders.push(containerOffender(member, path, 'runAsNonRoot is false'));
    else if (isAbsent(own) && !inherited && !member.opaque) {
      missing.push(containerOffender(member, path, 'runAsNonRoot is not set'));
    }
  }
  return offence('runAsNonRoot != true', offenders.length === 0 ? missing : offenders);
}
