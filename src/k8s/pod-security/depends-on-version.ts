import { calledHosts } from './checks/host-probes-and-host-lifecycle.ts';
import { isAbsent, type Subject } from './subject.ts';

/**
 * Whether policies from 1.25 to the newest may judge the pod differently. They differ in the sysctls, the SELinux types
 * and the hosts of probes, and in what they let a user namespace do.
 */
export function dependsOnVersion(pod: Subject): boolean {
  return (
    pod.userNamespace ||
    !isAbsent(pod.securityContext['sysctls']) ||
    !isAbsent(pod.securityContext['seLinuxOptions']) ||
    pod.containers.some(
      ({ value, securityContext }) =>
        !isAbsent(securityContext['seLinuxOptions']) ||
        !isAbsent(securityContext['procMount']) ||
        calledHosts(value).length > 0,
    )
  );
}
