import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CIS_SECTIONS, cisSection, MITRE_TECHNIQUES, NSA_SECTIONS } from '../src/frameworks/catalogs.ts';
import { rules } from '../src/rules/index.ts';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md', ...markdownIn('docs')];

describe('docs', () => {
  test('links lead somewhere', () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, link]) => link!)
        .filter((link) => !/^(?:https?|mailto):/.test(link) && !existsSync(join(root, dirname(page), link)))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('every rule has its page, and every page its rule', () => {
    expect(readdirSync(join(root, 'docs/rules')).sort()).toEqual(rules.map(({ id }) => `${id}.md`).sort());
  });

  test('no page names a machine', () => {
    const named = pages.filter((page) =>
      /(?:^|[\s"'`(])\/(?:work|tmp|root|home)\//.test(readFileSync(join(root, page), 'utf8')),
    );
    expect(named.filter((page) => !page.startsWith('docs/rules'))).toEqual([]);
  });
});

describe('control numbers', () => {
  const numbers = (catalog: 'cis' | 'nsa' | 'mitre') =>
    rules.flatMap(({ id, docs }) => (docs.frameworks[catalog] ?? []).map((number) => ({ id, number })));

  test('of CIS belong to a section of the benchmark', () => {
    expect(
      numbers('cis').filter(({ number }) => !/^\d+(\.\d+){1,2}$/.test(number) || cisSection(number) === undefined),
    ).toEqual([]);
    expect(Object.keys(CIS_SECTIONS).length).toBeGreaterThan(10);
  });

  test('of NSA are sections of the guide', () => {
    expect(numbers('nsa').filter(({ number }) => NSA_SECTIONS[number] === undefined)).toEqual([]);
  });

  test('of MITRE are techniques we can name', () => {
    expect(numbers('mitre').filter(({ number }) => MITRE_TECHNIQUES[number] === undefined)).toEqual([]);
  });
});

function markdownIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => relative(root, join(root, folder, path)));
}
