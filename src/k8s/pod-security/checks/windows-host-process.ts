import {
  and,
  containerOffender,
  type Offence,
  type Offender,
  offence,
  type PodSecurityCheck,
  podOffender,
} from '../check.ts';
import { type Subject, structAt } from '../subject.ts';

export const windowsHostProcess: PodSecurityCheck = {
  id: 'windowsHostProcess',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  if (structAt(pod.securityContext, 'windowsOptions')?.['hostProcess'] === true) {
    const node = pod.view.securityContext.get('windowsOptions').get('hostProcess');
    offenders = and(offenders, podOffender(node, 'windowsOptions.hostProcess is true'));
  }
  for (const member of pod.containers) {
    if (structAt(member.securityContext, 'windowsOptions')?.['hostProcess'] !== true) continue;
    const path = ['securityContext', 'windowsOptions', 'hostProcess'];
    offenders = and(offenders, containerOffender(member, path, 'windowsOptions.hostProcess is true'));
  }
  return offence('hostProcess', offenders);
}
