import type { Project } from '../../engine/project.ts';
import type { ComponentView } from '../../k8s/control-plane/component-view.ts';
import type { Component } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';

/** The components of these names, wherever they are configured. */
export function componentsOf(project: Project, ...names: readonly Component[]): readonly ComponentView[] {
  return project.fact(controlPlane).of(...names);
}

/** What is said about an etcd that belongs to an application is for the widest preset. */
export function presetOf(view: ComponentView): { readonly preset?: 'all' } {
  return view.isCluster ? {} : { preset: 'all' };
}

/** A container as kubeadm writes it, for examples: `mark` is the message of a finding about a flag that is missing. */
export function example(component: Component, flags: readonly string[], mark?: string): string {
  const image = component === 'etcd' ? 'registry.k8s.io/etcd:3.6.5-0' : `registry.k8s.io/${component}:v1.37.0`;
  return [
    `name: ${component}`,
    `image: ${image}`,
    mark === undefined ? 'command:' : `command: # finding: ${mark}`,
    `  - ${component}`,
    ...flags.map((flag) => `  - ${flag}`),
  ].join('\n');
}

/** A static pod of the API server with more than its flags. */
export function staticPod(flags: readonly string[], rest: string): string {
  const container = ['kube-apiserver', ...flags].map((word) => `        - ${word}`).join('\n');
  return `apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.37.0
      command:
${container}
${rest}`;
}
