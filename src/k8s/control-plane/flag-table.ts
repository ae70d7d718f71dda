import { FLAGS, GATES, HINTS, PLUGINS } from './flag-data.ts';
import type { Component } from './flags.ts';

/** The value of a `list` is a line of CSV; an `array` is given once for each value. */
export type FlagType = 'bool' | 'list' | 'array' | 'other';

export interface FlagEntry {
  readonly type: FlagType;
  /** The first minor release that has it; undefined where it is older than the table. */
  readonly since: number | undefined;
  /** The first minor release that no longer has it. */
  readonly removed: number | undefined;
}

export interface PluginEntry {
  readonly on: boolean;
  readonly since: number | undefined;
  readonly removed: number | undefined;
}

export interface GateEntry extends PluginEntry {
  /** From this release on it cannot be set to anything but its default. */
  readonly locked: number | undefined;
}

/** Undefined for a flag that no release in the table has, and for components without a table. */
export function flagEntry(component: Component, name: string): FlagEntry | undefined {
  const rest = entry(FLAGS[component], name);
  if (rest === undefined) return undefined;
  const type = TYPES[rest.slice(0, 2)] ?? 'other';
  return { type, since: numberBehind(rest, '@'), removed: numberBehind(rest, '!') };
}

const TYPES: Readonly<Record<string, FlagType>> = { ':b': 'bool', ':l': 'list', ':a': 'array' };

export function flagType(component: Component, name: string): FlagType | undefined {
  return flagEntry(component, name)?.type;
}

export function hasFlagTable(component: Component): boolean {
  return FLAGS[component] !== undefined;
}

/** What to do instead of a flag that is gone. */
export function flagHint(component: Component, name: string): string | undefined {
  return HINTS.find(([flags]) => flags.includes(` ${component}/${name} `))?.[1];
}

/** Every flag of a component that the release has. */
export function flagNames(component: Component, minor: number): readonly string[] {
  return namesOf(FLAGS[component] ?? '', minor);
}

export function pluginEntry(name: string): PluginEntry | undefined {
  const rest = entry(PLUGINS, name);
  if (rest === undefined) return undefined;
  return { on: rest.startsWith(':on'), since: numberBehind(rest, '@'), removed: numberBehind(rest, '!') };
}

/** Undefined for a gate that no release from 1.30 on has. */
export function gateEntry(name: string): GateEntry | undefined {
  const rest = entry(GATES, name);
  if (rest === undefined) return undefined;
  return {
    on: rest.startsWith(':on'),
    since: numberBehind(rest, '@'),
    removed: numberBehind(rest, '!'),
    locked: numberBehind(rest, '='),
  };
}

export function pluginNames(minor: number): readonly string[] {
  return namesOf(PLUGINS, minor);
}

/** The known name that is nearest, at most two changes of a letter away. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = 3;
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const changes = distance(name, candidate, least);
    if (changes < least) {
      least = changes;
      best = candidate;
    }
  }
  return best;
}

/** What stands behind a name in the table, up to the next blank; the empty text for a flag of the plainest kind. */
function entry(table: string | undefined, name: string): string | undefined {
  if (table === undefined || !/^[A-Za-z0-9][\w-]*$/.test(name)) return undefined;
  for (let at = table.indexOf(` ${name}`); at !== -1; at = table.indexOf(` ${name}`, at + 1)) {
    const from = at + 1 + name.length;
    if (!/[ :@!=]/.test(table[from]!)) continue;
    return table.slice(from, table.indexOf(' ', from));
  }
  return undefined;
}

function numberBehind(rest: string, mark: string): number | undefined {
  const at = rest.indexOf(mark);
  return at === -1 ? undefined : Number.parseInt(rest.slice(at + 1), 10);
}

function namesOf(table: string, minor: number): readonly string[] {
  const names: string[] = [];
  for (const word of table.split(' ')) {
    if (word === '') continue;
    const since = numberBehind(word, '@');
    const removed = numberBehind(word, '!');
    if ((since === undefined || since <= minor) && (removed === undefined || removed > minor)) {
      names.push(word.split(/[:@!]/)[0]!);
    }
  }
  return names;
}

/** Damerau-Levenshtein with neighbours swapped, given up beyond `limit`. */
function distance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    if (Math.min(...next) >= limit) return limit;
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
