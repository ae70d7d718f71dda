import { requirementOf } from './requirements.ts';

/** The text of all releases; `scripts/gen-k8s/bundle.ts` describes its lines. Of these only what is asked for is read. */
export class Bundle {
  readonly oldest: number;
  readonly newest: number;
  readonly #text: string;
  /** The lines of the kinds, with what ends the line before them. */
  readonly #kinds: string;

  constructor(text: string) {
    const end = text.indexOf('\n');
    const [oldest, newest] = text.slice(0, end).split('-');
    this.oldest = Number(oldest);
    this.newest = Number(newest);
    this.#text = text;
    this.#kinds = text.slice(end, text.indexOf('\n\n') + 1);
  }

  /** Where the definition of a kind stands, with the releases that have it behind that. */
  kind(apiVersion: string, kind: string): string | undefined {
    // What a manifest gives as its kind may be any text.
    if (/\s/.test(kind)) return undefined;
    const start = `\n${apiVersion} ${kind} `;
    const at = this.#kinds.indexOf(start);
    return at === -1 ? undefined : this.line(at + start.length, this.#kinds);
  }

  kinds(): readonly string[] {
    return this.#kinds.slice(1, -1).split('\n');
  }

  line(place: number, text: string = this.#text): string {
    return text.slice(place, text.indexOf('\n', place));
  }

  /** Where a definition of this name stands. */
  place(name: string): number | undefined {
    const text = this.#text;
    const at = Math.max(text.indexOf(`\n${name} `), text.indexOf(`\n${name}\n`));
    return at === -1 ? undefined : at + 1;
  }
}

/** How a value is written, by the letter that the bundle uses for it. */
export type Form = 'b' | 'i' | 'l' | 'd' | 's' | 'y' | 't' | 'm' | 'q' | 'o' | '*' | '[' | '{' | '#' | 'a' | 'e';

/** What a value has to be. */
export interface Shape {
  readonly form: Form;
  /** Of a list or mapping: what its items are. */
  readonly item: Shape | undefined;
  /** Of a string: the words that it may be in this release. */
  readonly words: readonly string[] | undefined;
  /** Of an object: where its definition stands. */
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

/** A type of the API as one release has it. A field is read when it is asked for: objects use few of those they may have. */
export class Definition {
  /** `core.v1.Container`. */
  readonly name: string;
  /** What else must be there than the required fields, depending on the rest. */
  readonly requirement: ReturnType<typeof requirementOf>;
  readonly #line: string;
  readonly #minor: number;
  readonly #known = new Map<string, Field>();
  #required: readonly string[] | undefined;
  #fields: ReadonlyMap<string, Field> | undefined;

  constructor(line: string, minor: number) {
    const end = line.indexOf(' ');
    this.name = end === -1 ? line : line.slice(0, end);
    this.requirement = requirementOf(this.name);
    this.#line = line;
    this.#minor = minor;
  }

  field(name: string): Field | undefined {
    let field = this.#known.get(name);
    if (field === undefined) {
      field = this.#read(name);
      // Only what the release has is kept: names in manifests are without end.
      if (field !== undefined) this.#known.set(name, field);
    }
    return field;
  }

  /** All fields, by name. */
  get fields(): ReadonlyMap<string, Field> {
    this.#fields ??= new Map(this.#parsed().map((field) => [field.name, field]));
    return this.#fields;
  }

  /** Names of the fields that must be there. */
  get required(): readonly string[] {
    this.#required ??= this.#line.includes('!')
      ? this.#parsed().flatMap((field) => (field.required ? [field.name] : []))
      : NONE;
    return this.#required;
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

  /** A field that is not the same in all releases stands there more than once. */
  #read(name: string): Field | undefined {
    const line = this.#line;
    const start = ` ${name}`;
    let found: Field | undefined;
    for (let at = line.indexOf(start); at !== -1; at = line.indexOf(start, at + 1)) {
      const next = line[at + start.length];
      if (next !== ':' && next !== '!' && next !== '@') continue;
      const end = line.indexOf(' ', at + 1);
      found = parseField(line.slice(at + 1, end === -1 ? line.length : end), this.#minor) ?? found;
    }
    return found?.name === name ? found : undefined;
  }

  #parsed(): readonly Field[] {
    return this.#line
      .split(' ')
      .slice(1)
      .flatMap((token) => parseField(token, this.#minor) ?? []);
  }
}

const NONE: readonly string[] = [];

/** The types and kinds of one release, read as they are asked for. */
export class Schemas {
  readonly minor: number;
  readonly #bundle: Bundle;
  readonly #kinds = new Map<string, Definition>();
  readonly #definitions = new Map<number, Definition>();

  constructor(bundle: Bundle, minor: number) {
    this.#bundle = bundle;
    this.minor = minor;
  }

  /** The type of a kind that the release serves. */
  kind(apiVersion: string, kind: string): Definition | undefined {
    const key = `${apiVersion} ${kind}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const [place, releases] = this.#bundle.kind(apiVersion, kind)?.split('@') ?? [];
    if (place === undefined || !holds(releases, this.minor)) return undefined;
    const definition = this.definition(Number.parseInt(place, 36));
    this.#kinds.set(key, definition);
    return definition;
  }

  definition(place: number): Definition {
    let definition = this.#definitions.get(place);
    if (definition === undefined) {
      definition = new Definition(this.#bundle.line(place), this.minor);
      this.#definitions.set(place, definition);
    }
    return definition;
  }

  /** By its short name, `core.v1.PodSpec`. */
  named(name: string): Definition | undefined {
    const place = this.#bundle.place(name);
    return place === undefined ? undefined : this.definition(place);
  }

  /** Every kind of the release as `apiVersion kind`. */
  kinds(): readonly string[] {
    return this.#bundle.kinds().flatMap((entry) => {
      const [apiVersion, kind, place] = entry.split(' ') as [string, string, string];
      return holds(place.split('@')[1], this.minor) ? [`${apiVersion} ${kind}`] : [];
    });
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
