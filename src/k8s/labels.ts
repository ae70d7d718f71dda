import { isList, isMap, type Value } from '../yaml/value.ts';
import { isUnresolved } from './placeholder.ts';

export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

/** One condition on one label key. `matchLabels: {k: v}` is the requirement `k In [v]`. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** All requirements have to hold; none at all selects everything. Plain data. */
export type LabelSelector = readonly Requirement[];

export type Labels = Readonly<Record<string, string>>;

/** The label that the API server sets on every namespace to its name. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/** Yes, no, or undefined where a placeholder or an unknown set of labels keeps us from knowing. */
export type Verdict = boolean | undefined;

/** What is known of an object's labels. */
export interface LabelSet {
  readonly labels: Labels;
  /** There may be labels that are not listed: a namespace that is nowhere defined, labels from a template. */
  readonly open?: boolean;
}

/** A selector as written, with what is wrong with it. */
export interface ReadSelector {
  readonly selector: LabelSelector;
  /** The API server would not take it: an unknown operator, values where none belong or none where some do. */
  readonly invalid: boolean;
}

/**
 * Reads a LabelSelector (`matchLabels`, `matchExpressions`). Undefined for a selector that is not there: what that
 * means is for the field to say. An invalid requirement is kept as one that nothing can be said about.
 */
export function readSelector(value: Value | undefined): ReadSelector | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isMap(value)) return { selector: [UNDECIDABLE], invalid: true };
  const selector: Requirement[] = [];
  let invalid = false;
  const { matchLabels, matchExpressions } = value;
  if (isMap(matchLabels)) {
    for (const key of Object.keys(matchLabels)) {
      const wanted = matchLabels[key];
      if (typeof wanted === 'string') selector.push({ key, operator: 'In', values: [wanted] });
      else if (wanted === null) selector.push({ key, operator: 'In', values: [''] });
      else invalid = true;
    }
  } else if (matchLabels !== undefined && matchLabels !== null) invalid = true;
  if (isList(matchExpressions)) {
    for (const expression of matchExpressions) {
      const requirement = readRequirement(expression);
      if (requirement === undefined) invalid = true;
      else selector.push(requirement);
    }
  } else if (matchExpressions !== undefined && matchExpressions !== null) invalid = true;
  if (invalid) selector.push(UNDECIDABLE);
  return { selector, invalid };
}

/** A Service's selector: a plain mapping of labels. */
export function selectorOfLabels(value: Value | undefined): LabelSelector {
  if (!isMap(value)) return [];
  const selector: Requirement[] = [];
  for (const key of Object.keys(value)) {
    const wanted = value[key];
    selector.push(typeof wanted === 'string' ? { key, operator: 'In', values: [wanted] } : UNDECIDABLE);
  }
  return selector;
}

/** Whether a selector holds for an object, as `labels.Selector.Matches` of the API machinery decides it. */
export function matches(selector: LabelSelector, { labels, open = false }: LabelSet): Verdict {
  let verdict: Verdict = true;
  for (const requirement of selector) {
    const holds = matchesRequirement(requirement, labels, open);
    if (holds === false) return false;
    if (holds === undefined) verdict = undefined;
  }
  return verdict;
}

/** What a selector says of an object of which nothing is known but that another selector holds for it. */
export function implies(known: LabelSelector, asked: LabelSelector): Verdict {
  if (asked.length === 0) return true;
  const states = statesOf(known);
  let verdict: Verdict = true;
  for (const requirement of asked) {
    const holds = impliesRequirement(states.get(requirement.key), requirement);
    if (holds === false) return false;
    if (holds === undefined) verdict = undefined;
  }
  return verdict;
}

/** Whether any set of labels at all could match. */
export function isSatisfiable(selector: LabelSelector): boolean {
  for (const { exists, absent, allowed } of statesOf(selector).values()) {
    if (exists && absent) return false;
    if (allowed !== undefined && allowed.size === 0) return false;
  }
  return true;
}

/** One text for selectors that mean the same: a key for memos. */
export function canonical(selector: LabelSelector): string {
  return selector
    .map(({ key, operator, values }) => `${key}\u0001${operator}\u0001${[...values].sort().join('\u0002')}`)
    .sort()
    .join('\u0003');
}

/** As kubectl prints a selector: `app=web,tier in (a, b),!legacy`. */
export function formatSelector(selector: LabelSelector): string {
  if (selector.length === 0) return '{}';
  return selector
    .map(({ key, operator, values }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      if (operator === 'In' && values.length === 1) return `${key}=${values[0]}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(', ')})`;
    })
    .join(',');
}

/** Stands for a requirement that cannot be read: it neither holds nor fails. */
const UNDECIDABLE: Requirement = { key: '${}', operator: 'Exists', values: [] };

export function isUndecidable(requirement: Requirement): boolean {
  return requirement.key === UNDECIDABLE.key;
}

function matchesRequirement({ key, operator, values }: Requirement, labels: Labels, open: boolean): Verdict {
  if (isUnresolved(key)) return undefined;
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'Exists':
      return value !== undefined ? true : open ? undefined : false;
    case 'DoesNotExist':
      return value !== undefined ? false : open ? undefined : true;
    case 'In':
      return isIn(value, values, open);
    case 'NotIn':
      return negate(isIn(value, values, open));
  }
}

function isIn(value: string | undefined, values: readonly string[], open: boolean): Verdict {
  if (value === undefined) return open ? undefined : false;
  if (values.includes(value)) return true;
  return isUnresolved(value) || values.some(isUnresolved) ? undefined : false;
}

/** What requirements together say about one key. */
interface KeyState {
  exists: boolean;
  absent: boolean;
  /** The values it may have; undefined for any but the denied ones. */
  allowed: Set<string> | undefined;
  readonly denied: Set<string>;
}

function statesOf(selector: LabelSelector): ReadonlyMap<string, KeyState> {
  const states = new Map<string, KeyState>();
  for (const { key, operator, values } of selector) {
    if (isUnresolved(key)) continue;
    let state = states.get(key);
    if (state === undefined) {
      state = { exists: false, absent: false, allowed: undefined, denied: new Set() };
      states.set(key, state);
    }
    if (operator === 'Exists') state.exists = true;
    else if (operator === 'DoesNotExist') state.absent = true;
    else if (operator === 'NotIn') for (const value of values) state.denied.add(value);
    else {
      state.exists = true;
      // A value that has not been filled in may turn out to be any.
      if (values.some(isUnresolved)) continue;
      const before: ReadonlySet<string> | undefined = state.allowed;
      state.allowed = new Set(before === undefined ? values : values.filter((value) => before.has(value)));
    }
  }
  for (const { allowed, denied } of states.values()) for (const value of denied) allowed?.delete(value);
  return states;
}

function impliesRequirement(state: KeyState | undefined, { key, operator, values }: Requirement): Verdict {
  if (state === undefined || isUnresolved(key)) return undefined;
  const { exists, absent, allowed, denied } = state;
  switch (operator) {
    case 'Exists':
      return exists ? true : absent ? false : undefined;
    case 'DoesNotExist':
      return exists ? false : absent ? true : undefined;
    case 'In':
    case 'NotIn': {
      let isIn: Verdict;
      if (absent) isIn = false;
      else if (allowed !== undefined) {
        const inside = [...allowed].filter((value) => values.includes(value)).length;
        isIn = inside === 0 ? false : inside === allowed.size ? true : undefined;
      } else if (values.every((value) => denied.has(value))) isIn = false;
      return operator === 'In' ? isIn : negate(isIn);
    }
  }
}

function negate(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}

function readRequirement(expression: Value): Requirement | undefined {
  if (!isMap(expression)) return undefined;
  const { key, operator, values } = expression;
  if (typeof key !== 'string' || key === '') return undefined;
  const given = values === undefined || values === null ? [] : isList(values) ? values : undefined;
  if (given === undefined || !given.every((value) => typeof value === 'string')) return undefined;
  const strings = given as readonly string[];
  if (operator === 'In' || operator === 'NotIn')
    return strings.length === 0 ? undefined : { key, operator, values: strings };
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    return strings.length > 0 ? undefined : { key, operator, values: strings };
  }
  return undefined;
}
