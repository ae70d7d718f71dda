/**
 * `npm run build:binary [-- TARGET…]`: the program as one executable a platform, made by Bun from `dist/`. Bun is
 * fetched from npm for this script alone, so `npm ci` stays small. Targets: linux-x64, linux-arm64, darwin-arm64,
 * darwin-x64, windows-x64; all of them without an argument.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BUN_VERSION = '1.4.5';
const TARGETS: Readonly<Record<string, string>> = {
  'linux-x64': 'bun-linux-x64-baseline',
  'linux-arm64': 'bun-linux-arm64',
  'darwin-arm64': 'bun-darwin-arm64',
  'darwin-x64': 'bun-darwin-x64',
  'windows-x64': 'bun-windows-x64-baseline',
};

/**
 * The program runs in repositories that it judges: nothing that lies there may be read by its runtime, least of all
 * `bunfig.toml`, which can name code to run first. Compiling to machine code costs a short run a third of its time for
 * nothing, so it is put off until the program says that the run is a long one (`src/cli/open.ts`).
 */
const OPTIONS = [
  '--compile',
  '--bytecode',
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
  '--compile-jit-policy=50',
];

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TARGETS);
for (const target of wanted) {
  if (TARGETS[target] === undefined) throw new Error(`no target ${target}: ${Object.keys(TARGETS).join(', ')}`);
}
if (!existsSync(join(DIST, 'kubesec-lint.cjs'))) throw new Error('dist/ is missing: npm run build');

const work = mkdtempSync(join(tmpdir(), 'kubesec-lint-binary-'));
try {
  const bun = fetchBun();
  const entry = writeEntry();
  mkdirSync(join(DIST, 'bin'), { recursive: true });
  for (const target of wanted) {
    const name = `kubesec-lint-${target}${target.startsWith('windows') ? '.exe' : ''}`;
    const out = join(DIST, 'bin', name);
    const args = [`--target=${TARGETS[target]}`, `--outfile=${out}`];
    execFileSync(bun, ['build', entry, ...OPTIONS, ...args], { stdio: ['ignore', 'ignore', 'inherit'], cwd: work });
    process.stderr.write(`${(statSync(out).size / 1e6).toFixed(0).padStart(5)} MB  dist/bin/${name}\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function fetchBun(): string {
  writeFileSync(join(work, 'package.json'), '{"private":true}');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['install', '--no-audit', '--no-fund', `bun@${BUN_VERSION}`], { cwd: work, stdio: 'ignore' });
  const installed = join(work, 'node_modules', 'bun');
  // Its install script puts the program in place; npm may have left it out.
  execFileSync(process.execPath, [join(installed, 'install.js')], { cwd: installed, stdio: 'ignore' });
  return join(installed, 'bin', 'bun.exe');
}

/** The files of `dist/` beside an entry that embeds the schemas and starts the program. */
function writeEntry(): string {
  for (const name of readdirSync(DIST)) {
    if (name.endsWith('.cjs')) writeFileSync(join(work, name), withoutWrapper(readFileSync(join(DIST, name), 'utf8')));
  }
  copyFileSync(join(ROOT, 'schemas/kubernetes.txt'), join(work, 'schemas.txt'));
  const entry = join(work, 'kubesec-lint.js');
  const lines = [
    "import schemas from './schemas.txt' with { type: 'text' };",
    'globalThis.kubesecLintTables = { schemas, expectLongRun: () => Bun.unsafe.setJITPolicy(1) };',
    "require('./kubesec-lint.cjs').start();",
  ];
  writeFileSync(entry, `${lines.join('\n')}\n`);
  return entry;
}

/** The build wraps modules for `bin/kubesec-lint.cjs`; here they are modules again. */
function withoutWrapper(text: string): string {
  const inside = /^(?:\/\/.*\n)?\(function \(.*\) \{\n([\s\S]*)\n\}\)\n$/.exec(text);
  if (inside === null) throw new Error('a file of dist/ is not wrapped as the build does it');
  return inside[1]!;
}
