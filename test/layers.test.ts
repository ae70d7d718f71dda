import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The table of docs/architecture.md: a module may import from its own layer's folder and from lower layers. */
const LAYERS: Readonly<Record<string, number>> = {
  text: 0,
  yaml: 1,
  k8s: 2,
  engine: 3,
  frameworks: 4,
  rules: 4,
  testing: 4,
  reporters: 5,
  config: 6,
  input: 6,
  cli: 7,
  lsp: 7,
  library: 8,
};

/** Below the layers that know the file system, these read tables that belong to the program, when they are asked for. */
const READS_ITS_OWN_TABLES = [
  'k8s/schema/bundle.ts',
  'k8s/rbac/bootstrap-table.ts',
  'k8s/rbac/bootstrap-table.lazy.ts',
];

/** Where packages may be imported: files that are loaded on demand, and what these alone import. */
const MAY_IMPORT_PACKAGES = ['config/load.lazy.ts', 'config/schema.ts', 'input/glob.lazy.ts'];

const src = join(import.meta.dirname, '..', 'src');
const imports = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => {
    const text = readFileSync(join(src, path), 'utf8');
    return [...text.matchAll(/^(?:import|export)\s(?:[^;']*?\sfrom\s)?'([^']+)'/gm)].map(([statement, specifier]) => ({
      from: path.replaceAll('\\', '/'),
      to: specifier!.startsWith('.') ? normalize(join(dirname(path), specifier!)).replaceAll('\\', '/') : specifier!,
      isLocal: specifier!.startsWith('.'),
      isType: /^(?:import|export) type /.test(statement),
    }));
  });

const folderOf = (path: string) => (path.includes('/') ? path.split('/')[0]! : 'library');
const shown = ({ from, to }: { readonly from: string; readonly to: string }) => `${from} imports ${to}`;

describe('layers', () => {
  test('imports point down', () => {
    const up = imports
      .filter(({ isLocal, to }) => isLocal && !to.startsWith('..'))
      .filter(({ from, to }) => folderOf(from) !== folderOf(to) && LAYERS[folderOf(to)]! >= LAYERS[folderOf(from)]!);
    expect(up.map(shown)).toEqual([]);
  });

  test('every folder has its layer', () => {
    expect(imports.map(({ from }) => folderOf(from)).filter((folder) => LAYERS[folder] === undefined)).toEqual([]);
  });

  test('a rule imports no other rule', () => {
    const across = imports.filter(
      ({ from, to, isLocal }) =>
        isLocal &&
        from !== 'rules/index.ts' &&
        from.startsWith('rules/') &&
        to.startsWith('rules/') &&
        !/\/_[^/]+\.ts$/.test(to),
    );
    expect(across.map(shown)).toEqual([]);
  });

  test('what analyses neither reads files nor prints', () => {
    const analysing = ['text', 'yaml', 'k8s', 'engine', 'frameworks', 'rules', 'reporters', 'testing'];
    const touching = imports.filter(
      ({ from, to }) =>
        /^node:(?!crypto|zlib)/.test(to) && analysing.includes(folderOf(from)) && !READS_ITS_OWN_TABLES.includes(from),
    );
    expect(touching.map(shown)).toEqual([]);
  });

  test('packages are imported where nothing loads them before it is asked for', () => {
    const eager = imports.filter(
      ({ from, to, isLocal, isType }) =>
        !isLocal && !isType && !to.startsWith('node:') && !MAY_IMPORT_PACKAGES.includes(from),
    );
    expect(eager.map(shown)).toEqual([]);
  });
});
