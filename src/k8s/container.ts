import type { AnyNode, Node } from '../yaml/node.ts';
import { isMap, newMap, type ValueMap } from '../yaml/value.ts';
import { type Command, commandsOf } from './command.ts';
import { type ImageFault, type ImageReference, isImageTemplate, parseImage } from './image.ts';
import type { PodView } from './pod.ts';
import type { Container } from './types.ts';

type SecurityContext = NonNullable<Container['securityContext']>;

export type ContainerList = 'initContainers' | 'containers' | 'ephemeralContainers';
export type ContainerKind = 'init' | 'sidecar' | 'main' | 'ephemeral';

/** Settings that a container inherits from its pod: the container's value, a struct as a whole, replaces the pod's. */
export type InheritedSetting =
  | 'runAsUser'
  | 'runAsGroup'
  | 'runAsNonRoot'
  | 'seLinuxOptions'
  | 'seccompProfile'
  | 'appArmorProfile';

/** One container of a pod with the security settings that are in force for it. */
export class ContainerView {
  readonly pod: PodView;
  readonly list: ContainerList;
  readonly kind: ContainerKind;
  readonly node: Node<Container>;
  readonly securityContext: Node<Container['securityContext']>;
  #commands: readonly Command[] | undefined;
  #image: ImageReference | ImageFault | null | undefined;

  constructor(pod: PodView, list: ContainerList, kind: ContainerKind, node: Node<Container>) {
    this.pod = pod;
    this.list = list;
    this.kind = kind;
    this.node = node;
    this.securityContext = node.get('securityContext');
  }

  /** Its name, or its place in the list where it has none. */
  get name(): string {
    return this.node.get('name').string ?? `${this.list}[${this.node.key}]`;
  }

  /** The node that decides: the container's own where it is present, else the pod's, which may be absent. */
  effective<K extends InheritedSetting>(setting: K): Node<SecurityContext[K]> {
    // Pod and container agree in the shape of every setting that is inherited.
    const own: AnyNode = this.securityContext.get(setting);
    return own.present ? own : (this.pod.securityContext.get(setting) as AnyNode);
  }

  /** The plain value: for rules that ask every container something that hardly any says. */
  get value(): ValueMap {
    const { raw } = this.node;
    return isMap(raw) ? raw : NOTHING;
  }

  get privileged(): boolean {
    return this.securityContext.get('privileged').boolean === true;
  }

  /** What it starts: `command` and `args`, hooks and probes, shell scripts taken apart. */
  get commands(): readonly Command[] {
    this.#commands ??= commandsOf(this.node);
    return this.#commands;
  }

  /** Its image reference; undefined where there is none, or where it is still a template. */
  get image(): ImageReference | ImageFault | undefined {
    if (this.#image === undefined) {
      const text = this.node.get('image').string;
      this.#image = text === undefined || isImageTemplate(text) ? null : parseImage(text);
    }
    return this.#image ?? undefined;
  }
}

const NOTHING: ValueMap = newMap();

/** A sidecar is an init container that is restarted always (KEP-753, on by default since 1.29). */
export function containerKind(list: ContainerList, node: Node<Container>): ContainerKind {
  if (list === 'containers') return 'main';
  if (list === 'ephemeralContainers') return 'ephemeral';
  return node.get('restartPolicy').string === 'Always' ? 'sidecar' : 'init';
}
