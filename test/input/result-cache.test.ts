import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileResult } from '../../src/engine/run-file.ts';
import { openResultCache, type ResultCache } from '../../src/input/result-cache.lazy.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubesec-lint-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string) => Buffer.from(text);

function get(cache: ResultCache, path: string, content: string): FileResult | undefined {
  return cache.get(cache.keyOf(path, bytes(content)))?.();
}

function put(cache: ResultCache, path: string, content: string): void {
  cache.put(cache.keyOf(path, bytes(content)), result(path));
}

const result = (path: string): FileResult => ({
  path,
  documents: 1,
  heads: [],
  collected: { fact: [[0, { big: 9007199254740993n, text: 'a\nb' }]] },
  findings: [],
  directives: [],
  problems: [],
  skipped: undefined,
});

test('gives back what was put for the same name, content and plan, and nothing else', () => {
  const first = openResultCache(folder, 'plan');
  expect(get(first, 'a.yaml', 'one')).toBeUndefined();
  put(first, 'a.yaml', 'one');
  first.save();

  const second = openResultCache(folder, 'plan');
  expect(get(second, 'a.yaml', 'one')).toEqual(result('a.yaml'));
  expect(get(second, 'a.yaml', 'two')).toBeUndefined();
  expect(get(second, 'b.yaml', 'one')).toBeUndefined();
  expect(get(openResultCache(folder, 'other plan'), 'a.yaml', 'one')).toBeUndefined();
});

test('a run over other files keeps the entries of earlier runs', () => {
  for (const name of ['a.yaml', 'b.yaml']) {
    const cache = openResultCache(folder, 'plan');
    put(cache, name, name);
    cache.save();
  }
  const cache = openResultCache(folder, 'plan');
  expect([get(cache, 'a.yaml', 'a.yaml'), get(cache, 'b.yaml', 'b.yaml')]).toEqual([
    result('a.yaml'),
    result('b.yaml'),
  ]);
});

test('a damaged or cut off entry is a miss', () => {
  const cache = openResultCache(folder, 'plan');
  put(cache, 'a.yaml', 'one');
  cache.save();
  const file = join(folder, readdirSync(folder)[0]!);
  const stored = readFileSync(file);
  for (let at = 0; at < stored.length; at += 3) {
    const damaged = Buffer.from(stored);
    damaged[at]! ^= 1;
    writeFileSync(file, damaged);
    expect(get(openResultCache(folder, 'plan'), 'a.yaml', 'one')).toBeUndefined();
    writeFileSync(file, stored.subarray(0, at));
    expect(get(openResultCache(folder, 'plan'), 'a.yaml', 'one')).toBeUndefined();
  }
});

test('a report comes back where every part is the same, in the same order', () => {
  openResultCache(folder, 'plan').keepReport(['a', 'b'], 'the report\n, two lines');
  const report = (parts: readonly string[], plan = 'plan') => openResultCache(folder, plan).report(parts);
  expect(report(['a', 'b'])).toBe('the report\n, two lines');
  expect([report(['b', 'a']), report(['ab']), report(['a', 'b', '']), report(['a', 'b'], 'other plan')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  const file = join(folder, readdirSync(folder)[0]!);
  const stored = readFileSync(file);
  for (let at = 0; at < stored.length - 1; at += 3) {
    const damaged = Buffer.from(stored);
    damaged[at]! ^= 1;
    writeFileSync(file, damaged);
    expect(report(['a', 'b'])).toBeUndefined();
    writeFileSync(file, stored.subarray(0, at));
    expect(report(['a', 'b'])).toBeUndefined();
  }
});

test('a folder that cannot be made is no error', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const cache = openResultCache(join(file, 'below'), 'plan');
  put(cache, 'a.yaml', 'one');
  expect(() => cache.save()).not.toThrow();
});
