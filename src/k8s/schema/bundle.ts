import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Schemas } from './definitions.ts';

/** `schemas/kubernetes.json.gz` as `scripts/gen-k8s.ts` writes it; the form of the lines is described in `gen-k8s/bundle.ts`. */
export interface Bundle {
  /** The oldest and the newest minor it holds. */
  readonly minors: readonly [number, number];
  /** `apps/v1 Deployment` → number of the definition, with releases behind it where not all serve it. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: readonly string[];
}

/**
 * The schemas of one release. The bundle is the one file that code below the engine reads: it belongs to the program
 * as a table would, but is read only when the first document asks for it. What is kept here is a copy of a constant.
 */
export function schemasOf(minor: number): Schemas {
  const target = Math.min(Math.max(minor, loaded().minors[0]), loaded().minors[1]);
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
  kept.bundle ??= JSON.parse(gunzipSync(readBundle()).toString('latin1')) as Bundle;
  return kept.bundle;
}

const NAME = 'kubernetes.json.gz';

function readBundle(): Buffer {
  // A single binary carries the table inside itself and says where.
  const inside = (globalThis as { kubesecLintTables?: Readonly<Record<string, string>> }).kubesecLintTables?.[NAME];
  if (inside !== undefined) return readFileSync(inside);
  const tried: string[] = [];
  for (const folder of folders()) {
    const path = join(folder, 'schemas', NAME);
    try {
      return readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      tried.push(path);
    }
  }
  throw new Error(`the schemas of Kubernetes are missing: looked for ${tried.join(', ')}`);
}

/** Beside the bundle in `dist/` or above it, and above `src/k8s/schema/`. */
function folders(): readonly string[] {
  // Bundled as CommonJS there is no import.meta.url; as an ES module there is no __dirname.
  const here = typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url));
  return [join(here, '..'), here, join(here, '..', '..', '..'), join(here, '..', '..')];
}
