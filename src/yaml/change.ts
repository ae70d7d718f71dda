import { isList, isMap, newMap, type Value, type ValueMap } from './value.ts';

export type Path = readonly (string | number)[];

/** A change of what a document says; paths run from the root of the document as it is before any change. */
export type Change =
  /** Sets what is there or not. Missing parents become mappings, or lists for an index; an index one past the end adds. */
  | { readonly op: 'set'; readonly path: Path; readonly value: Value }
  /** Removes an entry or a list item. A mapping or list that loses its last one stays as `{}` or `[]`. */
  | { readonly op: 'remove'; readonly path: Path }
  | { readonly op: 'rename'; readonly path: Path; readonly key: string };

/** All changes of one document, laid over its tree. */
export interface Plan {
  /** `keep` goes on below. */
  action: 'keep' | 'set' | 'remove';
  value: Value;
  key: string | undefined;
  readonly children: Map<string | number, Plan>;
}

/** Thrown where a change does not fit what is there: a key below a string, an index beyond the end. */
export const MISFIT = Symbol('a change that does not fit');

export function planOf(changes: readonly Change[]): Plan {
  const root = newPlan();
  for (const change of changes) addChange(root, change);
  return root;
}

/** What the document says after the changes; undefined where they do not fit it. */
export function applyChanges(value: Value, changes: readonly Change[]): Value | undefined {
  try {
    return applyPlan(value, planOf(changes));
  } catch (error) {
    if (error === MISFIT) return undefined;
    throw error;
  }
}

/** Undefined stands for what is not there, before and after. */
export function applyPlan(value: Value | undefined, plan: Plan): Value | undefined {
  if (plan.action === 'remove') return undefined;
  if (plan.action === 'set') return plan.value;
  if (plan.children.size === 0) return value;
  if (isMap(value)) return changedMap(value, plan);
  if (isList(value)) return changedList(value, plan);
  if (value !== undefined && value !== null) throw MISFIT;
  const [first] = plan.children.keys();
  const made = typeof first === 'number' ? changedList([], plan) : changedMap(newMap(), plan);
  return isEmpty(made) ? value : made;
}

function isEmpty(value: readonly Value[] | ValueMap): boolean {
  return isList(value) ? value.length === 0 : Object.keys(value).length === 0;
}

function newPlan(): Plan {
  return { action: 'keep', value: null, key: undefined, children: new Map() };
}

function addChange(root: Plan, change: Change): void {
  let plan = root;
  const { path } = change;
  for (let depth = 0; depth < path.length; depth++) {
    const step = path[depth]!;
    if (plan.action === 'set') {
      plan.value = applyPlan(plan.value, wrap(path.slice(depth), change)) ?? null;
      return;
    }
    if (plan.action === 'remove') {
      if (change.op !== 'set') return;
      plan.action = 'set';
      plan.value = applyPlan(null, wrap(path.slice(depth), change)) ?? null;
      return;
    }
    let child = plan.children.get(step);
    if (child === undefined) {
      child = newPlan();
      plan.children.set(step, child);
    }
    plan = child;
  }
  if (change.op === 'rename') {
    plan.key = change.key;
    return;
  }
  plan.action = change.op;
  plan.value = change.op === 'set' ? change.value : null;
  plan.children.clear();
}

function wrap(path: Path, change: Change): Plan {
  const plan = newPlan();
  addChange(plan, { ...change, path });
  return plan;
}

function changedMap(map: ValueMap, { children }: Plan): ValueMap {
  const changed = newMap();
  const put = (key: string, value: Value | undefined): void => {
    if (value === undefined) return;
    if (Object.hasOwn(changed, key)) throw MISFIT;
    changed[key] = value;
  };
  for (const key of Object.keys(map)) {
    const plan = children.get(key);
    put(plan?.key ?? key, plan === undefined ? map[key] : applyPlan(map[key], plan));
  }
  for (const [key, plan] of children) {
    if (typeof key === 'number') throw MISFIT;
    if (!Object.hasOwn(map, key)) put(key, applyPlan(undefined, plan));
  }
  return changed;
}

function changedList(list: readonly Value[], { children }: Plan): readonly Value[] {
  const kept: (Value | undefined)[] = list.slice();
  let isShorter = false;
  for (const [index, plan] of children) {
    if (typeof index !== 'number' || list[index] === undefined) continue;
    kept[index] = applyPlan(list[index], plan);
    isShorter ||= kept[index] === undefined;
  }
  const changed = (isShorter ? kept.filter((value) => value !== undefined) : kept) as Value[];
  for (const [index, plan] of addedItems(list.length, children)) {
    if (plan.key !== undefined) throw MISFIT;
    const value = applyPlan(undefined, plan);
    if (value === undefined) continue;
    if (index !== list.length && !children.has(index - 1)) throw MISFIT;
    changed.push(value);
  }
  return changed;
}

/** What is to be put behind the items that are there, in order. */
export function addedItems(length: number, children: Plan['children']): readonly [number, Plan][] {
  const added: [number, Plan][] = [];
  for (const [index, plan] of children) {
    if (typeof index === 'string') throw MISFIT;
    if (index < 0 || !Number.isInteger(index)) throw MISFIT;
    if (index >= length) added.push([index, plan]);
  }
  return added.sort(([one], [other]) => one - other);
}
