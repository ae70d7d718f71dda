import { isMap } from '../../../yaml/value.ts';
import { and, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import type { Subject } from '../subject.ts';
import { forbiddenSource, volumeName } from '../volumes.ts';

export const restrictedVolumes: PodSecurityCheck = {
  id: 'restrictedVolumes',
  level: 'restricted',
  versions: [{ since: '1.0', test, overrides: ['hostPathVolumes'] }],
};

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (let index = 0; index < pod.volumes.length; index++) {
    const volume = pod.volumes[index];
    if (!isMap(volume)) continue;
    const source = forbiddenSource(volume);
    if (source === undefined || !isMap(volume[source])) continue;
    const node = pod.view.spec.get('volumes').at([index, source]);
    offenders = and(offenders, { node, what: `uses ${source}`, who: volumeName(volume, index) });
  }
  return offence('restricted volume types', offenders);
}
