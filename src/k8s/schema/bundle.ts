import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  kept.bundle ??= JSON.parse(readBundle()) as Bundle;
  return kept.bundle;
}

function readBundle(): string {
  // A single binary has no files beside it and carries the text inside.
  const inside = (globalThis as { kubesecLintTables?: { readonly schemas: string } }).kubesecLintTables;
  if (inside !== undefined) return inside.schemas;
  // Bundled as CommonJS there is no import.meta.url; as an ES module there is no __dirname.
  const here = typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url));
  // The build leaves the text beside the program: inflating it would cost every run more than linting a file does.
  const plain = readIfThere(join(here, 'kubernetes-schemas.json'));
  if (plain !== undefined) return plain.toString('latin1');
  // Beside the program, above it, and above this file where it runs as it is written.
  for (const up of ['..', '.', '../../..', '../..']) {
    const compressed = readIfThere(join(here, up, 'schemas', 'kubernetes.json.gz'));
    // zlib takes milliseconds to load, so no import brings it in with the program.
    if (compressed !== undefined)
      return process.getBuiltinModule('node:zlib').gunzipSync(compressed).toString('latin1');
  }
  throw new Error(
    `the schemas of Kubernetes are missing: there is no schemas/kubernetes.json.gz beside or above ${here}`,
  );
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
