import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap, type Value } from '../../yaml/value.ts';
import type { KubeVersion } from '../version.ts';
import type { Member, Subject } from './subject.ts';

export type CheckLevel = 'baseline' | 'restricted';

/** One place that fails a check. */
export interface Offender {
  /** The value that is forbidden, or the absent node that is demanded. */
  readonly node: AnyNode;
  /** What is wrong there: `privileged is true`. */
  readonly what: string;
  /** The value of the node, where it is known without it. */
  readonly raw?: Value | undefined;
  /** Who it is: `pod`, `container "api"`, `volume "data"`; '' where `what` says it all. */
  readonly who: string;
}

export interface Offence {
  /** The short words by which the admission plugin names the failure. */
  readonly reason: string;
  readonly offenders: readonly Offender[];
}

export type Test = (pod: Subject) => Offence | undefined;

export interface CheckVersion {
  /** The policy version from which this form holds, until the next form of the same check. */
  readonly since: KubeVersion;
  readonly test: Test;
  /** Baseline checks that are not run beside this one at the level restricted, so that a fault is told once. */
  readonly overrides?: readonly string[];
}

export interface PodSecurityCheck {
  readonly id: string;
  readonly level: CheckLevel;
  readonly versions: readonly CheckVersion[];
}

/** The offence made of its offenders, or none. */
export function offence(reason: string, offenders: readonly Offender[] | undefined): Offence | undefined {
  return offenders === undefined || offenders.length === 0 ? undefined : { reason, offenders };
}

/** One more offender. Most pods have none, so the list is made when the first one comes. */
export function and(offenders: Offender[] | undefined, offender: Offender): Offender[] {
  if (offenders === undefined) return [offender];
  offenders.push(offender);
  return offenders;
}

export function podOffender(node: AnyNode, what: string): Offender {
  return { node, what, who: 'pod' };
}

/** `path` runs from the container to the node. */
export function containerOffender(member: Member, path: readonly (string | number)[], what: string): Offender {
  return new ContainerOffender(member, path, what);
}

/** Most pods fail a check of `restricted`, and of most it is only asked whether they do: node and name can wait. */
class ContainerOffender implements Offender {
  readonly what: string;
  readonly #member: Member;
  readonly #path: readonly (string | number)[];
  #node: AnyNode | undefined;

  constructor(member: Member, path: readonly (string | number)[], what: string) {
    this.what = what;
    this.#member = member;
    this.#path = path;
  }

  get node(): AnyNode {
    this.#node ??= this.#member.view.node.at(this.#path);
    return this.#node;
  }

  get who(): string {
    return `container "${this.#member.view.name}"`;
  }

  get raw(): Value | undefined {
    let value: Value | undefined = this.#member.view.node.raw;
    for (const step of this.#path) {
      value =
        typeof step === 'number' ? (isList(value) ? value[step] : undefined) : isMap(value) ? value[step] : undefined;
    }
    return value;
  }
}
