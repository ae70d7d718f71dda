import type { AnyNode } from '../../yaml/node.ts';
import type { Word } from '../command.ts';
import type { Resource } from '../resource.ts';
import { minorOf, parseVersion } from '../version.ts';
import { ComponentView, type FlagFault } from './component-view.ts';
import { type Component, Flag } from './flags.ts';
import { clean, type Mount, type MountedVolume, type Mounts, NO_MOUNTS } from './mounts.ts';

/**
 * The flags that kubeadm gives the components: its own defaults, replaced by name by `extraArgs`, as
 * cmd/kubeadm/app/phases/controlplane/manifests.go puts them together.
 */
export function kubeadmComponents(resource: Resource): readonly ComponentView[] {
  const { root, groupKind } = resource;
  switch (groupKind) {
    case 'ClusterConfiguration.kubeadm.k8s.io':
      return clusterComponents(resource, root, minorOfText(root.at(['kubernetesVersion']).string));
    case 'InitConfiguration.kubeadm.k8s.io':
    case 'JoinConfiguration.kubeadm.k8s.io':
      return nodeComponents(resource, root, undefined);
  }
  const spec = configSpecOf(resource);
  if (spec === undefined) return [];
  const minor = minorOfText(root.at(['spec', 'version']).string);
  const cluster: AnyNode = spec.get('clusterConfiguration');
  return [
    ...(cluster.present
      ? clusterComponents(resource, cluster, minorOfText(cluster.get('kubernetesVersion').string) ?? minor)
      : []),
    ...nodeComponents(resource, spec.get('initConfiguration'), minor),
    ...nodeComponents(resource, spec.get('joinConfiguration'), minor),
  ];
}

/** The kubeadm objects inside a Cluster API object. */
export function configSpecOf(resource: Resource): AnyNode | undefined {
  const path = CONFIG_SPECS[resource.groupKind];
  return path === undefined ? undefined : resource.root.at(path);
}

/** A list of `{name, value}` where the version has maps, or a map where it has lists: kubeadm cannot decode it. */
export function extraArgsForm(extraArgs: AnyNode): 'list' | 'map' | undefined {
  return extraArgs.isList ? 'list' : extraArgs.isMap ? 'map' : undefined;
}

const CONFIG_SPECS: Readonly<Record<string, readonly string[]>> = {
  'KubeadmControlPlane.controlplane.cluster.x-k8s.io': ['spec', 'kubeadmConfigSpec'],
  'KubeadmControlPlaneTemplate.controlplane.cluster.x-k8s.io': ['spec', 'template', 'spec', 'kubeadmConfigSpec'],
  'KubeadmConfig.bootstrap.cluster.x-k8s.io': ['spec'],
  'KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io': ['spec', 'template', 'spec'],
};

function minorOfText(text: string | undefined): number | undefined {
  const version = text === undefined ? undefined : parseVersion(text.replace(/^(?:stable|latest)-/, ''));
  return version === undefined ? undefined : minorOf(version);
}

function clusterComponents(resource: Resource, cluster: AnyNode, minor: number | undefined): readonly ComponentView[] {
  const pki = clean(cluster.get('certificatesDir').string ?? '/etc/kubernetes/pki');
  const external: AnyNode = cluster.at(['etcd', 'external']);
  const views = [
    component(resource, cluster, ['apiServer'], 'kube-apiserver', minor, pki, apiServerDefaults(cluster, pki)),
    component(resource, cluster, ['controllerManager'], 'kube-controller-manager', minor, pki, controllerDefaults(pki)),
    component(resource, cluster, ['scheduler'], 'kube-scheduler', minor, pki, SCHEDULER_DEFAULTS),
  ];
  if (!external.present) {
    views.push(component(resource, cluster, ['etcd', 'local'], 'etcd', undefined, pki, etcdDefaults(pki)));
  }
  return views;
}

function nodeComponents(resource: Resource, document: AnyNode, minor: number | undefined): readonly ComponentView[] {
  const registration: AnyNode = document.get('nodeRegistration');
  const extraArgs: AnyNode = registration.get('kubeletExtraArgs');
  if (!extraArgs.present) return [];
  const { flags, faults } = readExtraArgs(extraArgs, [['config', '/var/lib/kubelet/config.yaml']], registration);
  return [
    new ComponentView({
      component: 'kubelet',
      resource,
      minor,
      complete: false,
      anchor: extraArgs,
      mounts: NO_MOUNTS(extraArgs),
      faults,
      isCluster: true,
      flags,
    }),
  ];
}

type Defaults = readonly (readonly [name: string, value: string])[];

function component(
  resource: Resource,
  cluster: AnyNode,
  path: readonly string[],
  name: Component,
  minor: number | undefined,
  pki: string,
  defaults: Defaults,
): ComponentView {
  const section: AnyNode = cluster.at(path);
  const extraArgs: AnyNode = section.get('extraArgs');
  const kind: AnyNode = cluster.get('kind');
  const anchor = extraArgs.present ? extraArgs : section.present ? section : kind.present ? kind : cluster;
  const { flags, faults } = readExtraArgs(extraArgs, defaults, anchor);
  return new ComponentView({
    component: name,
    resource,
    minor,
    complete: true,
    anchor,
    mounts: kubeadmMounts(name, section, pki),
    faults,
    isCluster: true,
    flags,
  });
}

function readExtraArgs(
  extraArgs: AnyNode,
  defaults: Defaults,
  anchor: AnyNode,
): { readonly flags: readonly Flag[]; readonly faults: readonly FlagFault[] } {
  const flags: Flag[] = [];
  const faults: FlagFault[] = [];
  const add = (name: string, node: AnyNode): void => {
    const { raw } = node;
    const value = typeof raw === 'string' ? raw : raw === undefined || raw === null ? '' : String(raw);
    const word: Word = { text: value, node, start: 0, end: value.length };
    flags.push(new Flag({ name: name.replaceAll('_', '-'), value, origin: 'extraArgs', nameWord: word }));
    const quote = value[0];
    if (value.length > 1 && (quote === "'" || quote === '"') && value.endsWith(quote)) {
      const effect = `no shell takes the quotes away, so they are part of --${name}`;
      faults.push({
        kind: 'quoted',
        flag: name,
        text: value,
        effect,
        place: { node },
        fix: { node, value: value.slice(1, -1) },
      });
    }
    if (name.startsWith('-')) {
      const effect = `kubeadm puts the dashes in front by itself, so the flag is --${name}`;
      faults.push({ kind: 'single-dash', flag: name.replace(/^-+/, ''), text: name, effect, place: { node } });
    }
  };
  if (extraArgs.isMap) for (const [name, node] of extraArgs.entries()) add(name, node);
  for (const item of extraArgs.items() as readonly AnyNode[]) {
    const name = item.get('name').string;
    if (name !== undefined) add(name, item.get('value').written ? item.get('value') : item.get('name'));
  }
  const given = new Set(flags.map(({ name }) => name));
  for (const [name, value] of defaults) {
    if (given.has(name)) continue;
    // kubeadm leaves the modes to a file where one is given.
    if (name === 'authorization-mode' && given.has('authorization-config')) continue;
    const word: Word = { text: '', node: anchor, start: 0, end: 0 };
    flags.push(new Flag({ name, value, origin: 'kubeadm', nameWord: word }));
  }
  return { flags, faults };
}

function apiServerDefaults(cluster: AnyNode, pki: string): Defaults {
  const external: AnyNode = cluster.at(['etcd', 'external']);
  const common: [string, string][] = [
    ['enable-admission-plugins', 'NodeRestriction'],
    ['service-account-key-file', `${pki}/sa.pub`],
    ['service-account-signing-key-file', `${pki}/sa.key`],
    ['service-account-issuer', 'https://kubernetes.default.svc.cluster.local'],
    ['client-ca-file', `${pki}/ca.crt`],
    ['tls-cert-file', `${pki}/apiserver.crt`],
    ['tls-private-key-file', `${pki}/apiserver.key`],
    ['kubelet-client-certificate', `${pki}/apiserver-kubelet-client.crt`],
    ['kubelet-client-key', `${pki}/apiserver-kubelet-client.key`],
    ['enable-bootstrap-token-auth', 'true'],
    ['secure-port', '6443'],
    ['allow-privileged', 'true'],
    ['kubelet-preferred-address-types', 'InternalIP,ExternalIP,Hostname'],
    ['requestheader-username-headers', 'X-Remote-User'],
    ['requestheader-group-headers', 'X-Remote-Group'],
    ['requestheader-extra-headers-prefix', 'X-Remote-Extra-'],
    ['requestheader-client-ca-file', `${pki}/front-proxy-ca.crt`],
    ['requestheader-allowed-names', 'front-proxy-client'],
    ['proxy-client-cert-file', `${pki}/front-proxy-client.crt`],
    ['proxy-client-key-file', `${pki}/front-proxy-client.key`],
    ['authorization-mode', 'Node,RBAC'],
  ];
  if (!external.present) {
    common.push(
      ['etcd-servers', 'https://127.0.0.1:2379'],
      ['etcd-cafile', `${pki}/etcd/ca.crt`],
      ['etcd-certfile', `${pki}/apiserver-etcd-client.crt`],
      ['etcd-keyfile', `${pki}/apiserver-etcd-client.key`],
    );
    return common;
  }
  const given: readonly [string, string | undefined][] = [
    ['etcd-servers', external.get('endpoints').strings.join(',')],
    ['etcd-cafile', external.get('caFile').string],
    ['etcd-certfile', external.get('certFile').string],
    ['etcd-keyfile', external.get('keyFile').string],
  ];
  for (const [name, value] of given) if (value !== undefined && value !== '') common.push([name, value]);
  return common;
}

function controllerDefaults(pki: string): Defaults {
  const kubeconfig = '/etc/kubernetes/controller-manager.conf';
  return [
    ['bind-address', '127.0.0.1'],
    ['leader-elect', 'true'],
    ['kubeconfig', kubeconfig],
    ['authentication-kubeconfig', kubeconfig],
    ['authorization-kubeconfig', kubeconfig],
    ['client-ca-file', `${pki}/ca.crt`],
    ['requestheader-client-ca-file', `${pki}/front-proxy-ca.crt`],
    ['root-ca-file', `${pki}/ca.crt`],
    ['service-account-private-key-file', `${pki}/sa.key`],
    ['cluster-signing-cert-file', `${pki}/ca.crt`],
    ['cluster-signing-key-file', `${pki}/ca.key`],
    ['use-service-account-credentials', 'true'],
    ['controllers', '*,bootstrapsigner,tokencleaner'],
  ];
}

const SCHEDULER_DEFAULTS: Defaults = [
  ['bind-address', '127.0.0.1'],
  ['leader-elect', 'true'],
  ['kubeconfig', '/etc/kubernetes/scheduler.conf'],
  ['authentication-kubeconfig', '/etc/kubernetes/scheduler.conf'],
  ['authorization-kubeconfig', '/etc/kubernetes/scheduler.conf'],
];

function etcdDefaults(pki: string): Defaults {
  return [
    ['listen-client-urls', 'https://127.0.0.1:2379'],
    ['advertise-client-urls', 'https://127.0.0.1:2379'],
    ['listen-peer-urls', 'https://127.0.0.1:2380'],
    ['data-dir', '/var/lib/etcd'],
    ['cert-file', `${pki}/etcd/server.crt`],
    ['key-file', `${pki}/etcd/server.key`],
    ['trusted-ca-file', `${pki}/etcd/ca.crt`],
    ['client-cert-auth', 'true'],
    ['peer-cert-file', `${pki}/etcd/peer.crt`],
    ['peer-key-file', `${pki}/etcd/peer.key`],
    ['peer-trusted-ca-file', `${pki}/etcd/ca.crt`],
    ['peer-client-cert-auth', 'true'],
    ['listen-metrics-urls', 'http://127.0.0.1:2381'],
  ];
}

/** Directories that kubeadm mounts where they exist on the node. */
const CA_FOLDERS = [
  '/etc/ssl/certs',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/ca-certificates',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
];

function kubeadmMounts(name: Component, section: AnyNode, pki: string): Mounts {
  const mounts: Mount[] = [];
  const volumes = new Map<string, MountedVolume>();
  const mount = (path: string): void => {
    mounts.push({ name: path, mountPath: path, readOnly: true, subPath: undefined, node: undefined });
    volumes.set(path, { hostPath: path, hostPathType: undefined, isEmptyDir: false, node: undefined });
  };
  const extraVolumes: AnyNode = section.get('extraVolumes');
  if (name === 'kube-apiserver' || name === 'kube-controller-manager')
    for (const path of [pki, ...CA_FOLDERS]) mount(path);
  if (name === 'kube-controller-manager') mount('/etc/kubernetes/controller-manager.conf');
  if (name === 'kube-scheduler') mount('/etc/kubernetes/scheduler.conf');
  if (name === 'etcd') {
    mount(clean(section.get('dataDir').string ?? '/var/lib/etcd'));
    mount(`${pki}/etcd`);
  }
  for (const node of extraVolumes.items() as readonly AnyNode[]) {
    const [volume, hostPath, mountPath] = ['name', 'hostPath', 'mountPath'].map((key) => node.get(key).string);
    if (volume === undefined || hostPath === undefined || mountPath === undefined) continue;
    mounts.push({
      name: volume,
      mountPath: clean(mountPath),
      readOnly: node.get('readOnly').boolean === true,
      subPath: undefined,
      node,
    });
    const hostPathType = node.get('pathType').string;
    volumes.set(volume, { hostPath: clean(hostPath), hostPathType, isEmptyDir: false, node });
  }
  const anchor = extraVolumes.present ? extraVolumes : section;
  return { mounts, volumes, complete: true, mountsNode: anchor, volumesNode: anchor };
}
