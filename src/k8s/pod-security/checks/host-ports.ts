import { isMap } from '../../../yaml/value.ts';
import { and, containerOffender, type Offence, type Offender, offence, type PodSecurityCheck } from '../check.ts';
import { listAt, type Subject } from '../subject.ts';

export const hostPorts: PodSecurityCheck = {
  id: 'hostPorts',
  level: 'baseline',
  versions: [{ since: '1.0', test }],
};

function test(pod: Subject): Offence | undefined {
  let offenders: Offender[] | undefined;
  for (const member of pod.containers) {
    const ports = listAt(member.value, 'ports');
    for (let index = 0; index < ports.length; index++) {
      const port = ports[index];
      if (!isMap(port)) continue;
      const written = port['hostPort'];
      if (typeof written === 'number' && written !== 0) {
        offenders = and(
          offenders,
          containerOffender(member, ['ports', index, 'hostPort'], `opens hostPort ${written}`),
        );
        continue;
      }
      // The API server fills the field in for init and ordinary containers, not for ephemeral ones.
      if (!pod.hostPortsDefaulted || member.view.list === 'ephemeralContainers') continue;
      const filled = port['containerPort'];
      const unset = written === undefined || written === null || written === 0;
      if (!unset || typeof filled !== 'number' || filled === 0) continue;
      const what = `opens hostPort ${filled}, which the API server takes from containerPort under hostNetwork`;
      offenders = and(offenders, containerOffender(member, ['ports', index, 'containerPort'], what));
    }
  }
  return offence('hostPort', offenders);
}
