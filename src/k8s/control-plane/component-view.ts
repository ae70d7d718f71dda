import type { AnyNode } from '../../yaml/node.ts';
import type { ContainerView } from '../container.ts';
import type { Resource } from '../resource.ts';
import { pluginEntry } from './flag-table.ts';
import { type Component, type Flag, type FlagWord, type Place, parseBool } from './flags.ts';
import type { Mounts } from './mounts.ts';

export type FaultKind =
  | 'split-boolean'
  | 'joined'
  | 'quoted'
  | 'not-boolean'
  | 'not-list'
  | 'positional'
  | 'single-dash'
  | 'blank'
  | 'mapping'
  | 'no-value';

/** An argument that does not do what it looks like. */
export interface FlagFault {
  readonly kind: FaultKind;
  readonly flag: string;
  readonly text: string;
  /** What the flag ends up as, or why the component does not start. */
  readonly effect: string;
  readonly place: Place;
  readonly fix?: { readonly node: AnyNode; readonly value: string };
}

export interface UnresolvedVariable {
  readonly name: string;
  readonly place: Place;
}

const PLUGIN_FLAGS = ['enable-admission-plugins', 'disable-admission-plugins', 'admission-control'];

/**
 * The flags that one component of the cluster is started with, wherever they are written: in the command line of a
 * container, in a systemd unit, or in a kubeadm file, whose own defaults are then among them.
 */
export class ComponentView {
  readonly component: Component;
  readonly resource: Resource;
  readonly origin: 'container' | 'kubeadm' | 'systemd';
  readonly container: ContainerView | undefined;
  /** The minor release by image tag or kubernetesVersion; for etcd that of no Kubernetes. */
  readonly minor: number | undefined;
  /** Every flag is known, so that one that is missing is missing. */
  readonly complete: boolean;
  /** What a finding about a missing flag points at. */
  readonly anchor: AnyNode;
  readonly mounts: Mounts;
  readonly faults: readonly FlagFault[];
  /** An etcd of the cluster itself, not one that an application brought along. True for every other component. */
  readonly isCluster: boolean;
  /** Variables of the command line that the input does not tell the value of, each where it is used. */
  readonly unresolved: readonly UnresolvedVariable[];
  readonly #flags: ReadonlyMap<string, readonly Flag[]>;

  constructor(init: {
    readonly component: Component;
    readonly resource: Resource;
    readonly container?: ContainerView;
    readonly minor: number | undefined;
    readonly complete: boolean;
    readonly anchor: AnyNode;
    readonly mounts: Mounts;
    readonly faults: readonly FlagFault[];
    readonly isCluster: boolean;
    readonly flags: readonly Flag[];
    readonly origin?: 'systemd';
    readonly unresolved?: readonly UnresolvedVariable[];
  }) {
    this.component = init.component;
    this.resource = init.resource;
    this.origin = init.origin ?? (init.container === undefined ? 'kubeadm' : 'container');
    this.unresolved = init.unresolved ?? [];
    this.container = init.container;
    this.minor = init.minor;
    this.complete = init.complete;
    this.anchor = init.anchor;
    this.mounts = init.mounts;
    this.faults = init.faults;
    this.isCluster = init.isCluster;
    const flags = new Map<string, Flag[]>();
    for (const flag of init.flags) {
      const others = flags.get(flag.name);
      if (others === undefined) flags.set(flag.name, [flag]);
      else others.push(flag);
    }
    this.#flags = flags;
  }

  /** Names of all flags, in the order of their first occurrence. */
  get names(): Iterable<string> {
    return this.#flags.keys();
  }

  all(name: string): readonly Flag[] {
    return this.#flags.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.#flags.has(name);
  }

  /** The occurrence that counts: the last. */
  flag(name: string): Flag | undefined {
    return this.#flags.get(name)?.at(-1);
  }

  /** Certainly absent. */
  lacks(name: string): boolean {
    return this.complete && !this.#flags.has(name);
  }

  /** Given with a value that is no empty text, or with one that cannot be read. */
  sets(name: string): boolean {
    const flag = this.flag(name);
    return flag !== undefined && flag.value !== '';
  }

  /** The value; undefined where the flag is absent or its value cannot be read. */
  value(name: string): string | undefined {
    const flag = this.flag(name);
    return flag?.known === true ? flag.value : undefined;
  }

  /** The boolean that is in force, `fallback` where the flag is absent; undefined where it cannot be told. */
  boolean(name: string, fallback: boolean): boolean | undefined {
    const flag = this.flag(name);
    if (flag !== undefined) return flag.known ? parseBool(flag.value) : undefined;
    return this.complete ? fallback : undefined;
  }

  /** All values of a list flag; repeated flags add up. */
  words(name: string): readonly FlagWord[] {
    return this.all(name).flatMap((flag) => flag.words);
  }

  /** Every occurrence of the list flag can be read. */
  knows(name: string): boolean {
    return this.all(name).every((flag) => flag.known);
  }

  /** Whether an admission plugin is in force, in a given release; undefined where it cannot be told. */
  plugin(name: string, minor: number): boolean | undefined {
    const names = (flag: string) => this.words(flag).some(({ text }) => text === name);
    if (names('disable-admission-plugins')) return false;
    if (names('enable-admission-plugins') || names('admission-control')) return true;
    if (!this.complete || !PLUGIN_FLAGS.every((flag) => this.knows(flag))) return undefined;
    // The old flag replaces the plugins that are on by themselves.
    if (this.has('admission-control')) return false;
    const entry = pluginEntry(name);
    return entry?.on === true && (entry.since ?? 0) <= minor && (entry.removed ?? Number.POSITIVE_INFINITY) > minor;
  }
}
