import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { noiseTable, PROJECTS } from './noise-table.ts';

const CORPORA = path.resolve(import.meta.dirname, '../../../shared/corpora');
const PAGE = path.resolve(import.meta.dirname, '../../docs/noise.md');

if (!PROJECTS.every((project) => existsSync(path.join(CORPORA, project)))) {
  test.skip('noise: the projects are not there', () => {});
} else {
  test('docs/noise.md says what is reported today; `npx tsx scripts/noise.ts` writes it anew', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(noiseTable(CORPORA));
  });
}
