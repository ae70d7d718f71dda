import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const corpora = join(root, '..', 'shared', 'corpora');
const binary = join(root, 'dist', 'bin', `kubesec-lint-${platform()}-${arch()}`);
const program = join(root, 'bin', 'kubesec-lint.cjs');
const missing = [
  ...(existsSync(corpora) ? [] : ['../shared/corpora']),
  ...(isFresh() ? [] : ['a single binary of this build, which `npm run build:binary` makes,']),
];

if (missing.length > 0) console.log(`skipped: ${missing.join(' and ')} is not there`);

function isFresh(): boolean {
  const hot = join(root, 'dist', 'kubesec-lint.cjs');
  return existsSync(binary) && existsSync(hot) && statSync(binary).mtimeMs > statSync(hot).mtimeMs;
}

describe.skipIf(missing.length > 0)('the single binary answers byte for byte as under Node', () => {
  const folders = existsSync(corpora)
    ? readdirSync(corpora, { withFileTypes: true }).filter((each) => each.isDirectory())
    : [];

  test.each(folders.map(({ name }) => name))('%s', (name) => {
    for (const format of ['json', 'sarif', 'text']) {
      const args = ['--no-config', '--preset', 'all', '--format', format, join(corpora, name)];
      const options = { encoding: 'utf8', maxBuffer: 2 ** 30 } as const;
      const compiled = spawnSync(binary, args, options);
      const interpreted = spawnSync(process.execPath, [program, ...args], options);
      expect(compiled.stdout === interpreted.stdout, `${format} output`).toBe(true);
      expect([compiled.status, compiled.stderr]).toEqual([interpreted.status, interpreted.stderr]);
    }
  });
});

test.skipIf(missing.length > 0)('the single binary runs nothing of the folder that it is started in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubesec-lint-binary-'));
  try {
    writeFileSync(join(folder, 'bunfig.toml'), 'preload = ["./evil.js"]\n');
    writeFileSync(join(folder, 'evil.js'), 'console.log("ran"); process.exit(9);\n');
    writeFileSync(join(folder, '.env'), 'FORCE_COLOR=1\n');
    writeFileSync(join(folder, 'kind.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n');
    const { status, stdout } = spawnSync(binary, ['--rule', 'psa-enforce-label-missing', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const expected = spawnSync(process.execPath, [program, '--rule', 'psa-enforce-label-missing', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: expected.status, stdout: expected.stdout });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
