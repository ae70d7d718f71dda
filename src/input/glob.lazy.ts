import { resolve } from 'node:path';
import fastGlob from 'fast-glob';

/** The files that a pattern of the command line means, as absolute paths in a stable order. */
export function expandPattern(pattern: string, cwd: string): readonly string[] {
  const paths = fastGlob.sync(pattern, {
    cwd,
    dot: true,
    onlyFiles: true,
    followSymbolicLinks: true,
    suppressErrors: true,
    ignore: ['**/.git/**', '**/node_modules/**'],
  });
  return paths.map((path) => resolve(cwd, path)).sort();
}
