import type { AnyNode } from '../../yaml/node.ts';
import { isLabelKey } from '../network/faults.ts';
import { isUnresolved } from '../placeholder.ts';
import { parseQuantity } from '../quantity.ts';
import { didYouMean } from '../schema/did-you-mean.ts';

/** What the API server refuses, or takes and never counts. */
export interface QuotaFault {
  readonly node: AnyNode;
  readonly reason: string;
  readonly effect: 'refused' | 'ineffective';
  readonly atKey?: boolean;
  /** The key that was meant. */
  readonly key?: string;
}

const STANDARD: readonly string[] = [
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
];

const COMPUTE: ReadonlySet<string> = new Set([
  'pods',
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
]);

const HUGE = /^(?:requests\.)?hugepages-/;

/** Which of the standard resources a scope can be asked about. */
const SCOPES: Readonly<Record<string, ReadonlySet<string>>> = {
  Terminating: COMPUTE,
  NotTerminating: COMPUTE,
  NotBestEffort: COMPUTE,
  PriorityClass: COMPUTE,
  CrossNamespacePodAffinity: COMPUTE,
  BestEffort: new Set(['pods']),
  VolumeAttributesClass: new Set(['persistentvolumeclaims', 'requests.storage']),
};

/** A ResourceQuota, as the API server validates it. */
export function validateResourceQuota(spec: AnyNode): readonly QuotaFault[] {
  const faults: QuotaFault[] = [];
  const hard: AnyNode = spec.get('hard');
  const names = hard.entries().map(([name]) => name);
  if (names.length === 0) {
    const node = hard.present ? hard : spec;
    faults.push({
      node,
      reason: 'hard names no resource: the quota limits nothing',
      effect: 'ineffective',
      atKey: true,
    });
  }
  for (const [name, node] of hard.entries() as readonly (readonly [string, AnyNode])[]) {
    if (isUnresolved(name)) continue;
    const amount = faultOfAmount(name, node);
    if (amount !== undefined) faults.push({ node, reason: amount, effect: 'refused' });
    const fault = faultOfResource(name);
    if (fault === undefined) continue;
    const near = didYouMean(name, STANDARD);
    const hint = near === undefined ? '' : `, did you mean ${near}?`;
    faults.push({
      node,
      reason: `"${name}" ${fault.reason}${hint}`,
      effect: fault.effect,
      atKey: true,
      ...(near === undefined || fault.effect !== 'refused' ? {} : { key: near }),
    });
  }
  const scopes = (spec.get('scopes').items() as readonly AnyNode[]).map((node) => ({ node, scope: node.string }));
  for (const expression of spec.at(['scopeSelector', 'matchExpressions']).items() as readonly AnyNode[]) {
    const node: AnyNode = expression.get('scopeName');
    scopes.push({ node, scope: node.string });
    faults.push(...faultsOfSelector(expression));
  }
  const refused = (node: AnyNode, reason: string) => faults.push({ node, reason, effect: 'refused' });
  const seen = new Set<string>();
  for (const { node, scope } of scopes) {
    if (scope === undefined || isUnresolved(scope)) continue;
    const allowed = Object.hasOwn(SCOPES, scope) ? SCOPES[scope] : undefined;
    if (allowed === undefined) {
      const near = didYouMean(scope, Object.keys(SCOPES));
      refused(node, `"${scope}" is no scope${near === undefined ? '' : `, did you mean ${near}?`}`);
      continue;
    }
    const other = names.find((name) => (STANDARD.includes(name) || HUGE.test(name)) && !allowed.has(name));
    if (other !== undefined) refused(node, `scope ${scope} does not go with ${other}`);
    const opposite = scope.startsWith('Not') ? scope.slice(3) : `Not${scope}`;
    if (seen.has(opposite)) refused(node, `scopes ${opposite} and ${scope} exclude one another`);
    seen.add(scope);
  }
  return faults;
}

/** Counted in whole numbers: objects and extended resources. */
const COUNTED: ReadonlySet<string> = new Set(
  'pods resourcequotas services replicationcontrollers secrets configmaps persistentvolumeclaims services.nodeports services.loadbalancers'.split(
    ' ',
  ),
);

function faultOfAmount(name: string, node: AnyNode): string | undefined {
  const amount = parseQuantity(node.raw);
  if (amount === undefined) return undefined;
  if (amount.nano < 0n) return `${name} is less than 0`;
  // Thousandths are all that is looked at.
  const whole = (amount.nano / 1_000_000n) % 1000n === 0n;
  return !whole && (COUNTED.has(name) || isExtended(name)) ? `${name} is counted in whole numbers` : undefined;
}

/** `IsExtendedResourceName`: of a domain that is not Kubernetes' own. */
function isExtended(name: string): boolean {
  return (
    name.includes('/') &&
    !name.includes('kubernetes.io/') &&
    !name.startsWith('requests.') &&
    isLabelKey(`requests.${name}`)
  );
}

function faultOfResource(name: string): Pick<QuotaFault, 'reason' | 'effect'> | undefined {
  if (STANDARD.includes(name) || HUGE.test(name)) return undefined;
  if (!name.includes('/') || !isLabelKey(name))
    return { reason: 'is no resource that a quota can limit', effect: 'refused' };
  if (name.startsWith('limits.') || name.startsWith('limit.')) {
    return { reason: 'is never counted: of extended resources requests alone are', effect: 'ineffective' };
  }
  return undefined;
}

function faultsOfSelector(expression: AnyNode): readonly QuotaFault[] {
  const faults: QuotaFault[] = [];
  const operator = expression.get('operator');
  const scope = expression.get('scopeName').string;
  const hasValues = expression.get('values').items().length > 0;
  const refused = (node: AnyNode, reason: string) => faults.push({ node, reason, effect: 'refused' });
  const existsOnly =
    scope !== undefined && /^(?:Not)?(?:BestEffort|Terminating)$|^CrossNamespacePodAffinity$/.test(scope);
  if (existsOnly && operator.string !== undefined && operator.string !== 'Exists') {
    refused(operator, `scope ${scope} takes the operator Exists alone`);
  } else if ((operator.string === 'In' || operator.string === 'NotIn') && !hasValues) {
    refused(operator, `${operator.string} needs values`);
  } else if ((operator.string === 'Exists' || operator.string === 'DoesNotExist') && hasValues) {
    refused(expression.get('values'), `${operator.string} takes no values`);
  }
  return faults;
}

/** A LimitRange, as the API server validates it. */
export function validateLimitRange(spec: AnyNode): readonly QuotaFault[] {
  const faults: QuotaFault[] = [];
  const limits: AnyNode = spec.get('limits');
  const items = limits.items() as readonly AnyNode[];
  if (items.length === 0) {
    const node = limits.present ? limits : spec;
    return [{ node, reason: 'limits is empty: nothing is limited', effect: 'ineffective', atKey: true }];
  }
  const refused = (node: AnyNode, reason: string, atKey = false) =>
    faults.push({ node, reason, effect: 'refused', ...(atKey ? { atKey } : {}) });
  const types = new Set<string>();
  for (const item of items) {
    const typeNode: AnyNode = item.get('type');
    const type = typeNode.string;
    if (type !== undefined && !isUnresolved(type)) {
      if (!TYPES.includes(type) && !type.includes('/')) {
        const near = didYouMean(type, TYPES);
        refused(
          typeNode,
          `"${type}" is none of ${TYPES.join(', ')}${near === undefined ? '' : `, did you mean ${near}?`}`,
        );
      } else if (types.has(type)) refused(typeNode, `there are two limits of type ${type}`);
      types.add(type);
    }
    const minimum: AnyNode = item.get('min');
    const maximum: AnyNode = item.get('max');
    const limit: AnyNode = item.get('default');
    const request: AnyNode = item.get('defaultRequest');
    if (type === 'Pod') {
      for (const node of [limit, request]) {
        if (node.isMap && node.entries().length > 0) refused(node, `limits of type Pod have no ${node.key}`, true);
      }
    }
    if (type === 'PersistentVolumeClaim' && !minimum.get('storage').present && !maximum.get('storage').present) {
      refused(item, 'limits of type PersistentVolumeClaim need a min or max of storage', true);
    }
    const ratios: AnyNode = item.get('maxLimitRequestRatio');
    for (const list of type === 'Pod' ? [minimum, maximum, ratios] : [minimum, maximum, limit, request, ratios]) {
      for (const [name, node] of list.entries() as readonly (readonly [string, AnyNode])[]) {
        if (isUnresolved(name) || isLimited(type, name)) continue;
        const near = didYouMean(name, ['cpu', 'memory', 'storage', 'ephemeral-storage']);
        const hint = near === undefined ? '' : `, did you mean ${near}?`;
        refused(node, `"${name}" is no resource that limits of type ${type ?? ''} can be for${hint}`, true);
      }
    }
    const inOrder = (lower: AnyNode, upper: AnyNode, at: AnyNode, words: string) => {
      for (const [name, node] of lower.entries() as readonly (readonly [string, AnyNode])[]) {
        const small = parseQuantity(node.raw);
        const large = parseQuantity(upper.get(name).raw ?? null);
        if (small === undefined || large === undefined || small.nano <= large.nano) continue;
        refused(at.get(name), `${words.replace('{}', name)}`);
      }
    };
    inOrder(minimum, maximum, minimum, 'min of {} is more than its max');
    if (type !== 'Pod') {
      inOrder(minimum, request, request, 'defaultRequest of {} is less than its min');
      inOrder(request, maximum, request, 'defaultRequest of {} is more than its max');
      inOrder(request, limit, request, 'defaultRequest of {} is more than its default');
      inOrder(minimum, limit, limit, 'default of {} is less than its min');
      inOrder(limit, maximum, limit, 'default of {} is more than its max');
    }
    for (const [name, node] of ratios.entries() as readonly (readonly [string, AnyNode])[]) {
      const ratio = parseQuantity(node.raw);
      if (ratio === undefined) continue;
      if (ratio.nano < 1_000_000_000n) refused(node, `the ratio of ${name} is less than 1`);
      const least = parseQuantity(minimum.get(name).raw ?? null);
      const most = parseQuantity(maximum.get(name).raw ?? null);
      if (least === undefined || most === undefined) continue;
      // Of min and max there cannot be a larger ratio than between them.
      const [small, large] = [milli(least.nano), milli(most.nano)];
      const isMore = small === 0n ? false : Number(milli(ratio.nano)) / 1000 > Number(large) / Number(small);
      if (isMore) refused(node, `the ratio of ${name} is more than that of its max and min`);
    }
    if (type === 'Pod') continue;
    for (const [name, node] of request.entries() as readonly (readonly [string, AnyNode])[]) {
      if (!name.startsWith('hugepages-') && !(name.includes('/') && !name.includes('kubernetes.io/'))) continue;
      const asked = parseQuantity(node.raw);
      const limited = parseQuantity(limit.get(name).raw ?? null);
      if (asked === undefined || limited === undefined || asked.nano === limited.nano) continue;
      refused(node, `defaultRequest of ${name} has to be the same as its default`);
    }
  }
  return faults;
}

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];

/** Rounded up, as `MilliValue` of a quantity is. */
function milli(nano: bigint): bigint {
  return nano > 0n ? (nano + 999_999n) / 1_000_000n : nano / 1_000_000n;
}

/** Whether a resource can be limited, as `validateLimitRangeResourceName` has it. */
function isLimited(type: string | undefined, name: string): boolean {
  if (!isLabelKey(name)) return false;
  const huge = name.startsWith('hugepages-');
  if (type !== 'Pod' && type !== 'Container') {
    return (
      name.includes('/') ||
      name === 'storage' ||
      huge ||
      name.startsWith('requests.hugepages-') ||
      STANDARD.includes(name)
    );
  }
  if (!name.includes('/')) return huge || ['cpu', 'memory', 'ephemeral-storage'].includes(name);
  return name.includes('kubernetes.io/') || isExtended(name);
}
