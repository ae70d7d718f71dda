import { isMap } from '../../../yaml/value.ts';
import { and, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import type { Subject } from '../subject.ts';
import { volumeName } from '../volumes.ts';

export const hostPathVolumes: PodSecurityCheck = {
  id: 'hostPathVolumes',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (let index = 0; index < pod.volumes.length; index++) {
    const volume = pod.volumes[index];
    if (!isMap(volume) || !isMap(volume['hostPath'])) continue;
    const node = pod.view.spec.get('volumes').at([index, 'hostPath']);
    offenders = and(offenders, { node, what: 'mounts a path of the node', who: volumeName(volume, index) });
  }
  return offence('hostPath volumes', offenders);
}
