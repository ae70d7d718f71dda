/**
 * Builds `dist/`: one CommonJS file that every run loads, chunks that are loaded when they are asked for, the pages of
 * the rules as data, and the library as ES modules with its types (not with `--program`). `docs/architecture.md` says
 * how the parts fit.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse as parseJs } from 'acorn';
import { type BuildOptions, build, type Metafile, type OnLoadResult, type Plugin, transformSync } from 'esbuild';
import { docsOf, firstStep } from '../src/engine/docs.ts';
import type { AnyRule } from '../src/engine/rule.ts';
import { rules } from '../src/rules/index.ts';
import {
  chunkOfRule,
  exportedFacts,
  HOT_FACTS,
  placesOfFacts,
  registry,
  withoutCheck,
  withoutCompute,
} from './build-cold.ts';
import { buildTypes } from './build-types.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');
const DIST = outFolder();
const HOT = 'kubesec-lint.cjs';

/** Modules that become files of their own: by name, and those whose name says something else about them. */
const LAZY = new Set([
  ...readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.lazy.ts')),
  'yaml/reference.ts',
  'yaml/edit.ts',
  'yaml/json.ts',
  ...subcommands(),
]);

/** Where rules and facts stand, and the chunk that holds what the hot bundle leaves out of them. */
const COLD = coldModules();

/** Which modules export the facts that rules name. */
const FACT_PLACES = await placesOfFacts(SRC, rules);

const COMPARED = comparedClasses();

/** What commands would otherwise carry a second time, nearly the whole program. */
const SHARED_WHOLE: ReadonlySet<string> = new Set([
  'rules/index.ts',
  'engine/lint.ts',
  'engine/plan.ts',
  'yaml/parse.ts',
  'cli/open.ts',
  'cli/settings.ts',
]);

/** Chunks whose content is made here. */
const GENERATED: Readonly<Record<string, () => string>> = {
  ...coldChunks(),
  'engine/builtin-docs.lazy.ts':
    () => `const docs = ${JSON.stringify(Object.fromEntries(rules.map((rule) => [rule.id, docsOf(rule)])))};
export function builtinDocs(id) { return docs[id]; }`,
  'engine/builtin-steps.lazy.ts':
    () => `const steps = ${JSON.stringify(Object.fromEntries(rules.map((rule) => [rule.id, firstStep(docsOf(rule))])))};
export function builtinStep(id) { return steps[id]; }`,
};

/** `BUILD_READABLE=1` keeps names and lines, for a look at a profile. */
const isReadable = process.env['BUILD_READABLE'] !== undefined;

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minifyWhitespace: !isReadable,
  minifySyntax: true,
  minifyIdentifiers: !isReadable,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  write: false,
} as const satisfies BuildOptions;

const CJS = {
  ...COMMON,
  format: 'cjs',
  // CommonJS has no import.meta.
  banner: { js: "const __moduleUrl={toString:()=>require('url').pathToFileURL(__filename).href};" },
  define: { KUBESEC_LINT_BUILD: JSON.stringify(hashOfSources()) },
} as const satisfies BuildOptions;

await main();

async function main(): Promise<void> {
  const programOnly = process.argv.includes('--program');
  mkdirSync(DIST, { recursive: true });

  const first = await buildHot([]);
  if (process.env['BUILD_SIZES'] === 'first') printSizes(first.metafile);
  const inHot = new Set(sourcesOf(first.metafile));
  const shared = new Set<string>();
  const chunks = new Map<string, string>();
  const metafiles = [first.metafile];
  const pending = [...first.stubs];
  for (let lazy = pending.shift(); lazy !== undefined; lazy = pending.shift()) {
    if (chunks.has(lazy)) continue;
    const chunk = await buildChunk(lazy, inHot);
    chunks.set(lazy, chunk.text);
    metafiles.push(chunk.metafile);
    if (process.env['BUILD_SIZES'] === lazy) printSizes(chunk.metafile);
    for (const path of chunk.shared) shared.add(path);
    pending.push(...chunk.stubs);
  }
  const hot = await buildHot([...shared].sort());
  if (process.env['BUILD_SIZES'] !== undefined) printSizes(hot.metafile);
  const id = createHash('sha256').update(hot.text).digest('hex').slice(0, 16);
  for (const [lazy, text] of chunks) put(chunkName(lazy), wrapped(text));
  put(HOT, `// ${id}\n${wrapped(hot.text)}`);
  const made = new Set([HOT, ...[...chunks.keys()].map(chunkName)]);
  for (const name of readdirSync(DIST)) if (/\.(?:cjs|json)$/.test(name) && !made.has(name)) rmSync(join(DIST, name));

  if (programOnly) return;
  metafiles.push(await buildLibrary());
  writeNotices(metafiles);
  for (const name of [HOT, ...[...chunks.keys()].map(chunkName).sort()]) {
    process.stderr.write(
      `${String(Math.round(readFileSync(join(DIST, name)).length / 1024)).padStart(6)} KB  dist/${name}\n`,
    );
  }
}

/** As `require` would wrap it: done here, no run has to make a copy of the text. First and last line are the wrapper. */
function wrapped(text: string): string {
  return `(function (exports, require, module, __filename, __dirname) {\n${text}\n})\n`;
}

/**
 * `bin/kubesec-lint.cjs` reads without decoding. esbuild escapes what is not ASCII in strings; in regular expressions
 * and templates the same escapes mean the same.
 */
function ascii(text: string): string {
  return text.replace(/\\?[^\x00-\x7f]/g, (found) => {
    if (found.startsWith('\\')) throw new Error(`${found} cannot be escaped a second time`);
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** `--out FOLDER`, else `dist/`. */
function outFolder(): string {
  const at = process.argv.indexOf('--out');
  return at === -1 ? join(ROOT, 'dist') : resolve(process.argv[at + 1]!);
}

/** In one step, so that a program that runs meanwhile sees the old file or the new one. */
function put(name: string, text: string): void {
  const draft = join(DIST, `${name}.${process.pid}.tmp`);
  writeFileSync(draft, name.endsWith('.cjs') ? ascii(text) : text);
  renameSync(draft, join(DIST, name));
}

/** `BUILD_SIZES=1 npm run build` shows what the bundle that every run loads is made of, `BUILD_SIZES=rules-rbac.ts` a chunk. */
function printSizes({ outputs }: Metafile): void {
  const sizes = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  for (const [path, { bytesInOutput }] of sizes.sort((one, other) => other[1].bytesInOutput - one[1].bytesInOutput)) {
    process.stderr.write(`${String(bytesInOutput).padStart(8)} ${path}\n`);
  }
}

interface Built {
  readonly text: string;
  readonly metafile: Metafile;
  /** Lazy modules that it asks for. */
  readonly stubs: ReadonlySet<string>;
}

/** `shared`: modules that chunks use, so that both sides see the same classes. */
async function buildHot(shared: readonly string[]): Promise<Built> {
  const stubs = new Set<string>();
  const entry = [
    ...shared.map((path, index) => `import * as m${index} from ${JSON.stringify(`./${path}`)};`),
    "import { runProgram } from './cli/program.ts';",
    "import { processTerminal } from './cli/terminal.ts';",
    `export const shared = { ${shared.map((path, index) => `${JSON.stringify(path)}: m${index}`).join(', ')} };`,
    "export { mapShare } from './cli/worker.ts';",
    'export function start() { process.exitCode = runProgram(process.argv.slice(2), processTerminal()); }',
  ].join('\n');
  const built = await build({
    ...CJS,
    stdin: { contents: entry, resolveDir: SRC, loader: 'ts' },
    plugins: [lazyModules(stubs), sources({ folder: DIST, keepsDocs: false, chunk: undefined })],
  });
  for (const { chunk } of COLD.values()) stubs.add(chunk);
  return { text: built.outputFiles[0]!.text, metafile: built.metafile, stubs };
}

async function buildChunk(
  lazy: string,
  inHot: ReadonlySet<string>,
): Promise<Built & { readonly shared: ReadonlySet<string> }> {
  const stubs = new Set<string>();
  const shared = new Set<string>();
  const generated = GENERATED[lazy];
  const built = await build({
    ...CJS,
    ...(generated === undefined
      ? { entryPoints: [join(SRC, lazy)] }
      : { stdin: { contents: generated(), resolveDir: SRC, loader: 'js' } }),
    plugins: [
      hotModules(new Set([...inHot].filter((path) => COLD.get(path)?.chunk !== lazy)), shared),
      lazyModules(stubs),
      sources({ folder: DIST, keepsDocs: false, chunk: lazy }),
    ],
  });
  return { text: built.outputFiles[0]!.text, metafile: built.metafile, stubs, shared };
}

/** Puts in the place of a lazy module functions of the same names that load its chunk on their first call. */
function lazyModules(stubs: Set<string>): Plugin {
  return {
    name: 'lazy-modules',
    setup(pluginBuild) {
      pluginBuild.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
        const lazy = relative(SRC, resolve(resolveDir, path));
        if (kind === 'entry-point' || !LAZY.has(lazy)) return undefined;
        return { path: lazy, namespace: 'lazy' };
      });
      pluginBuild.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }): OnLoadResult => {
        stubs.add(path);
        const lines = exportedFunctions(join(SRC, path)).map(
          (name) => `export function ${name}(...args) { return load().${name}(...args); }`,
        );
        if (isSubcommand(path)) {
          lines.push(
            'export const command = { get help() { return load().command.help; }, run: (...args) => load().command.run(...args) };',
          );
        }
        return {
          contents: `const load = () => require(${JSON.stringify(`./${chunkName(path)}`)});\n${lines.join('\n')}`,
          loader: 'js',
          resolveDir: DIST,
        };
      });
      // Chunks lie beside the file that asks for them; they are not bundled into it.
      pluginBuild.onResolve({ filter: /\.cjs$/ }, ({ path }) => ({ path, external: true }));
    },
  };
}

/**
 * What `instanceof` asks for has to be one class, and what a module keeps has to be kept once. Of anything else a chunk
 * may have a copy: what the hot bundle shares, it holds whole.
 */
function isShared(source: string): boolean {
  if (SHARED_WHOLE.has(source)) return true;
  const text = readFileSync(join(SRC, source), 'utf8');
  if (/^const kept\b|= new WeakMap/m.test(text)) return true;
  return [...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].some(([, name]) => COMPARED.has(name!));
}

/** Names of the classes that some module compares by. */
function comparedClasses(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    for (const [, name] of readFileSync(join(SRC, path), 'utf8').matchAll(/\binstanceof (\w+)/g)) names.add(name!);
  }
  return names;
}

/** Takes modules that the hot bundle holds from there. */
function hotModules(inHot: ReadonlySet<string>, shared: Set<string>): Plugin {
  return {
    name: 'hot-modules',
    setup(pluginBuild) {
      pluginBuild.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
        const source = relative(SRC, resolve(resolveDir, path));
        if (kind === 'entry-point' || LAZY.has(source) || !inHot.has(source) || !isShared(source)) return undefined;
        return { path: source, namespace: 'hot' };
      });
      pluginBuild.onLoad({ filter: /.*/, namespace: 'hot' }, ({ path }): OnLoadResult => {
        shared.add(path);
        return {
          contents: `module.exports = require('./${HOT}').shared[${JSON.stringify(path)}];`,
          loader: 'js',
          resolveDir: DIST,
        };
      });
    },
  };
}

/**
 * Reads the source with two changes. The `docs` of rules are left out: prose is most of a rule file, and a run that finds
 * nothing never shows it. A module that asks where it is gets the place it has in `src/`, so that what it names beside
 * itself is found from any file it ends up in.
 */
function sources({
  folder,
  keepsDocs,
  chunk,
}: {
  readonly folder: string;
  readonly keepsDocs: boolean;
  /** What is built: undefined for the hot bundle, which leaves out what is cold. */
  readonly chunk: string | 'all' | undefined;
}): Plugin {
  return {
    name: 'sources',
    setup(pluginBuild) {
      pluginBuild.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }): OnLoadResult | undefined => {
        if (chunk === undefined && relative(SRC, path) === 'rules/index.ts') {
          const chunkOf = (rule: AnyRule) => COLD.get(moduleOf(rule))?.chunk;
          return { contents: registry(rules, { chunkOf, chunkName, moduleOf, places: FACT_PLACES }), loader: 'js' };
        }
        const text = readFileSync(path, 'utf8');
        const isRule = /[\\/]src[\\/]rules[\\/][^\\/]+[\\/][^_\\/][^\\/]*\.ts$/.test(path);
        if (isRule && !keepsDocs) {
          const { code } = transformSync(text, { loader: 'ts', target: 'node20.19' });
          const cold = chunk === undefined ? COLD.get(relative(SRC, path)) : undefined;
          const undocumented = withoutDocs(code, path);
          if (cold?.rule === undefined) return { contents: undocumented, loader: 'js' };
          const { id, checks } = cold.rule;
          const load = `require(${JSON.stringify(`./${chunkName(cold.chunk)}`)}).rules[${JSON.stringify(id)}]`;
          const sinces = checks.map(({ since }) => since);
          return { contents: withoutCheck(undocumented, path, sinces, load), loader: 'js' };
        }
        // What a fact computes stands in the fact's own chunk and nowhere else.
        const fact = chunk === 'all' || isRule ? undefined : COLD.get(relative(SRC, path));
        if (fact !== undefined && fact.chunk !== chunk) {
          const { code } = transformSync(text, { loader: 'ts', target: 'node20.19' });
          const load = `require(${JSON.stringify(`./${chunkName(fact.chunk)}`)})`;
          return { contents: withoutCompute(code, path, load), loader: 'js' };
        }
        if (!text.includes('import.meta.url')) return undefined;
        const place = JSON.stringify(relative(folder, path).replaceAll('\\', '/'));
        return { contents: text.replaceAll('import.meta.url', `new URL(${place}, __moduleUrl).href`), loader: 'ts' };
      });
    },
  };
}

interface ColdModule {
  readonly chunk: string;
  /** Undefined for a module of facts. */
  readonly rule: AnyRule | undefined;
}

function coldModules(): ReadonlyMap<string, ColdModule> {
  const modules = new Map<string, ColdModule>();
  for (const rule of rules) {
    const chunk = chunkOfRule(rule);
    if (chunk !== undefined) modules.set(moduleOf(rule), { chunk: `${chunk}.ts`, rule });
  }
  for (const name of readdirSync(join(SRC, 'engine', 'facts'))) {
    if (HOT_FACTS.has(name)) continue;
    const path = `engine/facts/${name}`;
    const { code } = transformSync(readFileSync(join(SRC, path), 'utf8'), { loader: 'ts', target: 'node20.19' });
    if (exportedFacts(code).length > 0) modules.set(path, { chunk: `facts-${name}`, rule: undefined });
  }
  return modules;
}

function moduleOf({ category, id }: AnyRule): string {
  return `rules/${category}/${id}.ts`;
}

function coldChunks(): Record<string, () => string> {
  const chunks: Record<string, () => string> = {};
  for (const [path, { chunk, rule }] of COLD) {
    if (rule === undefined) chunks[chunk] = () => `export * from ${JSON.stringify(`./${path}`)};`;
    else chunks[chunk] ??= () => rulesChunk(chunk);
  }
  return chunks;
}

function rulesChunk(chunk: string): string {
  const own = [...COLD].filter(([, cold]) => cold.chunk === chunk);
  const imports = own.map(([path], index) => `import r${index} from ${JSON.stringify(`./${path}`)};`);
  return `${imports.join('\n')}\nexport const rules = { ${own.map(([, { rule }], index) => `${JSON.stringify(rule?.id)}: r${index}`).join(', ')} };`;
}

function withoutDocs(code: string, path: string): string {
  const { body } = parseJs(code, { ecmaVersion: 'latest', sourceType: 'module' });
  for (const statement of body) {
    if (statement.type !== 'ExportDefaultDeclaration' && statement.type !== 'VariableDeclaration') continue;
    const call = statement.type === 'VariableDeclaration' ? statement.declarations[0]?.init : statement.declaration;
    if (call?.type !== 'CallExpression') continue;
    if (call.callee.type !== 'Identifier' || call.callee.name !== 'defineRule') continue;
    const [init] = call.arguments;
    if (init?.type !== 'ObjectExpression') continue;
    for (const property of init.properties) {
      if (property.type !== 'Property' || property.key.type !== 'Identifier' || property.key.name !== 'docs') continue;
      if (property.value.type !== 'ObjectExpression') break;
      const comma = /^\s*,/.exec(code.slice(property.end))?.[0].length ?? 0;
      return code.slice(0, property.start) + code.slice(property.end + comma);
    }
  }
  throw new Error(`${relative(ROOT, path)}: docs has to be an object literal in the call of defineRule`);
}

/** Modules that export `command`; `lint` is what most runs are for. */
function subcommands(): readonly string[] {
  return readdirSync(join(SRC, 'cli'))
    .map((name) => `cli/${name}`)
    .filter((path) => path.endsWith('.ts') && isSubcommand(path));
}

function isSubcommand(path: string): boolean {
  return path !== 'cli/lint.ts' && /^export const command: Command\b/m.test(readFileSync(join(SRC, path), 'utf8'));
}

/** Only functions can be put off; anything else that a hot module imports from a lazy one is an error of the build. */
function exportedFunctions(path: string): readonly string[] {
  const { code } = transformSync(readFileSync(path, 'utf8'), { loader: 'ts', target: 'node20.19' });
  const { body } = parseJs(code, { ecmaVersion: 'latest', sourceType: 'module' });
  const declared = new Set<string>();
  const exported: string[] = [];
  for (const statement of body) {
    if (statement.type === 'FunctionDeclaration') declared.add(statement.id.name);
    if (statement.type !== 'ExportNamedDeclaration') continue;
    const { declaration } = statement;
    if (declaration?.type === 'FunctionDeclaration') exported.push(declaration.id.name);
    for (const { exported: name } of statement.specifiers) if (name.type === 'Identifier') exported.push(name.name);
  }
  return exported.filter(
    (name) => declared.has(name) || code.includes(`function ${name}(`) || code.includes(`function* ${name}(`),
  );
}

/** Tells builds apart whose results may differ. */
function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['src', 'schemas']) {
    for (const path of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (/\.\w+$/.test(path)) hash.update(`${path}\0`).update(readFileSync(join(ROOT, folder, path)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Modules of which something is left in the output. */
function sourcesOf({ outputs }: Metafile): readonly string[] {
  return Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path, { bytesInOutput }]) => path.startsWith('src/') && bytesInOutput > 0)
    .map(([path]) => path.slice('src/'.length));
}

function packagesOf(metafiles: readonly Metafile[]): readonly string[] {
  const names = new Set<string>();
  for (const { inputs } of metafiles) {
    for (const path of Object.keys(inputs)) {
      const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return [...names].sort();
}

/** `yaml/reference.ts` → `yaml-reference.cjs`. */
function chunkName(lazy: string): string {
  return `${lazy.replace(/(\.lazy)?\.ts$/, '').replaceAll('/', '-')}.cjs`;
}

/** What `import` from the package gives: whole rules with their prose, in ES modules that share their parts. */
async function buildLibrary(): Promise<Metafile> {
  const out = join(DIST, 'lib');
  rmSync(out, { recursive: true, force: true });
  const { metafile } = await build({
    ...COMMON,
    write: true,
    format: 'esm',
    splitting: true,
    entryPoints: ['index.ts', 'plugin.ts', 'testing.ts'].map((name) => join(SRC, name)),
    outdir: out,
    // Packages written as CommonJS ask for Node's modules by require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const __moduleUrl = import.meta.url, require = __createRequire(__moduleUrl);",
    },
    plugins: [sources({ folder: out, keepsDocs: true, chunk: 'all' })],
  });
  buildTypes(ROOT, out);
  return metafile;
}

/** The licences of the packages that are bundled. */
function writeNotices(metafiles: readonly Metafile[]): void {
  const texts: string[] = [];
  const modules = join(ROOT, 'node_modules');
  for (const name of packagesOf(metafiles)) {
    const folder = join(modules, name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version: string;
      license: string;
    };
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
    texts.push(`${name} ${version} (${license})\n\n${text}\n`);
  }
  writeFileSync(join(DIST, 'THIRD-PARTY-NOTICES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}
