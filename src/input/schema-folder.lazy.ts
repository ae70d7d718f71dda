import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaFiles } from '../k8s/schema/file-schema.ts';
import { readSchemaFiles } from '../k8s/schema/schema-files.ts';

/** More than any catalogue of custom resources holds; beyond it the folder is hardly the one that was meant. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Reads the schemas of a folder, as `readSchemaFiles` understands them. Throws where it cannot be read. */
export function readSchemaFolder(folder: string): SchemaFiles {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:json|ya?ml)$/i.test(path))
    .sort();
  let bytes = 0;
  return readSchemaFiles(readAll());

  function* readAll(): Generator<{ readonly path: string; readonly text: string }> {
    for (const path of paths) {
      const full = join(folder, path);
      const stats = statSync(full);
      if (!stats.isFile()) continue;
      bytes += stats.size;
      if (bytes > MAX_BYTES) throw new Error(`it holds more than ${MAX_BYTES / 1024 / 1024} MB of schemas`);
      yield { path: path.replaceAll('\\', '/'), text: readFileSync(full, 'utf8') };
    }
  }
}
