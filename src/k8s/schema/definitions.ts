import type { Bundle } from './bundle.ts';
import { requirementOf } from './requirements.ts';

/** How a value is written, by the letter that the bundle uses for it. */
export type Form = 'b' | 'i' | 'l' | 'd' | 's' | 'y' | 't' | 'm' | 'q' | 'o' | '*' | '[' | '{' | '#' | 'a' | 'e';

/** What a value has to be. */
export interface Shape {
  readonly form: Form;
  /** Of a list or mapping: what its items are. */
  readonly item: Shape | undefined;
  /** Of a string: the words that it may be in this release. */
  readonly words: readonly string[] | undefined;
  /** Of an object: the number of its definition. */
  readonly ref: number;
}

export interface Field extends Shape {
  readonly name: string;
  readonly required: boolean;
}

/** The releases that know a field; either end is undefined where the bundle does not see it. */
export interface Releases {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** A type of the API as one release has it. */
export class Definition {
  /** `core.v1.Container`. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** Names of the fields that must be there. */
  readonly required: readonly string[];
  /** What else must be there, depending on the rest. */
  readonly requirement: ReturnType<typeof requirementOf>;
  readonly #line: string;

  constructor(line: string, minor: number) {
    const fields = new Map<string, Field>();
    const required: string[] = [];
    const tokens = line.split(' ');
    for (let index = 1; index < tokens.length; index++) {
      const field = parseField(tokens[index]!, minor);
      if (field === undefined) continue;
      fields.set(field.name, field);
      if (field.required) required.push(field.name);
    }
    this.name = tokens[0]!;
    this.fields = fields;
    this.required = required;
    this.requirement = requirementOf(this.name);
    this.#line = line;
  }

  /** When a field that this release does not have was or will be there; undefined where no release has it. */
  releasesOf(name: string): Releases | undefined {
    for (const token of this.#line.split(' ')) {
      const match = FIELD.exec(token);
      if (match?.[1] !== name) continue;
      return { since: toMinor(match[3]), until: toMinor(match[4]) };
    }
    return undefined;
  }
}

/** The types and kinds of one release, read as they are asked for. */
export class Schemas {
  readonly minor: number;
  readonly #bundle: Bundle;
  readonly #kinds = new Map<string, Definition>();
  readonly #definitions: (Definition | undefined)[] = [];

  constructor(bundle: Bundle, minor: number) {
    this.#bundle = bundle;
    this.minor = minor;
  }

  /** The type of a kind that the release serves. */
  kind(apiVersion: string, kind: string): Definition | undefined {
    const key = `${apiVersion} ${kind}`;
    const known = this.#kinds.get(key);
    if (known !== undefined || !Object.hasOwn(this.#bundle.kinds, key)) return known;
    const [number, releases] = this.#bundle.kinds[key]!.split('@') as [string, string | undefined];
    if (!holds(releases, this.minor)) return undefined;
    const definition = this.definition(Number.parseInt(number, 36));
    this.#kinds.set(key, definition);
    return definition;
  }

  definition(number: number): Definition {
    let definition = this.#definitions[number];
    if (definition === undefined) {
      definition = new Definition(this.#bundle.definitions[number]!, this.minor);
      this.#definitions[number] = definition;
    }
    return definition;
  }

  /** By its short name, `core.v1.PodSpec`. Slow: for what is done when something has been found. */
  named(name: string): Definition | undefined {
    const number = this.#bundle.definitions.findIndex((line) => line === name || line.startsWith(`${name} `));
    return number === -1 ? undefined : this.definition(number);
  }

  /** Every kind of the release as `apiVersion kind`. */
  kinds(): readonly string[] {
    return Object.entries(this.#bundle.kinds)
      .filter(([, entry]) => holds(entry.split('@')[1], this.minor))
      .map(([key]) => key);
  }
}

/** name, `!`, from, to, type. */
const FIELD = /^([^:@!]+)(!?)(?:@(\d*)-(\d*))?:(.*)$/;

function parseField(token: string, minor: number): Field | undefined {
  const match = FIELD.exec(token)!;
  if (match[3] !== undefined && !within(match[3], match[4]!, minor)) return undefined;
  return { name: match[1]!, required: match[2] === '!', ...parseShape(match[5]!, minor) };
}

function parseShape(text: string, minor: number): Shape {
  const form = text[0] as Form;
  const item = form === '[' || form === '{' ? parseShape(text.slice(1), minor) : undefined;
  const ref = form === '#' || form === 'a' || form === 'e' ? Number.parseInt(text.slice(1), 36) : -1;
  const words = form === 's' && text[1] === '=' ? parseWords(text.slice(2), minor) : undefined;
  return { form, item, words, ref };
}

function parseWords(text: string, minor: number): readonly string[] {
  const words: string[] = [];
  for (const entry of text.split('|')) {
    const [word, releases] = entry.split('@') as [string, string | undefined];
    if (holds(releases, minor)) words.push(word.replaceAll('~', ' '));
  }
  return words;
}

function holds(releases: string | undefined, minor: number): boolean {
  if (releases === undefined) return true;
  const [from, to] = releases.split('-') as [string, string];
  return within(from, to, minor);
}

function within(from: string, to: string, minor: number): boolean {
  return (from === '' || minor >= Number(from)) && (to === '' || minor <= Number(to));
}

function toMinor(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}
