/**
 * `npm run bench`: this linter beside whichever peers are on PATH, on trees of 1, 20, 100, 1,000 and 10,000 files, cold
 * and with its cache, written to bench/results.md. `npm run bench -- --sizes 1,100 --runs 5`.
 *
 * kubeconform is given empty schemas: it then does nothing but parse, which makes it the yardstick of a Go program that
 * reads every file. kube-score takes files, not folders.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, type Measure, measureInTurn, onPath } from './measure.ts';
import { writeTree } from './tree.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1,20,100,1000,10000' },
    runs: { type: 'string', default: '5' },
    tree: { type: 'string' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const runs = Number(values.runs);
const work = mkdtempSync(join(tmpdir(), 'kubesec-lint-bench-'));

try {
  const sections = sizes.map(section);
  const results = join(root, 'bench', 'results.md');
  const head = '<!-- measured -->';
  const notes = readFileSync(results, 'utf8').split(head)[0]!;
  writeFileSync(results, `${notes}${head}\n\n${machine()}\n\n${sections.join('\n')}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function section(files: number): string {
  const tree = join(work, `tree-${files}`);
  mkdirSync(tree);
  const bytes = writeTree(tree, files);
  const commands = [...ours(tree), ...peers(tree, files)];
  const measures = measureInTurn(commands, files >= 10_000 ? 1 : runs, 120_000);
  const yardstick = measures.get('kubeconform, empty schemas');
  const lines = commands.map(({ name }) => row(name, measures.get(name), yardstick));
  const table = [
    `## ${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}, ${(bytes / 1e6).toFixed(2)} MB`,
    '',
    '| | ms, minimum | ms, median | CPU ms | peak MB | output KB | median beside kubeconform |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
  console.log(table);
  rmSync(tree, { recursive: true });
  return table;
}

function row(name: string, measure: Measure | undefined, yardstick: Measure | undefined): string {
  if (measure === undefined) return `| ${name} | – | more than 120 s, or failed | | | | |`;
  const { minimum, median, cpu, peak, outputBytes } = measure;
  const ratio = yardstick === undefined ? '' : `${(median / yardstick.median).toFixed(2)} ×`;
  const cells = [
    minimum.toFixed(1),
    median.toFixed(1),
    cpu.toFixed(0),
    peak?.toFixed(0) ?? '',
    (outputBytes / 1024).toFixed(0),
    ratio,
  ];
  return `| ${name} | ${cells.join(' | ')} |`;
}

function ours(tree: string): readonly Command[] {
  const node = [process.execPath, join(root, 'bin', 'kubesec-lint.cjs')];
  const args = ['--no-config', '--format', 'json', '--fail-on', 'never', tree];
  const cache = join(work, 'results');
  const binary = join(root, 'dist', 'bin', `kubesec-lint-${platform()}-${arch()}`);
  const empty = join(work, 'empty.cjs');
  writeFileSync(empty, '');
  return [
    { name: 'an empty Node script', argv: [process.execPath, empty] },
    { name: 'kubesec-lint, Node', argv: [...node, ...args] },
    { name: 'kubesec-lint, Node, one thread', argv: [...node, '--jobs', '1', ...args] },
    { name: 'kubesec-lint, Node, --cache', argv: [...node, '--cache', '--cache-dir', cache, ...args] },
    ...(isFile(binary) ? [{ name: 'kubesec-lint, single binary', argv: [binary, ...args] }] : []),
  ];
}

function peers(tree: string, files: number): readonly Command[] {
  const commands: Command[] = [];
  const kubeconform = onPath('kubeconform');
  if (kubeconform !== undefined) {
    const schemas = join(work, 'schemas');
    mkdirSync(schemas, { recursive: true });
    for (const kind of kindsIn(tree)) writeFileSync(join(schemas, `${kind.toLowerCase()}.json`), '{}');
    const location = `${schemas}/{{ .ResourceKind }}.json`;
    const argv = [kubeconform, '-schema-location', location, '-n', '2', '-output', 'json', tree];
    commands.push({ name: 'kubeconform, empty schemas', argv });
  }
  const kubeScore = onPath('kube-score');
  if (kubeScore !== undefined && files <= 1000) {
    commands.push({ name: 'kube-score', argv: [kubeScore, 'score', '-o', 'json', ...filesIn(tree)] });
  }
  const kubeLinter = onPath('kube-linter');
  if (kubeLinter !== undefined)
    commands.push({ name: 'kube-linter', argv: [kubeLinter, 'lint', '--format', 'json', tree] });
  const checkov = onPath('checkov');
  if (checkov !== undefined && files <= 100) {
    const argv = [
      checkov,
      '--framework',
      'kubernetes',
      '-d',
      tree,
      '-o',
      'json',
      '--quiet',
      '--compact',
      '--skip-download',
    ];
    commands.push({ name: 'checkov', argv });
  }
  return commands;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function kindsIn(tree: string): ReadonlySet<string> {
  const kinds = new Set<string>();
  for (const file of filesIn(tree)) {
    for (const [, kind] of readFileSync(file, 'utf8').matchAll(/^kind: (\w+)$/gm)) kinds.add(kind!);
  }
  return kinds;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model ?? 'unknown'}), Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
}
