import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { shortName } from './bundle.ts';
import type { Definitions, JsonSchema } from './inputs.ts';
import { refName } from './lifecycle.ts';

/**
 * What the newest release has and the kubernetes-types package lacks: fields of its interfaces, and the interfaces that
 * these fields need. They are added to the package's own modules, so that nothing has to know where a field comes from.
 */
export function newerTypes(newest: Definitions): string {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('kubernetes-types/package.json'));
  const modules = new Map<string, Map<string, string[]>>();
  const imports = new Map<string, Set<string>>();
  const texts = new Map<string, string>();
  const textOf = (module: string): string => {
    let text = texts.get(module);
    if (text === undefined) {
      const path = join(folder, `${module}.d.ts`);
      text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      texts.set(module, text);
    }
    return text;
  };
  const interfaceOf = (module: string, name: string): string | undefined =>
    new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}`, 'ms').exec(textOf(module))?.[1];

  const visited = new Set<string>();
  for (const [full, schema] of Object.entries(newest).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { module, name } = placeOf(full);
    if (/\/v\d+$/.test(module) && interfaceOf(module, name) !== undefined) visit(full, schema);
  }
  return render();

  function visit(full: string, schema: JsonSchema): void {
    if (visited.has(full)) return;
    visited.add(full);
    const { module, name } = placeOf(full);
    const known = interfaceOf(module, name);
    const lines: string[] = [];
    for (const [field, inner] of Object.entries(schema.properties ?? {})) {
      if (
        known !== undefined &&
        new RegExp(`^ {4}(?:readonly )?"?${field.replace('$', '\\$')}"?\\??:`, 'm').test(known)
      )
        continue;
      // A field that is required only since is not there in older manifests.
      const optional = known !== undefined || schema.required?.includes(field) !== true;
      lines.push(`${/^\w+$/.test(field) ? field : `'${field}'`}${optional ? '?' : ''}: ${typeOf(inner, module)};`);
    }
    if (lines.length === 0 && known !== undefined) return;
    const interfaces = modules.get(module) ?? new Map<string, string[]>();
    interfaces.set(name, lines);
    modules.set(module, interfaces);
  }

  function typeOf(schema: JsonSchema, home: string): string {
    if (schema.$ref !== undefined) return reference(refName(schema.$ref), home);
    const type = Array.isArray(schema.type) ? schema.type.find((each: string) => each !== 'null') : schema.type;
    switch (type) {
      case 'boolean':
      case 'string':
        return type;
      case 'integer':
      case 'number':
        return 'number';
      case 'array':
        return `Array<${typeOf(schema.items!, home)}>`;
      case 'object':
        return schema.additionalProperties === undefined
          ? 'object'
          : `{ [name: string]: ${typeOf(schema.additionalProperties, home)} }`;
      default:
        return 'unknown';
    }
  }

  function reference(full: string, home: string): string {
    if (PLAIN[full] !== undefined) return PLAIN[full];
    const { module, name } = placeOf(full);
    // A group or version that the package does not have at all.
    if (textOf(module) === '') return 'object';
    if (interfaceOf(module, name) === undefined) visit(full, newest[full]!);
    if (module !== home) imports.set(module, (imports.get(module) ?? new Set()).add(name));
    return name;
  }

  function render(): string {
    // A module can be added to where it is imported.
    for (const module of modules.keys()) imports.set(module, imports.get(module) ?? new Set());
    const head = [...imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([module, names]) => `import type { ${[...names].sort().join(', ')} } from 'kubernetes-types/${module}.d.ts';`,
      );
    const body = [...modules]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([module, interfaces]) => {
        const blocks = [...interfaces]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(
            ([name, lines]) =>
              `  interface ${name} {\n${lines
                .sort()
                .map((line) => `    ${line}\n`)
                .join('')}  }\n`,
          );
        return `declare module 'kubernetes-types/${module}.d.ts' {\n${blocks.join('\n')}}\n`;
      });
    return `${head.join('\n')}\n\n${body.join('\n')}`;
  }
}

/** `io.k8s.api.core.v1.Container` → `core/v1`, `Container`. */
function placeOf(full: string): { readonly module: string; readonly name: string } {
  const [group, version, name] = shortName(full).split('.') as [string, string, string | undefined];
  return { module: `${group}/${version}`, name: name ?? version };
}

/** Definitions that are no interfaces. */
const PLAIN: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'string',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'number | string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'string',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'object',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'unknown',
};
