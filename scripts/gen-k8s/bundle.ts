import type { Enums } from './enums.ts';
import type { Definitions, JsonSchema } from './inputs.ts';
import { refName, rootGvk } from './lifecycle.ts';
import { isRequired } from './required.ts';

/**
 * The schemas of all releases. A definition is a line, and what differs between releases differs within the line, so
 * that thirteen releases take little more than one.
 *
 *   25-37                        the oldest and the newest minor
 *   apps/v1 Deployment 03m1      for each kind where its definition stands, `@from-to` behind it where not all releases
 *                                have it; an empty line ends the kinds
 *   core.v1.Container args:[s command:[s name!:s …
 *
 * A definition stands at the character whose number is given, in four digits of base 36: whoever needs ten of a thousand
 * reads these ten.
 *
 * A field is `name:type`, with `!` after the name where it is required and `@from-to` before the colon where not all
 * releases have it so; either end may be left out. Types: b boolean, i int32, l int64, d double, s string, y base64,
 * t time, m time with microseconds, q quantity, o integer or string, * anything, [T a list, {T a mapping, # and a place
 * another definition; a and e with a place: that definition or a list of it, or a boolean, and decoded with leniency
 * (pkg/apis/apiextensions/v1/marshal.go). A string may be followed by `=` and the words it may be, each with its releases,
 * separated by `|`; a blank in a word is written `~`.
 */
export function bundleText(openApi: ReadonlyMap<number, Definitions>, enums: ReadonlyMap<number, Enums>): string {
  const minors = [...openApi.keys()];
  const oldest = minors[0]!;
  const newest = minors.at(-1)!;
  const kinds = new Map<string, { definition: string; minors: number[] }>();
  const reachable = new Map<string, number[]>();
  for (const [minor, defs] of openApi) {
    for (const [name, schema] of Object.entries(defs)) {
      const gvk = rootGvk(schema);
      if (gvk === undefined) continue;
      const key = `${gvk.group === '' ? '' : `${gvk.group}/`}${gvk.version} ${gvk.kind}`;
      const entry = kinds.get(key);
      if (entry === undefined) kinds.set(key, { definition: name, minors: [minor] });
      else if (entry.definition === name) entry.minors.push(minor);
      else throw new Error(`${key} is ${entry.definition} and ${name}`);
      reach(defs, name, minor, reachable);
    }
  }

  const names = [...reachable.keys()].sort();
  // Places have one width: a draft with a number for each tells where everything will stand.
  let places: ReadonlyMap<string, number> = new Map(names.map((name, index) => [name, index]));
  const placeOf = (name: string) => places.get(name)!.toString(36).padStart(4, '0');
  const draft = write();
  let at = draft.indexOf('\n\n') + 2;
  places = new Map(
    draft
      .slice(at)
      .split('\n')
      .slice(0, -1)
      .map((line, index) => {
        const place = at;
        at += line.length + 1;
        return [names[index]!, place];
      }),
  );
  return write();

  function write(): string {
    const head = [...kinds]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { definition, minors: seen }]) => `${key} ${placeOf(definition)}${range(seen)}`);
    const lines = names.map((name) => definitionLine(name, reachable.get(name)!));
    return `${[`${oldest}-${newest}`, ...head, '', ...lines].join('\n')}\n`;
  }

  function range(seen: readonly number[], whole: readonly number[] = minors): string {
    const first = seen[0]!;
    const last = seen.at(-1)!;
    if (last - first + 1 !== seen.length) throw new Error(`a gap in ${seen.join()}`);
    if (first === whole[0] && last === whole.at(-1)) return '';
    return `@${first === whole[0] ? '' : first}-${last === whole.at(-1) ? '' : last}`;
  }

  function definitionLine(name: string, seen: readonly number[]): string {
    // field → spelling → minors that spell it so
    const fields = new Map<string, Map<string, number[]>>();
    for (const minor of seen) {
      const schema = openApi.get(minor)![name]!;
      const short = shortName(name);
      for (const [field, inner] of Object.entries(schema.properties ?? {})) {
        const path = `${short}.${field}`;
        const spelling = `${isRequired(short, field) ? '!' : ''}:${typeOf(inner, path, minor)}`;
        const spellings = fields.get(field) ?? new Map<string, number[]>();
        spellings.set(spelling, [...(spellings.get(spelling) ?? []), minor]);
        fields.set(field, spellings);
      }
    }
    const entries = [...fields]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([field, spellings]) =>
        [...mergeWords(spellings)].map(([spelling, minorsOfSpelling]) => {
          const [flag, type] = [spelling.startsWith('!') ? '!' : '', spelling.slice(spelling.indexOf(':'))];
          return `${field}${flag}${range(minorsOfSpelling, seen)}${type}`;
        }),
      );
    return [shortName(name), ...entries].join(' ');
  }

  /** Spellings that differ in their words only become one, with releases behind the words. */
  function mergeWords(spellings: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, readonly number[]> {
    if (spellings.size === 1 || ![...spellings.keys()].every((spelling) => spelling.includes('='))) return spellings;
    const heads = new Set([...spellings.keys()].map((spelling) => spelling.slice(0, spelling.indexOf('='))));
    if (heads.size > 1) return spellings;
    const all = [...spellings.values()].flat().sort((a, b) => a - b);
    const words = new Map<string, number[]>();
    for (const [spelling, seen] of spellings) {
      for (const word of spelling.slice(spelling.indexOf('=') + 1).split('|'))
        words.set(word, [...(words.get(word) ?? []), ...seen]);
    }
    const merged = [...words]
      .map(
        ([word, seen]) =>
          `${word}${range(
            seen.sort((a, b) => a - b),
            all,
          )}`,
      )
      .join('|');
    return new Map([[`${[...heads][0]}=${merged}`, all]]);
  }

  function typeOf(schema: JsonSchema, path: string, minor: number): string {
    if (schema.$ref !== undefined) {
      const name = refName(schema.$ref);
      const alternative = SCHEMA_OR[name];
      if (alternative !== undefined) return `${alternative}${placeOf(`${CRD}.JSONSchemaProps`)}`;
      return SPECIAL[name] ?? `#${placeOf(name)}`;
    }
    const type = Array.isArray(schema.type)
      ? (schema.type as readonly string[]).filter((word) => word !== 'null').join()
      : schema.type;
    switch (type) {
      case 'boolean':
        return 'b';
      case 'integer':
        return schema.format === 'int32' ? 'i' : 'l';
      case 'number':
        return 'd';
      case 'array':
        return `[${typeOf(schema.items!, path, minor)}`;
      case 'object':
        return schema.additionalProperties === undefined ? '*' : `{${typeOf(schema.additionalProperties, path, minor)}`;
      case 'string': {
        if (schema.format === 'byte') return 'y';
        const words = enums.get(minor)!.get(path);
        return words === undefined
          ? 's'
          : `s=${words
              .filter((word) => word !== '')
              .map((word) => word.replaceAll(' ', '~'))
              .join('|')}`;
      }
      default:
        throw new Error(`${path} has the type ${type}`);
    }
  }
}

/** `io.k8s.api.core.v1.Container` → `core.v1.Container`. */
export function shortName(name: string): string {
  return name
    .replace(/^io\.k8s\.api\./, '')
    .replace(/^io\.k8s\.apimachinery\.pkg\.apis\./, '')
    .replace(/^io\.k8s\.[\w-]+\.pkg\.apis\./, '')
    .replace(/^io\.k8s\.apimachinery\.pkg\./, '');
}

/** Definitions whose form in JSON is not that of their Go struct. */
const SPECIAL: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'q',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'o',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 't',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'm',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': '*',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': '*',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': '*',
};

const CRD = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
/** Schemas in several forms. */
const SCHEMA_OR: Readonly<Record<string, string>> = {
  [`${CRD}.JSONSchemaPropsOrArray`]: 'a',
  [`${CRD}.JSONSchemaPropsOrBool`]: 'e',
  [`${CRD}.JSONSchemaPropsOrStringArray`]: 'a',
};

function reach(defs: Definitions, name: string, minor: number, into: Map<string, number[]>): void {
  if (SPECIAL[name] !== undefined || SCHEMA_OR[name] !== undefined) return;
  const seen = into.get(name);
  if (seen?.at(-1) === minor) return;
  if (seen === undefined) into.set(name, [minor]);
  else seen.push(minor);
  const visit = (schema: JsonSchema): void => {
    if (schema.$ref !== undefined) reach(defs, refName(schema.$ref), minor, into);
    if (schema.items !== undefined) visit(schema.items);
    if (schema.additionalProperties !== undefined) visit(schema.additionalProperties);
  };
  for (const inner of Object.values(defs[name]!.properties ?? {})) visit(inner);
}
