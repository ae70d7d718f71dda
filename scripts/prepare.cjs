'use strict';
// Builds dist/ after `npm ci` in a checkout, before `npm pack`, and when npm prepares a git dependency.
// The last happens for every user of the pre-commit hook: `npm install -g git+file://…` clones the repository and
// installs its development dependencies with `global` still set, that is, nowhere near the clone. Where they are
// missing they are therefore installed here, into the clone. See docs/decisions/0003-hook-from-a-checkout.md.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');

if (!hasTools()) install();
run([require.resolve('tsx/cli', { paths: [root] }), path.join(root, 'scripts', 'build.ts')]);

function hasTools() {
  try {
    for (const name of ['tsx/cli', 'esbuild', 'acorn']) require.resolve(name, { paths: [root] });
    return true;
  } catch {
    return false;
  }
}

function install() {
  const npm = process.env.npm_execpath;
  if (npm === undefined) fail('dev dependencies are missing; run `npm ci`');
  run([
    npm,
    'ci',
    '--global=false',
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-progress',
  ]);
}

/** Output goes to standard error: what `npm pack` prints on standard output is read by others. */
function run(args) {
  const env = { ...process.env };
  for (const name of [
    'npm_config_global',
    'npm_config_location',
    'npm_config_prefix',
    'npm_config_dry_run',
    'NODE_ENV',
  ])
    delete env[name];
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(error?.message ?? `${path.basename(args[0])} ended with status ${status}`);
}

function fail(reason) {
  process.stderr.write(`kubesec-lint cannot be built: ${reason}\n`);
  process.exit(1);
}
