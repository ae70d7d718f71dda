import type { AnyNode, Node } from '../yaml/node.ts';
import { ContainerView, containerKind } from './container.ts';
import type { Resource } from './resource.ts';
import type { Container, ObjectMeta, PodSpec } from './types.ts';

/** A pod or pod template, wherever its kind keeps it. */
export class PodView {
  readonly resource: Resource;
  /** Metadata of the pod itself: of a Deployment that of `spec.template`. */
  readonly metadata: Node<ObjectMeta>;
  readonly spec: Node<PodSpec>;
  /** A SidecarSet holds only containers and volumes of pods that are written elsewhere. */
  readonly partial: boolean;
  readonly securityContext: Node<PodSpec['securityContext']>;
  #containers: readonly ContainerView[] | undefined;
  #remembered: Map<string, unknown> | undefined;
  #extra: readonly ContainerSlot[];

  constructor(
    resource: Resource,
    metadata: AnyNode,
    spec: AnyNode,
    options: { readonly partial?: boolean; readonly containers?: readonly ContainerSlot[] } = {},
  ) {
    this.resource = resource;
    this.metadata = metadata;
    this.spec = spec;
    this.partial = options.partial ?? false;
    this.#extra = options.containers ?? [];
    this.securityContext = this.spec.get('securityContext');
  }

  /** `spec.os.name` as written. */
  get os(): string | undefined {
    return this.spec.get('os').get('name').string;
  }

  /** Declared to run on Windows, as Pod Security admission sees it. */
  get isWindows(): boolean {
    return this.os === 'windows';
  }

  /** Will run on Windows: by `os`, by nodeSelector or by a required node affinity. Rules about Linux skip these. */
  get probablyWindows(): boolean {
    if (this.isWindows) return true;
    const label = this.spec.get('nodeSelector').get('kubernetes.io/os');
    if (label.string !== undefined) return label.string === 'windows';
    const terms = this.spec
      .at(['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'])
      .items();
    return terms.some((term) =>
      term
        .at(['matchExpressions'])
        .items()
        .some(
          (expression) =>
            expression.at(['key']).string === 'kubernetes.io/os' &&
            expression.at(['operator']).string === 'In' &&
            expression.at(['values']).strings.join() === 'windows',
        ),
    );
  }

  /** Works something out once for all rules that ask for it under the same key. */
  remember<T>(key: string, compute: () => T): T {
    this.#remembered ??= new Map();
    // A key belongs to one computation, and so to one type.
    if (!this.#remembered.has(key)) this.#remembered.set(key, compute());
    return this.#remembered.get(key) as T;
  }

  /** initContainers, containers, ephemeralContainers: the order of the Pod Security visitor. */
  get containers(): readonly ContainerView[] {
    this.#containers ??= this.listContainers();
    return this.#containers;
  }

  private listContainers(): readonly ContainerView[] {
    const found: ContainerView[] = [];
    for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
      const items = this.spec.get(list).items();
      for (let index = 0; index < items.length; index++) {
        const node = items[index] as Node<Container>;
        if (node.isMap) found.push(new ContainerView(this, list, containerKind(list, node), node));
      }
    }
    for (const { list, kind, node } of this.#extra) found.push(new ContainerView(this, list, kind, node));
    return found;
  }
}

/** A container that stands elsewhere than in the three lists of a pod spec (Argo Workflow templates). */
export interface ContainerSlot {
  readonly list: ContainerView['list'];
  readonly kind: ContainerView['kind'];
  readonly node: Node<Container>;
}
