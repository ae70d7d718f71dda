import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileResult } from '../../src/engine/run-file.ts';
import { openResultCache } from '../../src/input/result-cache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubesec-lint-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string) => Buffer.from(text);
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
  expect(first.get('a.yaml', bytes('one'))).toBeUndefined();
  first.put('a.yaml', bytes('one'), result('a.yaml'));
  first.save();

  const second = openResultCache(folder, 'plan');
  expect(second.get('a.yaml', bytes('one'))).toEqual(result('a.yaml'));
  expect(second.get('a.yaml', bytes('two'))).toBeUndefined();
  expect(second.get('b.yaml', bytes('one'))).toBeUndefined();
  expect(openResultCache(folder, 'other plan').get('a.yaml', bytes('one'))).toBeUndefined();
});

test('a run over other files keeps the entries of earlier runs', () => {
  for (const name of ['a.yaml', 'b.yaml']) {
    const cache = openResultCache(folder, 'plan');
    cache.put(name, bytes(name), result(name));
    cache.save();
  }
  const cache = openResultCache(folder, 'plan');
  expect([cache.get('a.yaml', bytes('a.yaml')), cache.get('b.yaml', bytes('b.yaml'))]).toEqual([
    result('a.yaml'),
    result('b.yaml'),
  ]);
});

test('a damaged or cut off entry is a miss', () => {
  const cache = openResultCache(folder, 'plan');
  cache.put('a.yaml', bytes('one'), result('a.yaml'));
  cache.save();
  const file = join(folder, readdirSync(folder)[0]!);
  const stored = readFileSync(file);
  for (let at = 0; at < stored.length; at += 3) {
    const damaged = Buffer.from(stored);
    damaged[at]! ^= 1;
    writeFileSync(file, damaged);
    expect(openResultCache(folder, 'plan').get('a.yaml', bytes('one'))).toBeUndefined();
    writeFileSync(file, stored.subarray(0, at));
    expect(openResultCache(folder, 'plan').get('a.yaml', bytes('one'))).toBeUndefined();
  }
});

test('a folder that cannot be made is no error', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const cache = openResultCache(join(file, 'below'), 'plan');
  cache.put('a.yaml', bytes('one'), result('a.yaml'));
  expect(() => cache.save()).not.toThrow();
});
