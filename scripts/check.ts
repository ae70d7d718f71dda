/** All that CI runs, by `npm run check`. The last line sums up: `N passed, N failed`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const GENERATED = ['src/rules/index.ts', 'schemas/config.schema.json', 'docs', 'README.md'];

const counts = { passed: 0, failed: 0, skipped: 0 };

step('format and lint', ['biome', 'check', '.']);
step('types', ['tsc', '--noEmit', '-p', '.']);
generatedFiles();
tests('tests', []);
if (existsSync(join(ROOT, '..', 'shared', 'corpora')))
  tests('conformance', ['--config', 'vitest.conformance.config.ts']);
else console.log('conformance: skipped, ../shared/corpora is not there');

console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`}`,
);
process.exitCode = counts.failed === 0 ? 0 : 1;

function step(name: string, [tool = '', ...args]: readonly string[]): boolean {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(join(ROOT, 'node_modules', '.bin', tool), args, { cwd: ROOT, stdio: 'inherit' });
  count(name, status === 0);
  return status === 0;
}

function count(name: string, ok: boolean): void {
  if (ok) counts.passed++;
  else counts.failed++;
  console.log(`${name}: ${ok ? 'ok' : 'FAILED'}`);
}

/** What is generated and committed has to be what the generators write. */
function generatedFiles(): void {
  console.log('\n== generated files');
  const { status } = spawnSync('npm', ['run', '--silent', 'gen'], { cwd: ROOT, stdio: 'inherit' });
  const stale = spawnSync('git', ['status', '--porcelain', '--', ...GENERATED], { cwd: ROOT, encoding: 'utf8' });
  if (stale.stdout !== '') {
    console.log(stale.stdout);
    spawnSync('git', ['--no-pager', 'diff', '--stat', '--', ...GENERATED], { cwd: ROOT, stdio: 'inherit' });
  }
  count('generated files', status === 0 && stale.status === 0 && stale.stdout === '');
}

/** Counts the tests of a run; a run that ends without any is a failure. */
function tests(name: string, args: readonly string[]): void {
  console.log(`\n== ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'kubesec-lint-check-'));
  const output = join(folder, 'tests.json');
  const { status } = spawnSync(
    'npm',
    ['test', '--silent', '--', ...args, '--reporter=dot', '--reporter=json', `--outputFile.json=${output}`],
    { cwd: ROOT, stdio: 'inherit' },
  );
  const result = existsSync(output) ? (JSON.parse(readFileSync(output, 'utf8')) as TestRun) : undefined;
  rmSync(folder, { recursive: true, force: true });
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = result ?? {};
  counts.passed += numPassedTests;
  counts.skipped += numPendingTests;
  // A file that does not load has no tests to count.
  counts.failed += numFailedTests > 0 ? numFailedTests : status === 0 && numPassedTests > 0 ? 0 : 1;
}

interface TestRun {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}
