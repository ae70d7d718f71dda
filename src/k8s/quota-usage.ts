import type { AnyNode } from '../yaml/node.ts';
import { parseQuantity } from './quantity.ts';

/** Amounts by the name of what is counted, in billionths. */
export type Amounts = ReadonlyMap<string, bigint>;

/** What the LimitRanges of a namespace give to containers that say nothing. */
export interface ContainerDefaults {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

interface Resources {
  readonly requests: Map<string, bigint>;
  readonly limits: Map<string, bigint>;
}

export const ONE = 1_000_000_000n;

/** The defaults for containers of one LimitRange, as the API server fills in what it leaves out. */
export function containerDefaults(limitRange: AnyNode): ContainerDefaults {
  const requests = new Map<string, bigint>();
  const limits = new Map<string, bigint>();
  for (const item of limitRange.at(['spec', 'limits']).items() as readonly AnyNode[]) {
    if (item.get('type').string !== 'Container') continue;
    const limit = new Map([...amountsOf(item.get('max')), ...amountsOf(item.get('default'))]);
    const request = new Map([...amountsOf(item.get('min')), ...limit, ...amountsOf(item.get('defaultRequest'))]);
    for (const [name, amount] of limit) limits.set(name, amount);
    for (const [name, amount] of request) requests.set(name, amount);
  }
  return { requests, limits };
}

/**
 * What a pod is charged to the quotas of its namespace, as the pod evaluator of the API server counts it: the sum of
 * its containers and sidecars or the largest init container, whichever is more, and what the pod as a whole asks for in
 * its place. What the cluster adds (the overhead of a RuntimeClass) and what cannot be read counts as nothing, so that
 * the pod is charged at least this.
 */
export function podUsage(spec: AnyNode, defaults: readonly ContainerDefaults[]): Amounts {
  const usage = new Map<string, bigint>([
    ['pods', ONE],
    ['count/pods', ONE],
  ]);
  const own: AnyNode = spec.get('resources');
  const isWhole = hasPodResources(spec);
  // The order in which defaults of the pod as a whole and of LimitRanges are applied differs between releases.
  if (isWhole && defaults.length > 0) return usage;
  const requests = aggregate(spec, 'requests', defaults);
  const limits = aggregate(spec, 'limits', defaults);
  if (isWhole) {
    const podLimits = amountsOf(own.get('limits'));
    const podRequests = amountsOf(own.get('requests'));
    for (const name of ['cpu', 'memory']) {
      const request = podRequests.get(name) ?? requests.get(name) ?? podLimits.get(name);
      if (request !== undefined) requests.set(name, request);
      const limit = podLimits.get(name);
      if (limit !== undefined) limits.set(name, limit);
    }
  }
  for (const [name, amount] of amountsOf(spec.get('overhead'))) {
    requests.set(name, (requests.get(name) ?? 0n) + amount);
    if ((limits.get(name) ?? 0n) > 0n) limits.set(name, limits.get(name)! + amount);
  }
  for (const [name, amount] of requests) {
    if (COMPUTE.has(name) || name.startsWith('hugepages-')) usage.set(name, amount);
    if (COMPUTE.has(name) || name.startsWith('hugepages-') || name.includes('/')) usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of limits) if (COMPUTE.has(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

const COMPUTE: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Of what a quota counts, what each container has to say for itself. */
const DEMANDED: readonly string[] = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

/** Containers that say nothing of what a quota with these names counts: the API server refuses their pod. */
export function silentContainers(
  spec: AnyNode,
  counted: ReadonlySet<string>,
  defaults: readonly ContainerDefaults[],
): readonly { readonly container: AnyNode; readonly missing: readonly string[] }[] {
  const demanded = DEMANDED.filter((name) => counted.has(name));
  if (demanded.length === 0 || hasPodResources(spec)) return [];
  const silent: { readonly container: AnyNode; readonly missing: readonly string[] }[] = [];
  for (const list of ['containers', 'initContainers']) {
    for (const container of spec.get(list).items() as readonly AnyNode[]) {
      const { requests, limits } = resourcesOf(container, defaults);
      const missing = demanded.filter((name) =>
        name.startsWith('limits.') ? !limits.has(name.slice(7)) : !requests.has(name.replace('requests.', '')),
      );
      if (missing.length > 0) silent.push({ container, missing });
    }
  }
  return silent;
}

/** Whether a quota is for the pod; undefined where it depends on what the cluster holds. */
export function quotaCovers(
  quota: AnyNode,
  spec: AnyNode,
  defaults: readonly ContainerDefaults[],
): boolean | undefined {
  const scopes = quota
    .get('scopes')
    .strings.map((scope) => ({ scope, operator: 'Exists', values: [] as readonly string[] }));
  const selectors = (quota.at(['scopeSelector', 'matchExpressions']).items() as readonly AnyNode[]).map((item) => ({
    scope: item.get('scopeName').string ?? '',
    operator: item.get('operator').string ?? '',
    values: item.get('values').strings,
  }));
  let covers: boolean | undefined = true;
  for (const { scope, operator, values } of [...scopes, ...selectors]) {
    const one = isInScope(spec, scope, operator, values, defaults);
    if (one === false) return false;
    if (one === undefined) covers = undefined;
  }
  return covers;
}

function isInScope(
  spec: AnyNode,
  scope: string,
  operator: string,
  values: readonly string[],
  defaults: readonly ContainerDefaults[],
): boolean | undefined {
  switch (scope) {
    case 'Terminating':
    case 'NotTerminating': {
      const isTerminating = (spec.get('activeDeadlineSeconds').number ?? -1) >= 0;
      return isTerminating === (scope === 'Terminating');
    }
    case 'BestEffort':
    case 'NotBestEffort':
      return isBestEffort(spec, defaults) === (scope === 'BestEffort');
    case 'PriorityClass': {
      const name = spec.get('priorityClassName').string;
      // A default class of the cluster may stand in for none.
      if (name === undefined || name === '') return undefined;
      if (operator === 'Exists') return true;
      if (operator === 'In') return values.includes(name);
      return operator === 'NotIn' ? !values.includes(name) : operator === 'DoesNotExist' ? false : undefined;
    }
    default:
      return undefined;
  }
}

function isBestEffort(spec: AnyNode, defaults: readonly ContainerDefaults[]): boolean {
  if (hasPodResources(spec)) return false;
  return ['containers', 'initContainers'].every((list) =>
    (spec.get(list).items() as readonly AnyNode[]).every((container) => {
      const { requests, limits } = resourcesOf(container, defaults);
      return [requests, limits].every((amounts) => ['cpu', 'memory'].every((name) => (amounts.get(name) ?? 0n) <= 0n));
    }),
  );
}

/** cpu, memory or huge pages for the pod as a whole. */
function hasPodResources(spec: AnyNode): boolean {
  const own: AnyNode = spec.get('resources');
  return ['requests', 'limits'].some((key) =>
    (own.get(key).entries() as readonly (readonly [string, AnyNode])[]).some(
      ([name]) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-'),
    ),
  );
}

function aggregate(spec: AnyNode, bound: keyof Resources, defaults: readonly ContainerDefaults[]): Map<string, bigint> {
  const sum = new Map<string, bigint>();
  for (const container of spec.get('containers').items() as readonly AnyNode[])
    add(sum, resourcesOf(container, defaults)[bound]);
  const sidecars = new Map<string, bigint>();
  const peak = new Map<string, bigint>();
  for (const container of spec.get('initContainers').items() as readonly AnyNode[]) {
    const resources = resourcesOf(container, defaults)[bound];
    if (container.get('restartPolicy').string === 'Always') {
      add(sum, resources);
      add(sidecars, resources);
      raise(peak, sidecars);
    } else {
      const during = new Map(sidecars);
      add(during, resources);
      raise(peak, during);
    }
  }
  raise(sum, peak);
  return sum;
}

function add(to: Map<string, bigint>, amounts: Amounts): void {
  for (const [name, amount] of amounts) to.set(name, (to.get(name) ?? 0n) + amount);
}

function raise(to: Map<string, bigint>, amounts: Amounts): void {
  for (const [name, amount] of amounts) {
    const known = to.get(name);
    if (known === undefined || known < amount) to.set(name, amount);
  }
}

/** A container's own, a request that is not given being the limit, and then what LimitRanges give. */
function resourcesOf(container: AnyNode, defaults: readonly ContainerDefaults[]): Resources {
  const resources: AnyNode = container.get('resources');
  const limits = amountsOf(resources.get('limits'));
  const requests = new Map([...limits, ...amountsOf(resources.get('requests'))]);
  for (const each of defaults) {
    for (const [name, amount] of each.limits) if (!limits.has(name)) limits.set(name, amount);
    for (const [name, amount] of each.requests) if (!requests.has(name)) requests.set(name, amount);
  }
  return { requests, limits };
}

/** The amounts of a resource list; one that cannot be read is given, and counts as nothing. */
export function amountsOf(list: AnyNode): Map<string, bigint> {
  return new Map(
    (list.entries() as readonly (readonly [string, AnyNode])[]).map(([name, node]) => [
      name,
      parseQuantity(node.raw)?.nano ?? 0n,
    ]),
  );
}
