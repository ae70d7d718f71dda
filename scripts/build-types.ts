import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const ENTRIES = ['index.d.ts', 'plugin.d.ts', 'testing.d.ts'];

/**
 * Writes the types of the library entries beside their code: the declarations that the entries lead to, and with them
 * the types of Kubernetes that they name, so that the package needs no other.
 */
export function buildTypes(root: string, out: string): void {
  const all = mkdtempSync(join(tmpdir(), 'kubesec-lint-types-'));
  try {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const args = ['--project', root, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', all];
    execFileSync(process.execPath, [compiler, ...args, '--rootDir', root, '--noCheck'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const from = join(all, 'src');
    const pending = ENTRIES.map((name) => join(from, name));
    const done = new Set<string>();
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (done.has(path)) continue;
      done.add(path);
      const target = join(out, relative(from, path));
      const text = readFileSync(path, 'utf8').replaceAll(
        /((?:from|import)\s*\(?\s*)(['"])([^'"]+)\2/g,
        (whole, before: string, quote: string, specifier: string) => {
          if (specifier.startsWith('.')) {
            const declaration = join(dirname(path!), specifier.replace(/\.ts$/, '.d.ts'));
            if (existsSync(declaration)) pending.push(declaration);
            return `${before}${quote}${specifier.replace(/\.ts$/, '.js')}${quote}`;
          }
          if (!specifier.startsWith('kubernetes-types')) return whole;
          const vendored = relative(dirname(target), vendor(root, out, specifier)).replaceAll('\\', '/');
          return `${before}${quote}${vendored.startsWith('.') ? vendored : `./${vendored}`}${quote}`;
        },
      );
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  } finally {
    rmSync(all, { recursive: true, force: true });
  }
}

/** Copies a file of kubernetes-types, and those that it imports, once; returns what to import instead. */
function vendor(root: string, out: string, specifier: string): string {
  const folder = join(out, 'kubernetes-types');
  const from = join(root, 'node_modules');
  const copy = (name: string): void => {
    const source = join(from, `${name}.d.ts`);
    const target = join(folder, relative('kubernetes-types', `${name}.d.ts`));
    if (existsSync(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    const text = readFileSync(source, 'utf8');
    if (!/from\s*['"]\./.test(text)) copyFileSync(source, target);
    else {
      writeFileSync(target, text.replaceAll(/(from\s*['"])(\.[^'"]+?)(?:\.js|\.d\.ts)?(['"])/g, '$1$2.js$3'));
      for (const [, inner] of text.matchAll(/from\s*['"](\.[^'"]+?)(?:\.js|\.d\.ts)?['"]/g))
        copy(join(dirname(name), inner!));
    }
  };
  copy(specifier.replace(/(\.d\.ts|\.js)$/, ''));
  return join(folder, relative('kubernetes-types', `${specifier.replace(/(\.d\.ts|\.js)$/, '')}.js`));
}
