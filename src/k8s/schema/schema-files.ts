import { SourceFile } from '../../text/source-file.ts';
import { parse } from '../../yaml/parse.ts';
import { isList, isMap, type ValueMap } from '../../yaml/value.ts';
import type { FileSchema, SchemaFiles } from './file-schema.ts';

/**
 * Understands CustomResourceDefinitions (YAML or JSON) and JSON Schemas named as other validators name them:
 * `group/kind_version.json` as in the CRDs catalog, `kind-group-version.json` as kubeconform writes them, or with
 * `x-kubernetes-group-version-kind` inside.
 */
export function readSchemaFiles(files: Iterable<{ readonly path: string; readonly text: string }>): SchemaFiles {
  const schemas: Record<string, FileSchema> = Object.create(null);
  const unreadable: { path: string; reason: string }[] = [];
  for (const { path, text } of files) {
    let found = false;
    for (const document of parse(new SourceFile(path, text))) {
      const { value } = document;
      if (!isMap(value)) continue;
      if (value['kind'] === 'CustomResourceDefinition') found = addDefinition(value, schemas) || found;
      else if (isSchema(value)) {
        const keys = keysOf(path, value);
        for (const key of keys) schemas[key] = { schema: value, structural: false };
        found ||= keys.length > 0;
      }
    }
    if (!found) unreadable.push({ path, reason: 'no JSON Schema and no CustomResourceDefinition' });
  }
  return { schemas, unreadable };
}

function addDefinition({ spec }: ValueMap, schemas: Record<string, FileSchema>): boolean {
  if (!isMap(spec) || !isMap(spec['names']) || !isList(spec['versions'])) return false;
  const { group, names, versions } = spec;
  let found = false;
  for (const version of versions) {
    if (!isMap(version) || !isMap(version['schema'])) continue;
    const schema = version['schema']['openAPIV3Schema'];
    if (schema === undefined) continue;
    schemas[`${group}/${version['name']}/${names['kind']}`.toLowerCase()] = { schema, structural: true };
    found = true;
  }
  return found;
}

function isSchema(value: ValueMap): boolean {
  return (
    isMap(value['properties']) ||
    isMap(value['definitions']) ||
    typeof value['$ref'] === 'string' ||
    value['type'] === 'object'
  );
}

function keysOf(path: string, schema: ValueMap): readonly string[] {
  const gvks = schema['x-kubernetes-group-version-kind'];
  if (isList(gvks)) {
    const keys = gvks.filter(isMap).map(({ group, version, kind }) => `${group}/${version}/${kind}`.toLowerCase());
    if (keys.length > 0) return keys;
  }
  const [folder, name] = path.split('/').slice(-2) as [string, string | undefined];
  const base = (name ?? folder).replace(/\.(?:json|ya?ml)$/i, '').toLowerCase();
  const inCatalog = /^([a-z0-9]+)_(v\d\w*)$/.exec(base);
  if (inCatalog !== null && name !== undefined) return [`${folder.toLowerCase()}/${inCatalog[2]}/${inCatalog[1]}`];
  return /^[a-z0-9]+-[a-z0-9-]+-v\d\w*$/.test(base) ? [base] : [];
}
