'use strict';
// `npm ci` in a checkout, `npm pack` and git dependencies (pre-commit) come by here.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const root = path.join(__dirname, '..');
const { status } = spawnSync(process.execPath, [require.resolve('tsx/cli'), path.join(root, 'scripts', 'build.ts')], { cwd: root, stdio: ['ignore', 2, 2] });
process.exitCode = status ?? 1;
