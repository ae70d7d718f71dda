import type { AnyNode } from '../../yaml/node.ts';
import type { Resource } from '../resource.ts';
import type { ComponentView } from './component-view.ts';
import type { FlagEntry, GateEntry, PluginEntry } from './flag-table.ts';
import type { Component } from './flags.ts';
import type { KubeletView } from './kubelet.ts';
import { readControlPlane } from './read-control-plane.lazy.ts';

/** The components of the cluster that the input configures, and what rules ask about them together. */
export interface ControlPlane {
  readonly components: readonly ComponentView[];
  of(...components: readonly Component[]): readonly ComponentView[];
  /** KubeletConfiguration objects and kubelets that are started with flags. */
  readonly kubelets: readonly KubeletView[];
  /** The object of this kind in the file that a flag of the component names, found by the file's base name. */
  fileOf(view: ComponentView, flag: string, groupKind: string): Resource | undefined;
  /** What each release knows. The tables are large and stay outside of what every run loads. */
  readonly tables: Tables;
}

export interface Tables {
  readonly flagEntry: (component: Component, name: string) => FlagEntry | undefined;
  readonly flagHint: (component: Component, name: string) => string | undefined;
  readonly hasFlagTable: (component: Component) => boolean;
  readonly nearestFlag: (component: Component, name: string, minor: number) => string | undefined;
  readonly pluginEntry: (name: string) => PluginEntry | undefined;
  readonly gateEntry: (name: string) => GateEntry | undefined;
  readonly nearestPlugin: (name: string, minor: number) => string | undefined;
}

interface Offer {
  ofKind(groupKind: string): readonly Resource[];
}

/**
 * The fact behind every rule about the control plane. Most inputs hold none of it, so the map phase keeps no more than
 * which resources are to be looked at again; the few that are get read in full.
 */
export const controlPlane = {
  name: 'control-plane',
  pods: true,
  kinds: [
    'ClusterConfiguration.kubeadm.k8s.io',
    'InitConfiguration.kubeadm.k8s.io',
    'JoinConfiguration.kubeadm.k8s.io',
    'KubeadmControlPlane.controlplane.cluster.x-k8s.io',
    'KubeadmControlPlaneTemplate.controlplane.cluster.x-k8s.io',
    'KubeadmConfig.bootstrap.cluster.x-k8s.io',
    'KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io',
    'KubeletConfiguration.kubelet.config.k8s.io',
    'Unit.systemd.freedesktop.org',
    'EnvironmentFile.systemd.freedesktop.org',
    // Not read here; a rule about the control plane is run only where the fact has kept something.
    'KubeProxyConfiguration.kubeproxy.config.k8s.io',
    'KubeSchedulerConfiguration.kubescheduler.config.k8s.io',
    'AuthenticationConfiguration.apiserver.config.k8s.io',
    'AuthorizationConfiguration.apiserver.config.k8s.io',
    'AdmissionConfiguration.apiserver.config.k8s.io',
    'AdmissionConfiguration.apiserver.k8s.io',
    'EncryptionConfiguration.apiserver.config.k8s.io',
    'EncryptionConfig',
  ],
  collect(resource: Resource): true | undefined {
    const { pods } = resource;
    if (pods.length === 0) return true;
    for (const pod of pods) {
      const { labels } = (pod.metadata.raw ?? NO_METADATA) as {
        readonly labels?: Readonly<Record<string, unknown>> | null;
      };
      if (labels?.['tier'] === 'control-plane') return true;
      for (const { node } of pod.containers) if (mayRunComponent(node)) return true;
    }
    return undefined;
  },
  compute(project: Offer, collected: readonly { readonly resource: Resource }[]): ControlPlane {
    return collected.length === 0
      ? NOTHING
      : readControlPlane(
          project,
          collected.map(({ resource }) => resource),
        );
  },
};

const NOTHING: ControlPlane = {
  components: [],
  of: () => [],
  kubelets: [],
  fileOf: () => undefined,
  tables: {
    flagEntry: () => undefined,
    flagHint: () => undefined,
    hasFlagTable: () => false,
    nearestFlag: () => undefined,
    pluginEntry: () => undefined,
    gateEntry: () => undefined,
    nearestPlugin: () => undefined,
  },
};

const NO_METADATA = {};

const NAMES = /kube-(?:apiserver|controller-manager|scheduler|proxy)|kubelet|etcd|hyperkube|cloud-controller-manager/;

/** Names one of the components anywhere in its image or its command line. */
function mayRunComponent(container: AnyNode): boolean {
  // Asked for every container of the input: plain values, no nodes.
  const { image, command, args } = container.raw as Readonly<Record<string, unknown>>;
  return mentions(image) || mentions(command) || mentions(args);
}

function mentions(value: unknown): boolean {
  if (typeof value === 'string') return NAMES.test(value);
  return Array.isArray(value) && value.some((item) => typeof item === 'string' && NAMES.test(item));
}
