import type { AnyNode } from '../../yaml/node.ts';

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly subPath: string | undefined;
  /** Undefined for what kubeadm mounts by itself. */
  readonly node: AnyNode | undefined;
}

export interface MountedVolume {
  readonly hostPath: string | undefined;
  readonly hostPathType: string | undefined;
  readonly isEmptyDir: boolean;
  readonly node: AnyNode | undefined;
}

/** What a component sees of the file system outside its image. */
export interface Mounts {
  readonly mounts: readonly Mount[];
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** False where mounts may be added that are not in the input. */
  readonly complete: boolean;
  /** The lists to point at: `volumeMounts` and `volumes`, or kubeadm's `extraVolumes`. */
  readonly mountsNode: AnyNode;
  readonly volumesNode: AnyNode;
}

export const NO_MOUNTS = (node: AnyNode): Mounts => ({
  mounts: [],
  volumes: new Map(),
  complete: false,
  mountsNode: node,
  volumesNode: node,
});

/** The mounts of a container of a pod. */
export function containerMounts(container: AnyNode, podSpec: AnyNode): Mounts {
  const mountsNode: AnyNode = container.get('volumeMounts');
  const volumesNode: AnyNode = podSpec.get('volumes');
  const mounts: Mount[] = [];
  let complete = true;
  for (const node of mountsNode.items() as readonly AnyNode[]) {
    const mountPath = node.get('mountPath').string;
    const name = node.get('name').string;
    if (mountPath === undefined || name === undefined || /[{$<]/.test(mountPath)) {
      complete = false;
      continue;
    }
    const subPath = node.get('subPath').string ?? node.get('subPathExpr').string;
    mounts.push({ name, mountPath: clean(mountPath), readOnly: node.get('readOnly').boolean === true, subPath, node });
  }
  if (mountsNode.present && !mountsNode.isList) complete = false;
  if (volumesNode.present && !volumesNode.isList) complete = false;
  const volumes = new Map<string, MountedVolume>();
  for (const node of volumesNode.items() as readonly AnyNode[]) {
    const name = node.get('name').string;
    if (name === undefined) complete = false;
    else volumes.set(name, readVolume(node));
  }
  return { mounts, volumes, complete, mountsNode, volumesNode };
}

function readVolume(node: AnyNode): MountedVolume {
  const hostPath: AnyNode = node.get('hostPath');
  const path = hostPath.get('path').string;
  return {
    hostPath: path === undefined ? undefined : clean(path),
    hostPathType: hostPath.get('type').string,
    isEmptyDir: node.get('emptyDir').written,
    node,
  };
}

/** The mount that a path lies in: of several the deepest. */
export function mountOf(mounts: Mounts, path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts.mounts) {
    if (!covers(mount.mountPath, path)) continue;
    if (best === undefined || mount.mountPath.length >= best.mountPath.length) best = mount;
  }
  return best;
}

/** Where a path of the container lies on the node; the path itself where no volume says otherwise. */
export function hostPathOf(mounts: Mounts, path: string): string {
  const mount = mountOf(mounts, path);
  const volume = mount === undefined ? undefined : mounts.volumes.get(mount.name);
  if (mount === undefined || volume?.hostPath === undefined) return path;
  const rest = path.slice(mount.mountPath === '/' ? 0 : mount.mountPath.length);
  const inner = mount.subPath === undefined ? '' : `/${mount.subPath}`;
  return clean(`${volume.hostPath}${inner}${rest}`);
}

export function covers(parent: string, path: string): boolean {
  return parent === path || parent === '/' || path.startsWith(`${parent}/`);
}

/** Doubled and closing slashes taken off. */
export function clean(path: string): string {
  const short = path.replace(/\/{2,}/g, '/').replace(/\/\.(?=\/|$)/g, '');
  return short.length > 1 && short.endsWith('/') ? short.slice(0, -1) : short === '' ? '/' : short;
}
