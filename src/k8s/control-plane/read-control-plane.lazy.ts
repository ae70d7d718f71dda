import type { Resource } from '../resource.ts';
import type { ComponentView } from './component-view.ts';
import {
  flagEntry,
  flagHint,
  flagNames,
  gateEntry,
  hasFlagTable,
  nearestName,
  pluginEntry,
  pluginNames,
} from './flag-table.ts';
import type { Component } from './flags.ts';
import type { ControlPlane } from './inventory.ts';
import { kubeadmComponents } from './kubeadm.ts';
import { readKubelets } from './kubelet.ts';
import { hostPathOf } from './mounts.ts';
import { podComponents } from './read-components.ts';
import { unitComponents } from './systemd.ts';

/** Reads the resources that were found to configure the control plane. */
export function readControlPlane(
  project: { ofKind(groupKind: string): readonly Resource[] },
  resources: readonly Resource[],
): ControlPlane {
  const components = [
    ...resources.flatMap((resource) =>
      resource.pods.length === 0
        ? kubeadmComponents(resource)
        : resource.pods.flatMap((pod) => podComponents(resource, pod)),
    ),
    ...unitComponents(resources),
  ];
  const configOf = (view: ComponentView) =>
    fileOf(project, view, 'config', 'KubeletConfiguration.kubelet.config.k8s.io');
  const kubelets = readKubelets(resources, components, configOf);
  return {
    components,
    kubelets,
    of: (...names: readonly Component[]) => components.filter(({ component }) => names.includes(component)),
    fileOf: (view, flag, groupKind) => fileOf(project, view, flag, groupKind),
    tables: {
      flagEntry,
      flagHint,
      hasFlagTable,
      nearestFlag: (component, name, minor) => nearestName(name, flagNames(component, minor)),
      pluginEntry,
      gateEntry,
      nearestPlugin: (name, minor) => nearestName(name, pluginNames(minor)),
    },
  };
}

function fileOf(
  project: { ofKind(groupKind: string): readonly Resource[] },
  view: ComponentView,
  flag: string,
  groupKind: string,
): Resource | undefined {
  const path = view.value(flag);
  if (path === undefined || path === '') return undefined;
  const names = new Set([baseName(path), baseName(hostPathOf(view.mounts, path))]);
  const candidates = project.ofKind(groupKind).filter(({ head }) => names.has(baseName(head.file)));
  // Of several files with the name the one nearest to the component's own.
  const folder = folderOf(view.resource.head.file);
  const beside = candidates.find(({ head }) => folderOf(head.file) === folder);
  return beside ?? candidates.reduce(nearerTo(folder), candidates[0]!);
}

/** Of two files the one that shares more of the path; the first where both share the same. */
function nearerTo(folder: string): (one: Resource, other: Resource) => Resource {
  const shared = ({ head }: Resource) => {
    const steps = folder.split('/');
    const others = head.file.split('/');
    let count = 0;
    while (count < steps.length && steps[count] === others[count]) count++;
    return count;
  };
  return (one, other) => (shared(other) > shared(one) ? other : one);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
