import { type LabelSelector, type LabelSet, type Labels, matches, type Requirement } from './labels.ts';
import { isUnresolved } from './placeholder.ts';

/**
 * Finds what a selector holds for among many, by a look at those alone that carry one of the labels it asks for. A key
 * is indexed when the first selector asks for it.
 */
export class LabelIndex<T> {
  /** In the order in which they were given. */
  readonly items: readonly T[];
  readonly #labelsOf: (item: T) => LabelSet;
  readonly #byKey = new Map<string, Carriers<T>>();

  constructor(items: readonly T[], labelsOf: (item: T) => LabelSet) {
    this.items = items;
    this.#labelsOf = labelsOf;
  }

  /** Whether it holds or may hold for any of them, or for any that passes a test. */
  some(selector: LabelSelector, passes?: (item: T) => boolean): boolean {
    const check = (item: T): boolean =>
      (passes === undefined || passes(item)) && matches(selector, this.#labelsOf(item)) !== false;
    const by = this.narrowest(selector);
    if (by === undefined) return this.items.some(check);
    return by.lists.some((list) => list.some(({ item }) => check(item)));
  }

  /** Those for which it holds or may hold, in order. */
  filter(selector: LabelSelector): readonly T[] {
    const check = (item: T): boolean => matches(selector, this.#labelsOf(item)) !== false;
    const by = this.narrowest(selector);
    if (by === undefined) return this.items.filter(check);
    const [only] = by.lists;
    if (by.lists.length === 1) return only!.filter(({ item }) => check(item)).map(({ item }) => item);
    return by.lists
      .flatMap((list) => list.filter(({ item }) => check(item)))
      .sort((one, other) => one.at - other.at)
      .map(({ item }) => item);
  }

  /** The first that passes a test, of those that may carry what is asked for. */
  find(selector: LabelSelector, passes: (item: T) => boolean): T | undefined {
    const by = this.narrowest(selector);
    if (by === undefined) return this.items.find(passes);
    let first: Entry<T> | undefined;
    for (const list of by.lists) {
      const own = list.find(({ item }) => passes(item));
      if (own !== undefined && (first === undefined || own.at < first.at)) first = own;
    }
    return first?.item;
  }

  /** The labels that are asked for are in use, each of them: the selector is meant for such objects. */
  usesKeys(selector: LabelSelector): boolean {
    return selector.every(
      ({ key, operator }) => (operator !== 'In' && operator !== 'Exists') || this.carriers(key).present > 0,
    );
  }

  /** The requirement that leaves the fewest; undefined where none names values. */
  private narrowest(selector: LabelSelector): { readonly lists: readonly (readonly Entry<T>[])[] } | undefined {
    let best: readonly (readonly Entry<T>[])[] | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const requirement of selector) {
      const lists = this.listsOf(requirement);
      if (lists === undefined) continue;
      let count = 0;
      for (const list of lists) count += list.length;
      if (count < fewest) {
        best = lists;
        fewest = count;
      }
    }
    return best === undefined ? undefined : { lists: best };
  }

  private listsOf({ key, operator, values }: Requirement): readonly (readonly Entry<T>[])[] | undefined {
    if (operator !== 'In' || isUnresolved(key) || values.some(isUnresolved)) return undefined;
    const { byValue, unsure } = this.carriers(key);
    const lists: (readonly Entry<T>[])[] = [];
    for (const value of new Set(values)) {
      const own = byValue.get(value);
      if (own !== undefined) lists.push(own);
    }
    if (unsure.length > 0) lists.push(unsure);
    return lists;
  }

  private carriers(key: string): Carriers<T> {
    let carriers = this.#byKey.get(key);
    if (carriers !== undefined) return carriers;
    const byValue = new Map<string, Entry<T>[]>();
    const unsure: Entry<T>[] = [];
    let present = 0;
    for (let at = 0; at < this.items.length; at++) {
      const item = this.items[at]!;
      const { labels, open } = this.#labelsOf(item);
      if (!Object.hasOwn(labels, key)) {
        if (open === true) unsure.push({ item, at });
        continue;
      }
      present++;
      const value = labels[key]!;
      if (isUnresolved(value)) {
        unsure.push({ item, at });
        continue;
      }
      const own = byValue.get(value);
      if (own === undefined) byValue.set(value, [{ item, at }]);
      else own.push({ item, at });
    }
    carriers = { byValue, unsure, present };
    this.#byKey.set(key, carriers);
    return carriers;
  }
}

interface Entry<T> {
  readonly item: T;
  /** Its place among all. */
  readonly at: number;
}

interface Carriers<T> {
  readonly byValue: ReadonlyMap<string, readonly Entry<T>[]>;
  /** Whose value waits for a template, or that may carry the key unseen. */
  readonly unsure: readonly Entry<T>[];
  readonly present: number;
}

/** The other way round: finds the selectors that may hold for an object, by the labels that it has. */
export class SelectorIndex<T> {
  readonly #byLabel = new Map<string, { readonly item: T; readonly at: number }[]>();
  /** Of selectors that pin no label down. */
  readonly #others: { readonly item: T; readonly at: number }[] = [];

  constructor(items: readonly T[], selectorOf: (item: T) => LabelSelector) {
    for (const [at, item] of items.entries()) {
      const pinned = selectorOf(item).find(
        ({ key, operator, values }) =>
          operator === 'In' && values.length === 1 && !isUnresolved(key) && !isUnresolved(values[0]!),
      );
      if (pinned === undefined) {
        this.#others.push({ item, at });
        continue;
      }
      const label = `${pinned.key}=${pinned.values[0]!}`;
      const same = this.#byLabel.get(label);
      if (same === undefined) this.#byLabel.set(label, [{ item, at }]);
      else same.push({ item, at });
    }
  }

  /** Those that may hold for an object with just these labels, in order: each has still to be asked. */
  candidates(labels: Labels): readonly T[] {
    const found = [...this.#others];
    for (const key of Object.keys(labels)) found.push(...(this.#byLabel.get(`${key}=${labels[key]!}`) ?? []));
    return found.sort((one, other) => one.at - other.at).map(({ item }) => item);
  }
}
