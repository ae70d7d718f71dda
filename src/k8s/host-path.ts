import type { AnyNode } from '../yaml/node.ts';
import { isList, isMap } from '../yaml/value.ts';
import type { ContainerView } from './container.ts';
import type { PodView } from './pod.ts';

/**
 * What a path of the node gives to a pod that mounts it. For one volume exactly one rule speaks:
 *
 *   runtime-socket  container-runtime-socket-mounted
 *   sensitive       host-path-sensitive
 *   modules         kernel-module-loading
 *   plugin          host-path-volume: the kubelet's folders for CSI drivers and device plugins
 *   harmless        host-path-volume, at low severity
 *   plain           host-path-volume
 */
export interface HostPathClass {
  readonly kind: 'runtime-socket' | 'sensitive' | 'modules' | 'plugin' | 'harmless' | 'plain';
  /** The path as the node resolves it: no `//`, no `.` or `..`, no trailing `/`; of Windows paths the drive in upper case. */
  readonly path: string;
  /** Of `sensitive` and `runtime-socket`: how bad it is to be able to write there, and to be able to read. */
  readonly writable: Grade;
  readonly readOnly: Grade;
  /** What it gives, to follow a colon. */
  readonly gives: string;
}

export type Grade = 'critical' | 'high' | 'medium' | 'low';

/** A hostPath volume of a pod with the mounts that use it. */
export interface HostPathVolume {
  readonly name: string;
  readonly volume: AnyNode;
  readonly hostPath: AnyNode;
  /** `hostPath.path`; a finding about the path points here. */
  readonly path: AnyNode;
  readonly mounts: readonly HostPathMount[];
}

export interface HostPathMount {
  readonly container: ContainerView;
  readonly mount: AnyNode;
  readonly readOnly: boolean;
}

/** hostPath volumes whose path is a string, in the order of the pod. */
export function hostPathVolumes(pod: PodView): readonly HostPathVolume[] {
  const volumes: AnyNode = pod.spec.get('volumes');
  const { raw } = volumes;
  if (!isList(raw)) return NONE;
  let found: HostPathVolume[] | undefined;
  for (let index = 0; index < raw.length; index++) {
    const value = raw[index];
    if (!isMap(value) || !isMap(value['hostPath'])) continue;
    const volume = volumes.at([index]);
    const hostPath = volume.get('hostPath');
    const path = hostPath.get('path');
    if (path.string === undefined) continue;
    const name: string = volume.get('name').string ?? '';
    found ??= [];
    found.push({ name, volume, hostPath, path, mounts: name === '' ? [] : mountsOf(pod, name) });
  }
  return found ?? NONE;
}

/** At least one container can write: a mount without `readOnly: true`, or one that leaks back to the node. */
export function isWritable(volume: HostPathVolume): boolean {
  return volume.mounts.some(({ readOnly }) => !readOnly);
}

export function classifyHostPath(written: string): HostPathClass {
  const path = cleanHostPath(written);
  return /^(?:[A-Z]:|\/\/\.\/)/.test(path) ? classifyWindows(path) : classifyLinux(path);
}

/** `..` in a path is refused by the API server; it is resolved here to see what was meant. */
export function cleanHostPath(written: string): string {
  if (/^[A-Za-z]:(?:[\\/]|$)/.test(written)) {
    const drive = written.slice(0, 2).toUpperCase();
    return drive + resolve(written.slice(2).replaceAll('\\', '/'));
  }
  if (/^[\\/]{2}\.[\\/]/.test(written)) return written.replaceAll('\\', '/').toLowerCase();
  return resolve(written);
}

const NONE: readonly HostPathVolume[] = [];

/** Sockets of container runtimes; `/var/run` is a link to `/run` on every distribution in use. */
const SOCKETS: readonly string[] = [
  '/run/docker.sock',
  '/run/docker/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/k3s/containerd/containerd.sock',
  '/run/k0s/containerd.sock',
  '/run/dockershim.sock',
  '/run/crio/crio.sock',
  '/run/cri-dockerd.sock',
  '/run/podman/podman.sock',
  '/run/buildkit/buildkitd.sock',
  '/var/snap/microk8s/common/run/containerd.sock',
];
const WINDOWS_PIPES: readonly string[] = ['//./pipe/docker_engine', '//./pipe/containerd-containerd'];
/** Folders that hold such a socket: whoever mounts them reaches it. `/run` and what lies above are among them. */
const SOCKET_FOLDERS: readonly string[] = [
  '/run',
  '/run/docker',
  '/run/containerd',
  '/run/k3s',
  '/run/k3s/containerd',
  '/run/k0s',
  '/run/crio',
  '/run/podman',
  '/run/buildkit',
  '/var/snap/microk8s/common/run',
];
/** Rootless daemons of a user: `/run/user/1000/docker.sock`. */
const USER_SOCKET = /^\/run\/user\/\d+\/(?:docker\.sock|podman\/podman\.sock|buildkit\/buildkitd\.sock)$/;

const PLUGIN_FOLDERS: readonly string[] = [
  '/var/lib/kubelet/plugins',
  '/var/lib/kubelet/plugins_registry',
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet/pod-resources',
];
const HARMLESS: readonly string[] = [
  '/etc/localtime',
  '/etc/timezone',
  '/usr/share/zoneinfo',
  '/etc/ssl/certs',
  '/etc/pki/ca-trust',
  '/usr/share/ca-certificates',
  '/etc/os-release',
  '/dev/shm',
  '/dev/dri',
  '/dev/kvm',
  '/dev/fuse',
  '/dev/net/tun',
  '/dev/infiniband',
];
const HARMLESS_DEVICE = /^\/dev\/nvidia[^/]*(?:\/|$)/;
const MODULES: readonly string[] = ['/lib/modules', '/usr/lib/modules'];

interface Entry {
  /** The path itself and all below it, unless `exact`. A folder above a tree takes the tree's grades too. */
  readonly paths: readonly string[];
  readonly exact?: boolean;
  readonly writable: Grade;
  readonly readOnly: Grade;
  readonly gives: string;
}

const LINUX: readonly Entry[] = [
  { paths: ['/'], exact: true, writable: 'critical', readOnly: 'critical', gives: 'the whole node' },
  {
    paths: ['/etc'],
    exact: true,
    writable: 'critical',
    readOnly: 'high',
    gives: "the node's configuration and its keys",
  },
  {
    paths: ['/etc/kubernetes', '/var/lib/etcd', '/var/lib/rancher', '/var/lib/k0s', '/etc/rancher'],
    writable: 'critical',
    readOnly: 'high',
    gives: 'control-plane keys, static pods or cluster data',
  },
  {
    paths: ['/var/lib/kubelet'],
    writable: 'critical',
    readOnly: 'high',
    gives: "other pods' tokens and Secrets and the kubelet's client key",
  },
  {
    paths: [
      '/root',
      '/home',
      '/etc/ssh',
      '/etc/systemd',
      '/etc/ld.so.preload',
      '/etc/pam.d',
      '/etc/passwd',
      '/etc/shadow',
    ],
    writable: 'critical',
    readOnly: 'high',
    gives: 'logins on the node and a way to stay there',
  },
  {
    paths: ['/usr/lib/systemd', '/lib/systemd'],
    writable: 'critical',
    readOnly: 'medium',
    gives: 'programs that the node runs as root',
  },
  {
    paths: ['/bin', '/sbin', '/usr', '/lib', '/lib64', '/boot', '/opt/cni', '/etc/cni'],
    writable: 'critical',
    readOnly: 'medium',
    gives: 'programs that the node runs as root',
  },
  {
    paths: ['/proc', '/sys/fs/cgroup', '/sys/kernel', '/sys/fs/bpf'],
    writable: 'critical',
    readOnly: 'high',
    gives: "the kernel's settings, such as core_pattern and release_agent",
  },
  { paths: ['/sys'], exact: true, writable: 'critical', readOnly: 'high', gives: "the kernel's settings and devices" },
  { paths: ['/dev'], exact: true, writable: 'critical', readOnly: 'high', gives: "the node's raw disks and memory" },
  {
    paths: ['/dev/mem', '/dev/kmem', '/dev/kmsg', '/dev/mapper'],
    writable: 'critical',
    readOnly: 'high',
    gives: "the node's raw disks and memory",
  },
  {
    paths: ['/var/lib/docker', '/var/lib/containerd', '/var/lib/containers', '/var/lib/crio'],
    writable: 'high',
    readOnly: 'medium',
    gives: "other containers' file systems",
  },
  {
    paths: ['/run/systemd', '/run/dbus'],
    writable: 'high',
    readOnly: 'medium',
    gives: "control of the node's services",
  },
  {
    paths: ['/var/lib', '/var', '/mnt', '/srv'],
    exact: true,
    writable: 'high',
    readOnly: 'medium',
    gives: 'data of the node and of other pods',
  },
  {
    paths: ['/var/log'],
    writable: 'high',
    readOnly: 'low',
    gives: "the node's logs, and through links in them any file of the node",
  },
];

/** Files that are named by a pattern. */
const PATTERNS: readonly (Omit<Entry, 'paths' | 'exact'> & { readonly pattern: RegExp })[] = [
  {
    pattern: /^\/etc\/(?:cron|sudoers|profile)/,
    writable: 'critical',
    readOnly: 'high',
    gives: 'logins on the node and a way to stay there',
  },
  {
    pattern: /^\/dev\/(?:sd|nvme|vd|xvd|dm-)/,
    writable: 'critical',
    readOnly: 'high',
    gives: "the node's raw disks and memory",
  },
  {
    pattern:
      /^\/(?:root|home\/[^/]+)\/\.(?:aws|kube|azure|ssh|config\/gcloud)(?:\/|$)|^\/etc\/kubernetes\/azure\.json$/,
    writable: 'high',
    readOnly: 'high',
    gives: 'credentials for the cloud or the cluster',
  },
];

const WINDOWS_TREES: readonly string[] = [
  'c:/windows',
  'c:/programdata',
  'c:/k',
  'c:/etc/kubernetes',
  'c:/var/lib/kubelet',
];

const GRADES: readonly Grade[] = ['low', 'medium', 'high', 'critical'];

function classifyLinux(path: string): HostPathClass {
  if (!path.startsWith('/')) return quiet('plain', path);
  const real = path === '/var/run' || path.startsWith('/var/run/') ? path.slice('/var'.length) : path;
  if (SOCKETS.includes(real) || SOCKET_FOLDERS.includes(real) || USER_SOCKET.test(real)) {
    return {
      kind: 'runtime-socket',
      path,
      writable: 'critical',
      readOnly: 'critical',
      gives: 'control of the container runtime',
    };
  }
  if (HARMLESS.some((tree) => isWithin(real, tree)) || HARMLESS_DEVICE.test(real)) return quiet('harmless', path);
  if (PLUGIN_FOLDERS.some((tree) => isWithin(real, tree))) return quiet('plugin', path);
  if (MODULES.some((tree) => isWithin(real, tree))) return quiet('modules', path);
  let found: Omit<Entry, 'paths' | 'exact'> | undefined;
  for (const entry of LINUX) {
    const matches = entry.paths.some((known) =>
      entry.exact === true ? real === known : isWithin(real, known) || isWithin(known, real),
    );
    if (matches) found = found === undefined ? entry : worse(found, entry);
  }
  for (const entry of PATTERNS) {
    if (entry.pattern.test(real)) found = found === undefined ? entry : worse(found, entry);
  }
  if (found === undefined) return quiet('plain', path);
  return { kind: 'sensitive', path, writable: found.writable, readOnly: found.readOnly, gives: found.gives };
}

function classifyWindows(path: string): HostPathClass {
  const lower = path.toLowerCase();
  if (WINDOWS_PIPES.includes(lower)) {
    return {
      kind: 'runtime-socket',
      path,
      writable: 'critical',
      readOnly: 'critical',
      gives: 'control of the container runtime',
    };
  }
  if (
    lower === 'c:/' ||
    lower === 'c:' ||
    WINDOWS_TREES.some((tree) => isWithin(lower, tree) || isWithin(tree, lower))
  ) {
    return { kind: 'sensitive', path, writable: 'high', readOnly: 'medium', gives: "the node's system files" };
  }
  return quiet('plain', path);
}

function quiet(kind: HostPathClass['kind'], path: string): HostPathClass {
  return { kind, path, writable: 'medium', readOnly: 'low', gives: "the node's file system" };
}

/** The grades are joined; the words are those of the entry that is worse for writers, of the first where they tie. */
function worse(
  one: Omit<Entry, 'paths' | 'exact'>,
  other: Omit<Entry, 'paths' | 'exact'>,
): Omit<Entry, 'paths' | 'exact'> {
  return {
    writable: higher(one.writable, other.writable),
    readOnly: higher(one.readOnly, other.readOnly),
    gives: GRADES.indexOf(other.writable) > GRADES.indexOf(one.writable) ? other.gives : one.gives,
  };
}

function higher(one: Grade, other: Grade): Grade {
  return GRADES.indexOf(one) >= GRADES.indexOf(other) ? one : other;
}

/** `path` is `tree` or lies below it. */
function isWithin(path: string, tree: string): boolean {
  return path === tree || path.startsWith(tree.endsWith('/') ? tree : `${tree}/`);
}

function resolve(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  return path.startsWith('/') ? `/${segments.join('/')}` : segments.join('/');
}

function mountsOf(pod: PodView, name: string): readonly HostPathMount[] {
  const mounts: HostPathMount[] = [];
  for (const container of pod.containers) {
    for (const mount of container.node.get('volumeMounts').items() as readonly AnyNode[]) {
      if (mount.get('name').string !== name) continue;
      const readOnly =
        mount.get('readOnly').boolean === true && mount.get('mountPropagation').string !== 'Bidirectional';
      mounts.push({ container, mount, readOnly });
    }
  }
  return mounts;
}

/** `container "a"`, `containers "a" and "b"`: who mounts the volume. */
export function mountersOf(volume: HostPathVolume): string {
  const names = [...new Set(volume.mounts.map(({ container }) => `"${container.name}"`))];
  return names.length === 1
    ? `container ${names[0]}`
    : `containers ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
