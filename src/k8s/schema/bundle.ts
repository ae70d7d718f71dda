import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bundle, Schemas } from './definitions.ts';

/**
 * The schemas of one release. The bundle is the one file that code below the engine reads: it belongs to the program
 * as a table would, but is read only when the first document asks for it. What is kept here is a copy of a constant.
 */
export function schemasOf(minor: number): Schemas {
  const { oldest, newest } = loaded();
  const target = Math.min(Math.max(minor, oldest), newest);
  let schemas = kept.releases.get(target);
  if (schemas === undefined) {
    schemas = new Schemas(loaded(), target);
    kept.releases.set(target, schemas);
  }
  return schemas;
}

interface Kept {
  bundle: Bundle | undefined;
  readonly releases: Map<number, Schemas>;
}

const kept: Kept = { bundle: undefined, releases: new Map() };

function loaded(): Bundle {
  kept.bundle ??= new Bundle(readBundle());
  return kept.bundle;
}

/** `schemas/kubernetes.txt` as `scripts/gen-k8s.ts` writes it. */
function readBundle(): string {
  // A single binary has no files beside it and carries the text inside.
  const inside = (globalThis as { kubesecLintTables?: { readonly schemas: string } }).kubesecLintTables;
  if (inside !== undefined) return inside.schemas;
  // Bundled as CommonJS there is no import.meta.url; as an ES module there is no __dirname.
  const here = typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url));
  // Above the program, beside it, and above this file where it runs as it is written.
  for (const up of ['..', '.', '../../..', '../..']) {
    const text = readIfThere(join(here, up, 'schemas', 'kubernetes.txt'));
    if (text !== undefined) return text;
  }
  throw new Error(`the schemas of Kubernetes are missing: there is no schemas/kubernetes.txt beside or above ${here}`);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
