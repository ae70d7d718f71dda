import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NAMES = [
  'kubesec-lint.yaml',
  '.kubesec-lint.yaml',
  'kubesec-lint.yml',
  '.kubesec-lint.yml',
  'kubesec-lint.json',
  '.kubesec-lint.json',
];

/** The configuration file in force for a folder: its own, else that of a folder above it, up to the repository. */
export function findConfig(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    for (const name of NAMES) {
      const path = join(at, name);
      if (existsSync(path)) return path;
    }
    if (existsSync(join(at, '.git')) || dirname(at) === at) return undefined;
  }
}
