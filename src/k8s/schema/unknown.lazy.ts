import { isList, isMap, type Value } from '../../yaml/value.ts';
import { schemasOf } from './bundle.ts';
import type { Definition, Releases, Schemas, Shape } from './definitions.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Fault } from './walk.ts';

type Step = string | number;

/** What an unknown field was probably meant to be. */
export type Explanation =
  /** Misspelt. */
  | { readonly is: 'misspelt'; readonly near: string }
  /** A field of another release of Kubernetes. */
  | { readonly is: 'other-release'; readonly releases: Releases }
  /** Written at the wrong place: `owner` is the object that has such a field, as far as it is there. */
  | { readonly is: 'elsewhere'; readonly right: readonly Step[]; readonly owner: readonly Step[] | undefined }
  /** A mapping that holds what its parent should hold: `spec` in a Role. */
  | { readonly is: 'wrapper'; readonly fields: readonly string[] }
  /** A setting of another kind of object. */
  | { readonly is: 'other-kind'; readonly kind: string }
  /** A label written straight into a label selector. */
  | { readonly is: 'label' }
  /** A resource name beside `limits` and `requests`. */
  | { readonly is: 'resource' }
  | { readonly is: 'unknown' };

type UnknownFault = Extract<Fault, { is: 'unknown' }>;

/** Looks at what surrounds the field in the manifest and in the API. */
export function explainUnknown(fault: UnknownFault, root: Value, minor: number): Explanation {
  const { key, path, within } = fault;
  const { definition } = within.at(-1)!;
  const value = valueAt(root, path);
  const fields = [...definition.fields.keys()];

  const otherKind = OTHER_KINDS[`${definition.name}.${key}`];
  if (otherKind !== undefined) return { is: 'other-kind', kind: otherKind };
  const close = didYouMean(key, fields, 1);
  const releases = definition.releasesOf(key);
  if (releases !== undefined) return { is: 'other-release', releases };
  if (close?.toLowerCase() === key.toLowerCase()) return { is: 'misspelt', near: close };
  if (definition.name === 'meta.v1.LabelSelector' && typeof value === 'string') return { is: 'label' };
  if (definition.name === 'core.v1.ResourceRequirements' && isResourceName(key)) return { is: 'resource' };
  const wrapped = wrapperOf(value, definition);
  if (wrapped !== undefined) return { is: 'wrapper', fields: wrapped };

  const schemas = schemasOf(minor);
  const elsewhere = new Search(schemas, root, fault).best();
  // One slip away from a field beside it, unless the very word is a field of its parent or of a child that is there.
  if (close !== undefined && !(elsewhere !== undefined && elsewhere.cost <= 1)) return { is: 'misspelt', near: close };
  if (elsewhere !== undefined && elsewhere.cost <= 3) return elsewhere.explanation;
  const near = didYouMean(key, fields);
  if (near !== undefined) return { is: 'misspelt', near };
  return elsewhere?.explanation ?? { is: 'unknown' };
}

interface Found {
  readonly cost: number;
  readonly explanation: Extract<Explanation, { is: 'elsewhere' }>;
}

/** Settings that belong to another kind of object altogether. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  'admissionregistration.v1.ValidatingAdmissionPolicySpec.validationActions': 'ValidatingAdmissionPolicyBinding',
  'admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec.failurePolicy': 'ValidatingAdmissionPolicy',
  'admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec.validations': 'ValidatingAdmissionPolicy',
};

const FARTHEST = 5;
/** Words that half of all types have say nothing about where they belong, but to a direct neighbour. */
const COMMON =
  /^(?:name|namespace|labels|annotations|key|value|values|type|kind|apiVersion|items|path|host|port|data|spec|metadata|status|group|version|operator|mode|uid|message|reason|id|driver|user|image|server)$/;

/** Goes up from the place of the field, and from each object on the way down again, to types that have it. */
class Search {
  readonly #schemas: Schemas;
  readonly #root: Value;
  readonly #fault: UnknownFault;

  constructor(schemas: Schemas, root: Value, fault: UnknownFault) {
    this.#schemas = schemas;
    this.#root = root;
    this.#fault = fault;
  }

  best(): Found | undefined {
    const { key, within, path } = this.#fault;
    const limit = COMMON.test(key) ? 1 : FARTHEST;
    let best: Found | undefined;
    for (let up = 0; up < within.length && up <= limit; up++) {
      const { definition, depth } = within[within.length - 1 - up]!;
      const place = path.slice(0, depth);
      for (const found of this.#below(
        definition,
        place,
        up,
        Math.min(limit, best === undefined ? limit : best.cost - 1),
      )) {
        if (best === undefined || found.cost < best.cost) best = found;
      }
    }
    return best;
  }

  /** Types below an object that have the field, nearest first; of those that are not there only one of a kind. */
  #below(definition: Definition, place: readonly Step[], up: number, limit: number): readonly Found[] {
    const { key } = this.#fault;
    const found: Found[] = [];
    let level: Place[] = [{ definition, place, value: valueAt(this.#root, place), absent: 0 }];
    const seen = new Set<Definition>();
    for (let down = 0; down <= 4 && up + down <= limit; down++) {
      const holders = level.filter((each) => each.definition.fields.has(key) && up + down > 0);
      const least = Math.min(...holders.map(({ absent }) => absent));
      const nearest = holders.filter(({ absent }) => absent === least);
      const chosen = least === 0 || nearest.length === 1 ? nearest[0] : undefined;
      if (chosen !== undefined) {
        const cost = up + down + (chosen.absent > 0 ? 2 : 0);
        const owner = chosen.absent > 0 || isList(chosen.value) ? undefined : chosen.place;
        if (cost <= limit) found.push({ cost, explanation: { is: 'elsewhere', right: [...chosen.place, key], owner } });
        if (least === 0) break;
      }
      // What holds one thing of several: a field of another kind of volume says nothing about this one.
      if (up > 0 && down === 0 && UNIONS.has(definition.name)) break;
      level = level.flatMap((each) => {
        if (seen.has(each.definition)) return [];
        seen.add(each.definition);
        return this.#children(each, down >= 2);
      });
    }
    return found;
  }

  /**
   * The objects that fields of an object hold, there or not; of a list its first. Farther down only the way to the pod
   * is taken, which a CronJob has four levels below.
   */
  #children({ definition, place, value, absent }: Place, toPod: boolean): readonly Place[] {
    const children: Place[] = [];
    for (const [name, field] of definition.fields) {
      const ref = refOf(field);
      if (ref === undefined || name === 'status' || (toPod && !TO_POD.has(name))) continue;
      const inner = isMap(value) ? value[name] : undefined;
      const first = isList(inner) ? inner.findIndex(isMap) : -1;
      const object = field.form === '[' ? (isList(inner) ? inner[first] : undefined) : isMap(inner) ? inner : undefined;
      children.push({
        definition: this.#schemas.definition(ref),
        place: field.form === '[' ? [...place, name, Math.max(0, first)] : [...place, name],
        value: object,
        absent: object === undefined ? absent + 1 : absent,
      });
    }
    return children;
  }
}

const TO_POD: ReadonlySet<string> = new Set(['spec', 'template', 'jobTemplate']);

const UNIONS: ReadonlySet<string> = new Set([
  'core.v1.Volume',
  'core.v1.VolumeProjection',
  'core.v1.PersistentVolumeSpec',
  'core.v1.EnvVarSource',
  'core.v1.Probe',
  'core.v1.LifecycleHandler',
  'autoscaling.v2.MetricSpec',
]);

interface Place {
  readonly definition: Definition;
  readonly place: readonly Step[];
  readonly value: Value | undefined;
  /** How many objects on the way are not there. */
  readonly absent: number;
}

function refOf(shape: Shape): number | undefined {
  if (shape.form === '#') return shape.ref;
  return shape.form === '[' && shape.item?.form === '#' ? shape.item.ref : undefined;
}

function wrapperOf(value: Value | undefined, definition: Definition): readonly string[] | undefined {
  if (!isMap(value)) return undefined;
  const keys = Object.keys(value);
  const telling = keys.filter((key) => definition.fields.has(key) && !COMMON.test(key));
  return keys.length > 0 && telling.length > 0 && keys.every((key) => definition.fields.has(key)) ? telling : undefined;
}

function isResourceName(key: string): boolean {
  return key === 'cpu' || key === 'memory' || key === 'ephemeral-storage' || key === 'storage' || key.includes('/');
}

function valueAt(root: Value, path: readonly Step[]): Value | undefined {
  let value: Value | undefined = root;
  for (const step of path) {
    if (typeof step === 'number') value = isList(value) ? value[step] : undefined;
    else value = isMap(value) ? value[step] : undefined;
  }
  return value;
}
