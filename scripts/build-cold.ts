/**
 * What most runs never call is kept out of the file that every run loads: the checks and messages of rules that are in
 * no preset by default or concern files that are seldom met, and what facts compute after the map phase. In their place
 * stands a call that loads the chunk; ids, severities, kinds and what facts collect stay where they are.
 */
import { relative } from 'node:path';
import { parse as parseJs } from 'acorn';
import type { AnyRule, Category } from '../src/engine/rule.ts';

/** Categories whose rules look at what an ordinary tree of manifests is made of. */
const COMMON_CATEGORIES: ReadonlySet<Category> = new Set<Category>([
  'pod-security',
  'workload',
  'image',
  'secret',
  'service-account',
  'api',
]);

/** Rules about the whole input that neither kinds nor facts keep from running on a single Deployment. */
const EVERY_RUN: ReadonlySet<string> = new Set([
  'default-service-account-token-mounted',
  'duplicate-resource',
  'namespace-scope-mismatch',
  'qos-best-effort',
  'runtime-class-not-found',
  'service-account-not-found',
  'untrusted-workload-not-sandboxed',
]);

/** Facts that nearly every run computes. */
export const HOT_FACTS: ReadonlySet<string> = new Set(['host-ports.ts', 'requirements.ts', 'runtime-classes.ts']);

/** Rules of a rare category that look at every workload, or at every ConfigMap. */
const OF_WORKLOADS: ReadonlySet<string> = new Set([
  'gitops-insecure-setting',
  'ingress-nginx-controller-vulnerable',
  'ingress-nginx-snippet',
]);

/** The chunk of a rule's check; undefined for rules that every run may need. */
export function chunkOfRule({ id, category, preset, on }: AnyRule): string | undefined {
  if (category === 'suppression') return undefined;
  if (id === 'yaml-syntax' || id === 'yaml-duplicate-key') return undefined;
  if (OF_WORKLOADS.has(id)) return undefined;
  if (!COMMON_CATEGORIES.has(category)) return `rules-${category}`;
  if (on === 'project' && !EVERY_RUN.has(id)) return 'rules-project';
  return preset === 'recommended' ? undefined : 'rules-strict';
}

interface Property {
  readonly name: string;
  readonly start: number;
  /** Behind the comma, where there is one. */
  readonly end: number;
  readonly code: string;
}

/** Leaves out of the one `defineRule` what is only needed to run the rule. `load` is an expression that gives the rule. */
export function withoutCheck(code: string, path: string, sinces: readonly string[], load: string): string {
  const init = soleObject(code, 'defineRule', path);
  const checks = sinces
    .map((since, index) => `{ since: ${JSON.stringify(since)}, check: (s, c) => ${load}.checks[${index}].check(s, c) }`)
    .join(', ');
  const dropped = init.properties.filter(({ name }) => name === 'check' || name === 'checks' || name === 'messages');
  const kept = cutOut(code, dropped);
  const at = init.start + 1;
  return `${kept.slice(0, at)}get messages() { return ${load}.messages; }, checks: [${checks}],${kept.slice(at)}`;
}

/** Puts a call in the place of the `compute` of every `defineFact` of a module. `load` gives the module. */
export function withoutCompute(code: string, path: string, load: string): string {
  let text = code;
  for (const name of exportedFacts(code)) {
    const init = soleObject(text, 'defineFact', path, name);
    const compute = init.properties.find((property) => property.name === 'compute');
    if (compute === undefined) throw new Error(`${path}: the fact ${name} has no compute`);
    text = `${text.slice(0, compute.start)}compute: (p, c) => ${load}.${name}.compute(p, c),${text.slice(compute.end)}`;
  }
  return text;
}

/** `export const name = defineFact({ … })`. */
export function exportedFacts(code: string): readonly string[] {
  const names: string[] = [];
  for (const statement of program(code)) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type === 'Identifier' && isCallOf(init, 'defineFact') && isExported(code, id.name)) names.push(id.name);
    }
  }
  return names;
}

function isExported(code: string, name: string): boolean {
  return program(code).some((statement) => {
    if (statement.type !== 'ExportNamedDeclaration') return false;
    const { declaration, specifiers } = statement;
    if (specifiers.some(({ local }) => local.type === 'Identifier' && local.name === name)) return true;
    return (
      declaration?.type === 'VariableDeclaration' &&
      declaration.declarations.some(({ id }) => id.type === 'Identifier' && id.name === name)
    );
  });
}

function soleObject(code: string, callee: string, path: string, variable?: string) {
  for (const statement of program(code)) {
    for (const [name, value] of valuesOf(statement)) {
      if (variable !== undefined && name !== variable) continue;
      if (value?.type !== 'CallExpression' || !isCallOf(value, callee)) continue;
      const [init] = value.arguments;
      if (init?.type !== 'ObjectExpression') break;
      return { start: init.start, properties: propertiesOf(code, init.properties as readonly Span[]) };
    }
  }
  throw new Error(`${relative(process.cwd(), path)}: no call of ${callee} with an object literal`);
}

type Statement = ReturnType<typeof parseJs>['body'][number];
// biome-ignore lint/suspicious/noExplicitAny: acorn's tree has a type for every kind of expression; three are looked at.
type Expression = any;
type Span = { readonly start: number; readonly end: number; readonly key?: Expression };

function program(code: string): readonly Statement[] {
  return parseJs(code, { ecmaVersion: 'latest', sourceType: 'module' }).body;
}

function valuesOf(statement: Statement): readonly (readonly [string, Expression])[] {
  if (statement.type === 'ExportDefaultDeclaration') return [['default', statement.declaration]];
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration?.type !== 'VariableDeclaration') return [];
  return declaration.declarations.map(({ id, init }) => [id.type === 'Identifier' ? id.name : '', init] as const);
}

function isCallOf(expression: Expression, name: string): boolean {
  return (
    expression?.type === 'CallExpression' && expression.callee.type === 'Identifier' && expression.callee.name === name
  );
}

function propertiesOf(code: string, properties: readonly Span[]): readonly Property[] {
  return properties.flatMap(({ start, end, key }) => {
    if (key?.type !== 'Identifier') return [];
    const comma = /^\s*,/.exec(code.slice(end))?.[0].length ?? 0;
    return [{ name: key.name as string, start, end: end + comma, code: code.slice(start, end) }];
  });
}

function cutOut(code: string, parts: readonly Property[]): string {
  return [...parts]
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), code);
}
