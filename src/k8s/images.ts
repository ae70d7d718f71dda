import type { AnyNode } from '../yaml/node.ts';
import { isList, isMap } from '../yaml/value.ts';
import type { ContainerView } from './container.ts';
import { type ImageFault, type ImageReference, isImageTemplate, parseImage } from './image.ts';
import type { Resource } from './resource.ts';

/** A place where a manifest names an image. */
export interface ImageUse {
  readonly node: AnyNode;
  readonly text: string;
  readonly image: ImageReference | ImageFault;
  /** Whose image it is: `container "app"`, `volume "models"`. */
  readonly owner: string;
}

/**
 * Every image of a resource: of all its containers, of image volumes, of the disks of a KubeVirt machine and of the
 * steps of a Tekton task. Templates are left out, and so is what is no string.
 */
export function imagesOf(resource: Resource): readonly ImageUse[] {
  const { pods, head } = resource;
  if (pods.length === 0) return OTHER_GROUPS.has(head.group) ? imagesOfOthers(resource) : NONE;
  const uses: ImageUse[] = [];
  for (const pod of pods) {
    for (const container of pod.containers) {
      const { image } = container;
      // Istio's injector puts the image of its proxy in the place of `auto`.
      if (image === undefined || (container.value['image'] === 'auto' && container.name === 'istio-proxy')) continue;
      uses.push(new ContainerImage(container, image));
    }
    const volumes: AnyNode = pod.spec.get('volumes');
    const { raw } = volumes;
    if (!isList(raw)) continue;
    for (let index = 0; index < raw.length; index++) {
      const value = raw[index];
      if (!isMap(value) || !isMap(value['image'])) continue;
      const volume = volumes.at([index]);
      add(uses, volume.at(['image', 'reference']), `volume "${volume.at(['name']).string ?? index}"`);
    }
  }
  return uses;
}

/** Made for every container; its parts only for those that are reported. */
class ContainerImage implements ImageUse {
  readonly image: ImageReference | ImageFault;
  readonly #container: ContainerView;

  constructor(container: ContainerView, image: ImageReference | ImageFault) {
    this.#container = container;
    this.image = image;
  }

  get node(): AnyNode {
    return this.#container.node.get('image');
  }

  get text(): string {
    return this.node.string ?? '';
  }

  get owner(): string {
    return `container "${this.#container.name}"`;
  }
}

const NONE: readonly ImageUse[] = [];
const OTHER_GROUPS: ReadonlySet<string> = new Set(['kubevirt.io', 'tekton.dev']);

/** Where kinds without a pod spec keep lists of things with an image: the list, the way from an item to its image, its name. */
const OTHERS: Readonly<Record<string, readonly (readonly [list: string, image: string, owner: string])[]>> = {
  'VirtualMachineInstance.kubevirt.io': [['spec.volumes', 'containerDisk.image', 'volume']],
  'VirtualMachine.kubevirt.io': [['spec.template.spec.volumes', 'containerDisk.image', 'volume']],
  'VirtualMachineInstanceReplicaSet.kubevirt.io': [['spec.template.spec.volumes', 'containerDisk.image', 'volume']],
  'Task.tekton.dev': [
    ['spec.steps', 'image', 'step'],
    ['spec.sidecars', 'image', 'sidecar'],
  ],
  'TaskRun.tekton.dev': [
    ['spec.taskSpec.steps', 'image', 'step'],
    ['spec.taskSpec.sidecars', 'image', 'sidecar'],
  ],
};

function imagesOfOthers(resource: Resource): readonly ImageUse[] {
  const uses: ImageUse[] = [];
  for (const [list, image, owner] of OTHERS[resource.groupKind] ?? []) {
    for (const item of resource.root.at(list.split('.')).items() as readonly AnyNode[]) {
      add(uses, item.at(image.split('.')), `${owner} "${item.get('name').string ?? item.key}"`);
    }
  }
  return uses;
}

function add(uses: ImageUse[], node: AnyNode, owner: string): void {
  const text = node.string;
  if (text === undefined || isImageTemplate(text)) return;
  uses.push({ node, text, image: parseImage(text), owner });
}
