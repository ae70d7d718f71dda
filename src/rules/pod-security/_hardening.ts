import type { ContainerView } from '../../k8s/container.ts';
import type { PodView } from '../../k8s/pod.ts';
import { normalizeCapability } from '../../k8s/pod-security/capabilities.ts';
import type { Change } from '../../yaml/edit.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';

/** Mappings and lists that say nothing when they are empty, and go with their last entry. */
const HOLLOW: readonly (string | number)[] = [
  'securityContext',
  'capabilities',
  'add',
  'annotations',
  'seLinuxOptions',
  'windowsOptions',
  'sysctls',
];

/** Takes a node away, and with it what would be left empty around it. */
export function removing(node: AnyNode): readonly Change[] {
  let gone = node;
  for (let around = gone.parent; around !== undefined; around = around.parent) {
    if (around.key === undefined || !HOLLOW.includes(around.key) || sizeOf(around) !== 1) break;
    gone = around;
  }
  return [{ op: 'remove', path: gone.steps }];
}

/** Whether a mapping has a value at a key: the quickest way to see that there is nothing to look at. */
export function holds({ raw }: AnyNode, key: string): boolean {
  return isMap(raw) && raw[key] !== undefined && raw[key] !== null;
}

/** Restricted as Linux sees it: a Windows pod may not set these fields. */
export function forLinux(pod: PodView): boolean {
  return !pod.probablyWindows;
}

/** Root there is nobody on the node. The field has effect from 1.33, when the gate was switched on. */
export function inUserNamespace(pod: PodView, minor: number): boolean {
  return minor >= 33 && pod.spec.get('hostUsers').raw === false;
}

/** No value that rules could call missing: the whole securityContext is of another type, or waits for a template. */
export function isOpaque(node: AnyNode): boolean {
  return node.present && !node.isMap;
}

export function addsCapability(container: ContainerView, name: string): boolean {
  return container.securityContext
    .get('capabilities')
    .get('add')
    .strings.some((each) => normalizeCapability(each) === name);
}

/** `container "a"`, `containers "a", "b"`. */
export function nameContainers(containers: readonly ContainerView[]): string {
  const names = containers.map(({ name }) => `"${name}"`).join(', ');
  return containers.length === 1 ? `container ${names}` : `containers ${names}`;
}

function sizeOf({ raw }: AnyNode): number {
  return Array.isArray(raw) ? raw.length : isMap(raw) ? Object.keys(raw).length : 0;
}
