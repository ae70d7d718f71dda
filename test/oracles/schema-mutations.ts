/** Faults put into real manifests, one each. Deterministic by the generator given. */
import { isList, isMap, type Value, type ValueMap } from '../../src/yaml/value.ts';

export type Random = () => number;

export interface Mutation {
  readonly what: 'rename' | 'move-up' | 'move-down' | 'retype' | 'remove' | 'case' | 'null' | 'empty' | 'wild';
  readonly path: readonly (string | number)[];
  readonly value: Value;
}

/** A copy of the object with one fault in it; undefined where the draw hit nothing that could be changed. */
export function mutate(root: ValueMap, random: Random): Mutation | undefined {
  const places = placesOf(root);
  const path = places[Math.floor(random() * places.length)];
  if (path === undefined) return undefined;
  const copy = structuredClone(root) as Mutable;
  const key = path.at(-1)!;
  const parent = path.slice(0, -1).reduce<Mutable>((node, step) => node[step] as Mutable, copy);
  const old = parent[key] as Value;
  const what = pick(
    [
      'rename',
      'rename',
      'rename',
      'move-up',
      'move-down',
      'retype',
      'retype',
      'retype',
      'remove',
      'case',
      'null',
      'empty',
      'wild',
    ] as const,
    random,
  );
  switch (what) {
    case 'rename': {
      if (typeof key !== 'string') return undefined;
      const name = misspell(key, random);
      if (name === key || name in parent) return undefined;
      renameKey(parent, key, name);
      return { what, path: [...path.slice(0, -1), name], value: copy };
    }
    case 'move-up': {
      if (typeof key !== 'string' || path.length < 2) return undefined;
      const above = path.slice(0, -2);
      const target = above.reduce<Mutable>((node, step) => node[step] as Mutable, copy);
      if (Array.isArray(target) || key in target) return undefined;
      delete parent[key];
      target[key] = old;
      return { what, path: [...above, key], value: copy };
    }
    case 'move-down': {
      if (typeof key !== 'string') return undefined;
      const siblings = Object.keys(parent).filter((name) => name !== key && isMap(parent[name]));
      if (siblings.length === 0) return undefined;
      const into = pick(siblings, random);
      const target = parent[into] as Mutable;
      if (key in target) return undefined;
      delete parent[key];
      target[key] = old;
      return { what, path: [...path.slice(0, -1), into, key], value: copy };
    }
    case 'retype': {
      const value = retype(old, random);
      if (value === undefined) return undefined;
      parent[key] = value;
      return { what, path, value: copy };
    }
    case 'remove':
      if (Array.isArray(parent)) parent.splice(key as number, 1);
      else delete parent[key];
      return { what, path, value: copy };
    case 'case': {
      if (typeof old !== 'string' || !/^[A-Za-z]+$/.test(old)) return undefined;
      const flipped = old === old.toLowerCase() ? old.toUpperCase() : old.toLowerCase();
      parent[key] = flipped;
      return { what, path, value: copy };
    }
    case 'null':
      parent[key] = null;
      return { what, path, value: copy };
    case 'empty':
      if (isList(old)) parent[key] = [];
      else if (isMap(old)) parent[key] = {};
      else if (typeof old === 'string') parent[key] = '';
      else return undefined;
      return { what, path, value: copy };
    case 'wild':
      parent[key] = pick(
        [0, -1, 70000, 2 ** 31, 1.5, 'Not_A Name', '1GB', 'x'.repeat(300), '0', 'true', '2020-01-01', '%%%'] as const,
        random,
      );
      return { what, path, value: copy };
  }
}

/** A generator of numbers in [0, 1) from a seed (mulberry32). */
export function generator(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)]!;
}

interface Mutable {
  [key: string | number]: Value;
}

/** Every place below the root but `apiVersion` and `kind`, which say what the rest is held against. */
function placesOf(root: ValueMap): readonly (readonly (string | number)[])[] {
  const places: (readonly (string | number)[])[] = [];
  const visit = (value: Value, path: readonly (string | number)[]): void => {
    if (path.length > 0) places.push(path);
    if (isList(value)) for (const [index, item] of value.entries()) visit(item, [...path, index]);
    else if (isMap(value)) {
      for (const key of Object.keys(value)) {
        if (path.length > 0 || (key !== 'apiVersion' && key !== 'kind')) visit(value[key]!, [...path, key]);
      }
    }
  };
  visit(root, []);
  return places;
}

function renameKey(parent: Mutable, from: string, to: string): void {
  const entries = Object.entries(parent);
  for (const [key] of entries) delete parent[key];
  for (const [key, value] of entries) parent[key === from ? to : key] = value;
}

function misspell(word: string, random: Random): string {
  const at = Math.floor(random() * word.length);
  switch (Math.floor(random() * 6)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1) || `${word}x`;
    case 1:
      return word.slice(0, at) + word[at] + word.slice(at);
    case 2:
      return at + 1 < word.length ? word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2) : `${word}s`;
    case 3:
      return word.endsWith('s') ? word.slice(0, -1) : `${word}s`;
    case 4:
      return word === word.toLowerCase() ? word[0]!.toUpperCase() + word.slice(1) : word.toLowerCase();
    default:
      return word.slice(0, at) + pick([...'abcdefghijklmnopqrstuvwxyz'], random) + word.slice(at + 1);
  }
}

function retype(old: Value, random: Random): Value | undefined {
  if (typeof old === 'boolean') return pick([String(old), old ? 1 : 0, [old], 'yes'], random);
  if (typeof old === 'number') return pick<Value>([String(old), [old], { value: old }, old + 0.5, true], random);
  if (typeof old === 'string') return pick<Value>([1, true, [old], { [old.slice(0, 8) || 'a']: old }, 1.5], random);
  if (isList(old)) return pick<Value>([old[0] ?? 'x', { item: old[0] ?? 'x' }, 'x', 1, true], random);
  if (isMap(old)) return pick<Value>([[old], 'x', 1, Object.keys(old)], random);
  return undefined;
}
