import type { Value } from '../../yaml/value.ts';

/** Schemas of kinds that are not Kubernetes' own, read from files that the user keeps. Plain data. */
export interface SchemaFiles {
  /** By `group/version/kind`, and by `kind-group-version` where a file name says no more; all in lower case. */
  readonly schemas: Readonly<Record<string, FileSchema>>;
  /** Files that hold no schema, with the reason. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

export interface FileSchema {
  readonly schema: Value;
  /** From a CustomResourceDefinition, as the API server reads it; else JSON Schema. */
  readonly structural: boolean;
}

/** The schema for a kind among those of `readSchemaFiles`. */
export function schemaFor(
  schemas: SchemaFiles['schemas'],
  group: string,
  version: string,
  kind: string,
): FileSchema | undefined {
  const exact = `${group}/${version}/${kind}`.toLowerCase();
  const flat = `${kind}-${group.split('.')[0]}-${version}`.toLowerCase();
  return Object.hasOwn(schemas, exact) ? schemas[exact] : Object.hasOwn(schemas, flat) ? schemas[flat] : undefined;
}
