import type { Project } from '../../engine/project.ts';
import type { Component, Place } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { componentsOf, presetOf } from './_component.ts';

/** What a server is told about TLS: by a flag, or by a field of a KubeletConfiguration. */
export interface TlsSetting {
  readonly component: Component;
  readonly preset?: 'all';
  readonly words: readonly { readonly text: string; readonly place: Place }[];
}

const SERVERS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'cloud-controller-manager'] as const;

export function cipherSuites(project: Project): readonly TlsSetting[] {
  return [...flags(project, 'tls-cipher-suites', 'cipher-suites'), ...fields(project, 'tlsCipherSuites')];
}

export function minimumVersions(project: Project): readonly TlsSetting[] {
  return [...flags(project, 'tls-min-version', 'tls-min-version'), ...fields(project, 'tlsMinVersion')];
}

function flags(project: Project, name: string, etcdName: string): readonly TlsSetting[] {
  return componentsOf(project, ...SERVERS, 'etcd', 'kubelet').map((view) => ({
    component: view.component,
    ...presetOf(view),
    words: view.words(view.component === 'etcd' ? etcdName : name),
  }));
}

function fields(project: Project, key: 'tlsCipherSuites' | 'tlsMinVersion'): readonly TlsSetting[] {
  return project.fact(controlPlane).kubelets.map((kubelet) => {
    const { field } = kubelet.setting(key);
    const nodes: readonly AnyNode[] = field === undefined ? [] : field.isList ? field.items() : [field];
    const words = nodes.flatMap((node) => (node.string === undefined ? [] : [{ text: node.string, place: { node } }]));
    return { component: 'kubelet', words };
  });
}
