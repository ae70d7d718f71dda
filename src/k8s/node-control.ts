import type { AnyNode } from '../yaml/node.ts';
import { classifyHostPath, hostPathVolumes } from './host-path.ts';
import type { PodView } from './pod.ts';

/** What makes whoever runs code in a pod the master of its node, and where it is written. */
export interface NodeControl {
  /** To follow the pod: `container "a" runs privileged`. */
  readonly reason: string;
  readonly node: AnyNode;
}

/** The first thing in a pod that hands over its node; undefined where nothing does. */
export function nodeControl(pod: PodView): NodeControl | undefined {
  const hostPID = pod.spec.get('hostPID').boolean === true;
  for (const container of pod.containers) {
    // An init container is over before anybody can break into the pod.
    if (container.kind === 'init') continue;
    const { name, securityContext } = container;
    const privileged = securityContext.get('privileged');
    if (privileged.boolean === true) return { reason: `container "${name}" runs privileged`, node: privileged };
    const added = securityContext.get('capabilities').get('add');
    if (!added.present) continue;
    for (const item of added.items() as readonly AnyNode[]) {
      const capability = item.string?.replace(/^CAP_/i, '').toUpperCase() ?? '';
      if (ENOUGH.includes(capability) || (hostPID && capability === 'SYS_PTRACE')) {
        return { reason: `container "${name}" adds capability ${capability}`, node: item };
      }
    }
  }
  for (const volume of hostPathVolumes(pod)) {
    const mounts = volume.mounts.filter(({ container }) => container.kind !== 'init');
    if (mounts.length === 0) continue;
    const { kind, writable, readOnly, path } = classifyHostPath(volume.path.string!);
    const grade = mounts.some((mount) => !mount.readOnly) ? writable : readOnly;
    if (kind === 'runtime-socket' || grade === 'critical') {
      return { reason: `volume "${volume.name}" mounts ${path} of the node`, node: volume.path };
    }
  }
  const hostProcess = pod.securityContext.get('windowsOptions').get('hostProcess');
  return hostProcess.boolean === true ? { reason: 'it runs as a host process', node: hostProcess } : undefined;
}

/** Capabilities that reach the node by themselves. */
const ENOUGH: readonly string[] = ['ALL', 'SYS_ADMIN', 'SYS_MODULE', 'DAC_READ_SEARCH', 'BPF', 'SYS_RAWIO'];
