import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages } from './lifecycle.ts';

/** `core.v1.Container.imagePullPolicy` → the words that the API accepts there; of a list, for its items. */
export type Enums = ReadonlyMap<string, readonly string[]>;

/**
 * The published OpenAPI documents leave out enumerations, so they are read where they come from: fields whose Go type
 * is a string with constants. `sources` is one release of k8s.io/api.
 */
export function readEnums(sources: string): Enums {
  const go = readGo(sources);
  const enums = new Map<string, readonly string[]>();
  for (const struct of go.structs.keys()) {
    for (const { json, type } of fieldsOf(go, struct)) {
      const values = go.constants.get(type);
      if (values === undefined || !go.strings.has(type) || isOpen(type)) continue;
      enums.set(`${struct.replace('/', '.')}.${json}`, values);
    }
  }
  for (const [field, values] of Object.entries(OTHER_ENUMS)) enums.set(field, values);
  for (const field of [...enums.keys()]) {
    const override = OVERRIDES.find(([pattern]) => pattern.test(field));
    if (override !== undefined) enums.set(field, override[1]);
  }
  return enums;
}

/** Types whose constants are not all that is accepted, or that only the system itself writes. */
function isOpen(type: string): boolean {
  return (
    /(?:ConditionType|ConditionStatus|Phase|QOSClass|AddressType|Freshness|StatusType|ResizeStatus|HealthStatus|VolumeStatus)$/.test(
      type,
    ) ||
    /\.(?:SecretType|ResourceName|FinalizerName|StorageMedium|LimitType|CoordinatedLeaseStrategy|Operation|AllocationConfigSource|SkipNodeOperation)$/.test(
      type,
    )
  );
}

/** Enumerations outside of k8s.io/api, or written there as plain strings; validation of v1.37 holds to them. */
const OTHER_ENUMS: Readonly<Record<string, readonly string[]>> = {
  'meta.v1.LabelSelectorRequirement.operator': ['In', 'NotIn', 'Exists', 'DoesNotExist'],
  'apiextensions.v1.CustomResourceDefinitionSpec.scope': ['Cluster', 'Namespaced'],
  'apiextensions.v1.CustomResourceConversion.strategy': ['None', 'Webhook'],
  'rbac.v1.Subject.kind': ['User', 'Group', 'ServiceAccount'],
  'rbac.v1.RoleRef.kind': ['Role', 'ClusterRole'],
};

/** Where validation differs from the constants. */
const OVERRIDES: readonly (readonly [RegExp, readonly string[]])[] = [
  // v1 refuses Unknown and Some: pkg/apis/admissionregistration/validation.
  [/^admissionregistration\.v1\.\w+Webhook\.sideEffects$/, ['None', 'NoneOnDryRun']],
];

interface GoField {
  readonly json: string;
  /** `core/v1.PullPolicy`: without pointer and list. */
  readonly type: string;
}

interface GoSources {
  /** Struct → its lines. */
  readonly structs: ReadonlyMap<string, string>;
  readonly strings: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, readonly string[]>;
}

function readGo(sources: string): GoSources {
  const structs = new Map<string, string>();
  const strings = new Set<string>();
  const constants = new Map<string, string[]>();
  for (const [folder] of packages(sources)) {
    const name = folder.split('/').slice(-2).join('/');
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith('.go') || /_test\.go$|^zz_|\.pb\.go$|swagger_doc/.test(file)) continue;
      const text = readFileSync(join(folder, file), 'utf8');
      for (const [, type] of text.matchAll(/^type (\w+) string$/gm)) strings.add(`${name}.${type}`);
      for (const [, struct, body] of text.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms))
        structs.set(`${name}.${struct}`, body!);
      const typed = /^\s*(?:const\s+)?\w+\s+(\w+)\s*=\s*"([^"]*)"/gm;
      const converted = /^\s*(?:const\s+)?\w+\s*=\s*(\w+)\("([^"]*)"\)/gm;
      for (const pattern of [typed, converted]) {
        for (const [, type, value] of text.matchAll(pattern)) {
          const key = `${name}.${type}`;
          const values = constants.get(key) ?? [];
          if (!values.includes(value!)) values.push(value!);
          constants.set(key, values);
        }
      }
    }
  }
  return { structs, strings, constants };
}

/** The fields of a struct with those of the structs it embeds. */
function fieldsOf(go: GoSources, struct: string): readonly GoField[] {
  const body = go.structs.get(struct);
  if (body === undefined) return [];
  const home = struct.slice(0, struct.lastIndexOf('.'));
  const fields: GoField[] = [];
  for (const line of body.split('\n')) {
    const inlined = /^\s*([\w.]+)\s+`[^`]*json:"(?:,inline)?"/.exec(line);
    if (inlined !== null) {
      fields.push(...fieldsOf(go, qualify(inlined[1]!, home)));
      continue;
    }
    const field = /^\s*\w+\s+([^\s`]+)\s+`[^`]*json:"([^",]+)/.exec(line);
    if (field === null) continue;
    fields.push({ json: field[2]!, type: qualify(field[1]!.replace(/^\*?(?:\[\])?\*?/, ''), home) });
  }
  return fields;
}

function qualify(type: string, home: string): string {
  const dot = type.lastIndexOf('.');
  if (dot === -1) return `${home}.${type}`;
  const alias = type.slice(0, dot);
  const imported = alias === 'v1' || alias === 'corev1' || alias === 'apiv1' || alias === 'core' ? 'core/v1' : alias;
  return `${imported}.${type.slice(dot + 1)}`;
}
