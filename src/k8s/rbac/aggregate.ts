import type { LabelSelector, PolicyRule, Role } from './policy.ts';

/** A rule that is in force for a role, and where it is written: in another role where it came by aggregation. */
export interface EffectiveRule {
  readonly rule: PolicyRule;
  readonly role: Role;
  /** Its place in `rules` of the role that it is written in. */
  readonly index: number;
}

/**
 * The rules that each role grants. A ClusterRole with an `aggregationRule` gets those of every other ClusterRole that
 * one of its selectors matches, in place of its own, and so on until nothing changes, as the controller manager's
 * clusterrole-aggregation controller leaves it.
 */
export function effectiveRules(roles: readonly Role[]): ReadonlyMap<Role, readonly EffectiveRule[]> {
  const effective = new Map<Role, readonly EffectiveRule[]>();
  const aggregated: Role[] = [];
  const sources: Role[] = [];
  for (const role of roles) {
    effective.set(
      role,
      role.rules.map((rule, index) => ({ rule, role, index })),
    );
    if (role.selectors !== undefined) aggregated.push(role);
    if (role.kind === 'ClusterRole') sources.push(role);
  }
  if (aggregated.length === 0) return effective;

  const selected = select(aggregated, sources);
  const idOf = numbering();
  /** Roles whose rules were other ones when the round, or the round before, came to them. */
  let before: ReadonlySet<Role> = new Set(sources);
  // The union of rules only grows, except where roles select each other in a ring; hence the bound.
  for (let round = 0; round <= sources.length; round++) {
    const changed = new Set<Role>();
    for (const role of aggregated) {
      const parts = selected.get(role)!;
      if (round > 0 && !parts.some((part) => changed.has(part) || before.has(part))) continue;
      const union = unionOf(parts, effective, idOf);
      if (sameRules(effective.get(role)!, union, idOf)) continue;
      effective.set(role, union);
      changed.add(role);
    }
    if (changed.size === 0) break;
    before = changed;
  }
  return effective;
}

/** Whether a label selector of a valid form matches; undefined where the API server refuses the selector. */
export function compileSelector(
  selector: LabelSelector,
): ((labels: Readonly<Record<string, string>>) => boolean) | undefined {
  const equal = Object.entries(selector.matchLabels);
  for (const [key, value] of equal) {
    if (!isQualifiedName(key) || !isLabelValue(value)) return undefined;
  }
  for (const { key, operator, values } of selector.matchExpressions) {
    if (!isQualifiedName(key) || !values.every(isLabelValue)) return undefined;
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (!wantsValues && operator !== 'Exists' && operator !== 'DoesNotExist') return undefined;
    if (wantsValues !== values.length > 0) return undefined;
  }
  return (labels) =>
    equal.every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        default:
          return value === undefined;
      }
    });
}

/** For each aggregated role, selector by selector, the roles that match, by name. */
function select(aggregated: readonly Role[], sources: readonly Role[]): ReadonlyMap<Role, readonly Role[]> {
  const byName = [...sources].sort((one, other) => compareBytes(one.name, other.name));
  const byLabel = new Map<string, Role[]>();
  for (const role of byName) {
    for (const key of Object.keys(role.labels)) {
      const label = `${key}=${role.labels[key]}`;
      const labelled = byLabel.get(label);
      if (labelled === undefined) byLabel.set(label, [role]);
      else labelled.push(role);
    }
  }
  const selected = new Map<Role, readonly Role[]>();
  for (const role of aggregated) {
    const matching: Role[] = [];
    for (const selector of role.selectors!) {
      const matches = compileSelector(selector);
      if (matches === undefined) continue;
      const [first] = Object.entries(selector.matchLabels);
      const candidates = first === undefined ? byName : (byLabel.get(`${first[0]}=${first[1]}`) ?? []);
      for (const other of candidates) {
        if (other.name !== role.name && matches(other.labels)) matching.push(other);
      }
    }
    selected.set(role, matching);
  }
  return selected;
}

/** Gives equal rules equal numbers. */
function numbering(): (rule: PolicyRule) => number {
  const byRule = new Map<PolicyRule, number>();
  const byText = new Map<string, number>();
  return (rule) => {
    const known = byRule.get(rule);
    if (known !== undefined) return known;
    const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
    const text = JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs]);
    const id = byText.get(text) ?? byText.size;
    byText.set(text, id);
    byRule.set(rule, id);
    return id;
  };
}

function unionOf(
  roles: readonly Role[],
  effective: ReadonlyMap<Role, readonly EffectiveRule[]>,
  idOf: (rule: PolicyRule) => number,
): readonly EffectiveRule[] {
  const union: EffectiveRule[] = [];
  const seen = new Set<number>();
  for (const role of roles) {
    for (const rule of effective.get(role)!) {
      const id = idOf(rule.rule);
      if (seen.has(id)) continue;
      seen.add(id);
      union.push(rule);
    }
  }
  return union;
}

function sameRules(
  one: readonly EffectiveRule[],
  other: readonly EffectiveRule[],
  idOf: (rule: PolicyRule) => number,
): boolean {
  return one.length === other.length && one.every(({ rule }, index) => idOf(rule) === idOf(other[index]!.rule));
}

/** Go compares strings by their UTF-8 bytes; code points give the same order. */
function compareBytes(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a === b) continue;
    return one.codePointAt(at)! - other.codePointAt(at)!;
  }
  return one.length - other.length;
}

const NAME_PART = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  if (parts.length > 2) return false;
  const name = parts.at(-1)!;
  const prefix = parts.length === 2 ? parts[0]! : undefined;
  if (prefix !== undefined && (prefix.length > 253 || !PREFIX.test(prefix))) return false;
  return name.length <= 63 && NAME_PART.test(name);
}

function isLabelValue(value: string): boolean {
  return value === '' || (value.length <= 63 && NAME_PART.test(value));
}
