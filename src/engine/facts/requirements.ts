import type { ContainerView } from '../../k8s/container.ts';
import { isNodeAgent } from '../../k8s/node-agent.ts';
import type { PodView } from '../../k8s/pod.ts';
import { parseQuantity } from '../../k8s/quantity.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap, type Value } from '../../yaml/value.ts';
import { defineFact } from '../project.ts';
import { placesFact } from './places.ts';

export type Measure = 'cpu' | 'memory' | 'ephemeral-storage';
export type Bound = 'requests' | 'limits';

/** Of which measures there is a request or a limit: one bit each, so that ten thousand pods stay small. */
type Bits = number;

/** One container as far as resources go. */
export interface ContainerRequirements {
  /** Its place among the pod's containers. */
  readonly index: number;
  readonly kind: ContainerView['kind'];
  readonly given: Bits;
}

interface PodData {
  readonly pod: number;
  readonly agent: boolean;
  readonly given: Bits;
  readonly containers: readonly ContainerRequirements[];
}

export interface PodRequirements extends PodData {
  readonly resource: Resource;
  /** No container has any request or limit of cpu or memory, with what LimitRanges and the pod itself add. */
  readonly bestEffort: boolean;
  /** What is in force for a container, defaults included. */
  has(container: ContainerRequirements, bound: Bound, measure: Measure): boolean;
}

interface Defaults {
  readonly default: Bits;
  readonly defaultRequest: Bits;
  readonly max: Bits;
  readonly min: Bits;
}

/** What the LimitRanges of each namespace give to containers that say nothing. */
export const limitRangesFact = defineFact<ReadonlyMap<string, Defaults>, Defaults>({
  name: 'limit-ranges',
  kinds: ['LimitRange'],
  collect({ root }) {
    const limits = root.at(['spec', 'limits']).items() as readonly AnyNode[];
    const containers = limits.filter((item) => item.get('type').string === 'Container');
    if (containers.length === 0) return undefined;
    const of = (key: string): Bits =>
      containers.reduce((bits, item) => bits | measures(item.get(key).raw, 'limits'), 0);
    return { default: of('default'), defaultRequest: of('defaultRequest'), max: of('max'), min: of('min') };
  },
  compute(_project, collected) {
    const byNamespace = new Map<string, Defaults>();
    for (const { resource, data } of collected) {
      const { namespace } = resource.head;
      const known = byNamespace.get(namespace) ?? NO_DEFAULTS;
      byNamespace.set(namespace, {
        default: known.default | data.default,
        defaultRequest: known.defaultRequest | data.defaultRequest,
        max: known.max | data.max,
        min: known.min | data.min,
      });
    }
    return byNamespace;
  },
});

/**
 * Requests and limits of every pod, resolved as the API server fills them in: a container's request is its own, else
 * its limit, else what the LimitRange of the namespace says (`defaultRequest`, the limit it defaults to, `min`); a
 * limit is its own, else `default`, else `max` of the LimitRange. A limit of the pod as a whole bounds each container.
 */
export const requirementsFact = defineFact<readonly PodRequirements[], readonly PodData[]>({
  name: 'requirements',
  pods: true,
  collect(resource) {
    const found: PodData[] = [];
    resource.pods.forEach((pod, index) => {
      // Containers of a SidecarSet join pods that are written elsewhere.
      if (!pod.partial) found.push(podData(pod, index));
    });
    return found.length === 0 ? undefined : found;
  },
  uses: [limitRangesFact, placesFact],
  compute(project, collected) {
    const ranges = project.fact(limitRangesFact);
    const pods: PodRequirements[] = [];
    for (const { resource, data } of collected) {
      const defaults = ranges.get(resource.head.namespace) ?? NO_DEFAULTS;
      for (const pod of data) pods.push(new ResolvedPod(resource, pod, defaults));
    }
    return pods;
  },
});

/** The LimitRange bounds what a container may take of memory. */
export function boundsMemory(defaults: Defaults): boolean {
  return ((defaults.default | defaults.max) & bit('limits', 'memory')) !== 0;
}

/** Namespaces with a ResourceQuota over what pods take. */
export const quotasFact = defineFact<ReadonlySet<string>, true>({
  name: 'quotas',
  kinds: ['ResourceQuota'],
  collect({ root }) {
    const hard = root.at(['spec', 'hard']).raw;
    const keys = typeof hard === 'object' && hard !== null ? Object.keys(hard) : [];
    return keys.some((key) => /^(?:cpu|memory|pods|count\/pods|(?:limits|requests)\..+)$/.test(key)) || undefined;
  },
  compute: (_project, collected) => new Set(collected.map(({ resource }) => resource.head.namespace)),
});

const NO_DEFAULTS: Defaults = { default: 0, defaultRequest: 0, max: 0, min: 0 };

class ResolvedPod implements PodRequirements {
  readonly resource: Resource;
  readonly pod: number;
  readonly agent: boolean;
  readonly given: Bits;
  readonly containers: readonly ContainerRequirements[];
  readonly #defaults: Defaults;

  constructor(resource: Resource, { pod, agent, given, containers }: PodData, defaults: Defaults) {
    this.resource = resource;
    this.pod = pod;
    this.agent = agent;
    this.given = given;
    this.containers = containers;
    this.#defaults = defaults;
  }

  get bestEffort(): boolean {
    return this.containers.every(({ kind, given }) => kind === 'ephemeral' || (this.effective(given) & QOS) === 0);
  }

  has({ given }: ContainerRequirements, bound: Bound, measure: Measure): boolean {
    return (this.effective(given) & bit(bound, measure)) !== 0;
  }

  private effective(given: Bits): Bits {
    return effective(given | this.given, this.#defaults);
  }
}

const REQUESTS: Readonly<Record<Measure, Bits>> = { cpu: 1, memory: 2, 'ephemeral-storage': 4 };
/** Limits are the same bits, further left. */
const LIMIT_SHIFT = 3;
const ALL_REQUESTS = 7;
/** Any request or limit of cpu or memory: the only ones that count for the class of service. */
const QOS = 1 | 2 | (1 << LIMIT_SHIFT) | (2 << LIMIT_SHIFT);

function bit(bound: Bound, measure: Measure): Bits {
  return bound === 'requests' ? REQUESTS[measure] : REQUESTS[measure] << LIMIT_SHIFT;
}

function effective(given: Bits, defaults: Defaults): Bits {
  const ownLimits = given >> LIMIT_SHIFT;
  const defaultLimits = (defaults.default | defaults.max) >> LIMIT_SHIFT;
  const limits = ownLimits | defaultLimits;
  const requests =
    (given & ALL_REQUESTS) | limits | (defaults.defaultRequest >> LIMIT_SHIFT) | (defaults.min >> LIMIT_SHIFT);
  return (requests & ALL_REQUESTS) | (limits << LIMIT_SHIFT);
}

function podData(view: PodView, pod: number): PodData {
  return {
    pod,
    agent: isNodeAgent(view),
    given: givenIn((view.spec as AnyNode).get('resources').raw),
    containers: view.containers.map((container, index) => ({
      index,
      kind: container.kind,
      given: givenIn(container.value['resources']),
    })),
  };
}

function givenIn(resources: Value | undefined): Bits {
  if (!isMap(resources)) return 0;
  return measures(resources['requests'], 'requests') | measures(resources['limits'], 'limits');
}

function measures(map: Value | undefined, bound: Bound): Bits {
  if (!isMap(map)) return 0;
  let bits = 0;
  if (isGiven(map['cpu'])) bits |= bit(bound, 'cpu');
  if (isGiven(map['memory'])) bits |= bit(bound, 'memory');
  if (isGiven(map['ephemeral-storage'])) bits |= bit(bound, 'ephemeral-storage');
  return bits;
}

/** 0 is none. What cannot be read, a template among others, is there all the same. */
function isGiven(value: Value | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'string' && /^[1-9]/.test(value)) return true;
  const quantity = parseQuantity(value);
  return quantity === undefined || quantity.nano > 0n;
}
