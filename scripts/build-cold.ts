/**
 * What most runs never call is kept out of the file that every run loads: the checks and messages of rules that are in
 * no preset by default or concern files that are seldom met, and what facts compute after the map phase. In their place
 * stands a call that loads the chunk; ids, severities, kinds and what facts collect stay where they are.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse as parseJs } from 'acorn';
import type { AnyFact } from '../src/engine/project.ts';
import type { AnyRule, Category, Target } from '../src/engine/rule.ts';

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
export const HOT_FACTS: ReadonlySet<string> = new Set([
  'host-ports.ts',
  'rbac.ts',
  'requirements.ts',
  'runtime-classes.ts',
]);

/** Kinds of which most inputs hold some. */
const COMMON_KINDS = /^(?:Pod$|ConfigMap$|Secret$|Service$|\w+\.(?:apps|batch)$)/;

/** The chunk of a rule's check; undefined for rules that every run may need. */
export function chunkOfRule({ id, category, preset, on, kinds }: AnyRule): string | undefined {
  if (category === 'suppression') return undefined;
  if (id === 'yaml-syntax' || id === 'yaml-duplicate-key') return undefined;
  // Of whatever category: every workload would load the chunk.
  if (preset === 'recommended' && looksAtWorkloads(on, kinds)) return undefined;
  // Nearly every input holds one of these, and would load the chunk of the category for it.
  if (preset === 'recommended' && on === 'resource' && kinds?.some((kind) => kind === 'ConfigMap' || kind === 'Secret'))
    return 'rules-data';
  if (kinds !== undefined && on !== 'project' && COMMON_CATEGORIES.has(category) && preset === 'recommended') {
    if (!kinds.some((kind) => COMMON_KINDS.test(kind))) return 'rules-kinds';
    if (!kinds.some((kind) => /^(?:Pod|\w+\.apps)$/.test(kind))) return 'rules-data';
  }
  if (!COMMON_CATEGORIES.has(category)) return `rules-${category}`;
  if (on === 'project' && !EVERY_RUN.has(id)) return 'rules-project';
  return preset === 'recommended' ? undefined : 'rules-strict';
}

/** Where a fact is exported. */
export interface FactPlace {
  readonly module: string;
  readonly name: string;
}

/** By name of the fact; one that no module exports is not there. */
export async function placesOfFacts(src: string, rules: readonly AnyRule[]): Promise<ReadonlyMap<string, FactPlace>> {
  const wanted = new Set(rules.flatMap(({ facts }) => facts ?? []));
  const places = new Map<string, FactPlace>();
  for (const module of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!module.endsWith('.ts') || !/^ {2}compute\b|defineFact/m.test(readFileSync(join(src, module), 'utf8')))
      continue;
    for (const [name, value] of Object.entries(await import(join(src, module)))) {
      const fact = value as AnyFact;
      if (wanted.has(fact)) places.set(fact.name, { module: module.replaceAll('\\', '/'), name });
    }
  }
  return places;
}

export interface RegistrySource {
  /** The chunk that holds the checks of a rule. */
  chunkOf(rule: AnyRule): string | undefined;
  chunkName(chunk: string): string;
  moduleOf(rule: AnyRule): string;
  readonly places: ReadonlyMap<string, FactPlace>;
}

/**
 * The text of `rules/index.ts` in the file that every run loads: a rule that stands in a chunk is a row of a table and
 * not a module that has to be run.
 */
export function registry(rules: readonly AnyRule[], { chunkOf, chunkName, moduleOf, places }: RegistrySource): string {
  const here: string[] = [];
  const facts: FactPlace[] = [];
  const chunks: string[] = [];
  const kinds: string[] = [];
  const words: string[] = [];
  const rows = rules.map((rule) => {
    const chunk = chunkOf(rule);
    const known = (rule.facts ?? []).map(({ name }) => places.get(name));
    if (chunk === undefined || rule.when !== undefined || known.includes(undefined)) {
      return here.push(moduleOf(rule)) - 1;
    }
    const { id, category, severity, preset, on, aliases, supersedes, yieldsTo, expectedOfControlPlane, checks } = rule;
    const since = checks.map((check) => check.since);
    const rest = {
      aliases,
      supersedes,
      yieldsTo,
      expectedOfControlPlane,
      defaults: rule.options?.defaults,
      since: since.join() === '1.0' ? undefined : since,
    };
    const isRare = Object.values(rest).some((value) => value !== undefined);
    return [
      id,
      ...[category, severity, preset, on].map((word) => indexIn(words, word)),
      indexIn(chunks, chunk),
      rule.kinds === undefined ? -1 : indexIn(kinds, rule.kinds.join(' ')),
      ...(known.length > 0 || isRare ? [known.map((place) => indexIn(facts, place as FactPlace))] : []),
      ...(isRare ? [rest] : []),
    ];
  });
  const table = JSON.stringify({ rows, kinds, words });
  return `import { ListedRule } from '../engine/listed-rule.ts';
${here.map((module, index) => `import r${index} from ${JSON.stringify(`../${module}`)};`).join('\n')}
${facts.map(({ module, name }, index) => `import { ${name} as f${index} } from ${JSON.stringify(`../${module}`)};`).join('\n')}
const here = [${here.map((_, index) => `r${index}`).join(', ')}];
const factsOf = [${facts.map((_, index) => `f${index}`).join(', ')}];
const chunks = [${chunks.map((chunk) => `(id) => require(${JSON.stringify(`./${chunkName(chunk)}`)}).rules[id]`).join(', ')}];
const { rows, kinds, words } = JSON.parse(${JSON.stringify(table)});
const kindsOf = kinds.map((list) => list.split(' '));
export const rules = rows.map((row) =>
  typeof row === 'number' ? here[row] : new ListedRule(row, words, kindsOf, factsOf, chunks),
);`;
}

function indexIn<T>(list: T[], value: T): number {
  const index = list.indexOf(value);
  return index === -1 ? list.push(value) - 1 : index;
}

function looksAtWorkloads(on: Target, kinds: readonly string[] | undefined): boolean {
  if (on === 'project') return false;
  return kinds === undefined || kinds.includes('Deployment.apps');
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

/**
 * Puts a call in the place of the `compute` of every `defineFact` of a module, and of the `collect` of one that is not
 * offered every resource with pods. `load` gives the module.
 */
export function withoutCompute(code: string, path: string, load: string): string {
  let text = code;
  for (const name of exportedFacts(code)) {
    const compute = soleObject(text, 'defineFact', path, name).properties.find((each) => each.name === 'compute');
    if (compute === undefined) throw new Error(`${path}: the fact ${name} has no compute`);
    text = `${text.slice(0, compute.start)}compute: (p, c) => ${load}.${name}.compute(p, c),${text.slice(compute.end)}`;
    const { properties } = soleObject(text, 'defineFact', path, name);
    const has = (property: string) => properties.some((each) => each.name === property);
    const collect = properties.find((each) => each.name === 'collect');
    if (collect === undefined || !has('kinds') || has('pods')) continue;
    text = `${text.slice(0, collect.start)}collect: (r) => ${load}.${name}.collect(r),${text.slice(collect.end)}`;
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
