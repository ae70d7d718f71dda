/** Runs the comparisons with Kubernetes' own code, all or those named: `npm run conformance:oracles -- pod-security rbac`. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const named = process.argv.slice(2);
const scripts = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && name !== 'run.ts')
  .filter((name) => named.length === 0 || named.includes(basename(name, '.ts')));
const tsx = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'tsx');

let failed = 0;
for (const name of scripts) {
  console.log(`\n== ${basename(name, '.ts')}`);
  if (spawnSync(tsx, [join(import.meta.dirname, name)], { stdio: 'inherit' }).status !== 0) failed++;
}
console.log(`${scripts.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
