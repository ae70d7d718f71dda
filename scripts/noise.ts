/**
 * Writes docs/noise.md: what the preset `recommended` says about real projects, per 100 workloads. The table is
 * committed, so that a change in noise is seen in review. Where the projects are not at hand nothing is written.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noiseTable, PROJECTS } from '../test/conformance/noise-table.ts';

const CORPORA = join(import.meta.dirname, '../../shared/corpora');
const missing = PROJECTS.filter((project) => !existsSync(join(CORPORA, project)));
if (missing.length > 0) process.stdout.write(`docs/noise.md is left as it is: ${missing.join(', ')} not found\n`);
else writeFileSync(join(import.meta.dirname, '../docs/noise.md'), noiseTable(CORPORA));
