import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { discover, type Found } from '../../src/input/discover.ts';
import { read } from '../../src/input/read.ts';
import { folderWith } from '../cli/run.ts';

function find(cwd: string, ...args: readonly string[]): readonly string[] {
  return discover(args, { cwd, ignore: [] }).flatMap(({ found }) => found.map(shown));
}

function shown(found: Found): string {
  if (found.kind === 'stdin') return '-';
  return found.kind === 'file'
    ? `${found.shown}${found.isChartTemplate ? ' (template)' : ''}`
    : `${found.kind} ${found.shown}`;
}

describe('discover', () => {
  test('by name, in the order of names, once each', () => {
    const cwd = folderWith({
      'b.yml': '',
      'a/z.yaml': '',
      'a/c.json': '',
      'a/README.md': '',
      'a/Kustomization': '',
      'a-b.yaml': '',
    });
    expect(find(cwd, 'a', '.', 'b.yml')).toEqual(['a/Kustomization', 'a/c.json', 'a/z.yaml', 'a-b.yaml', 'b.yml']);
  });

  test('shown relative below the working folder, as given elsewhere', () => {
    const cwd = folderWith({ 'in/a.yaml': '', 'out/b.yaml': '' });
    expect(find(join(cwd, 'in'), 'a.yaml', join(cwd, 'in/a.yaml'))).toEqual(['a.yaml']);
    expect(find(join(cwd, 'in'), '../out')).toEqual(['../out/b.yaml']);
    expect(find(join(cwd, 'in'), join(cwd, 'out'))).toEqual([join(cwd, 'out/b.yaml')]);
  });

  test('templates of a chart are known, from inside the chart too', () => {
    const cwd = folderWith({ 'c/Chart.yaml': '', 'c/templates/x/a.yaml': '', 'templates/b.yaml': '' });
    expect(find(cwd, '.')).toEqual(['c/Chart.yaml', 'c/templates/x/a.yaml (template)', 'templates/b.yaml']);
    expect(find(cwd, 'c/templates/x')).toEqual(['c/templates/x/a.yaml (template)']);
    expect(find(cwd, 'c/templates/x/a.yaml')).toEqual(['c/templates/x/a.yaml (template)']);
  });

  test('.gitignore at every level, nearer ones last', () => {
    const cwd = folderWith({
      '.gitignore': '*.yaml\n!keep.yaml\n',
      'a/.gitignore': '!own.yaml\n',
      'a/own.yaml': '',
      'a/other.yaml': '',
      'keep.yaml': '',
    });
    expect(find(cwd, '.')).toEqual(['a/own.yaml', 'keep.yaml']);
    expect(find(cwd, 'a')).toEqual(['a/own.yaml']);
    expect(find(cwd, '**/*.yaml')).toEqual(['a/own.yaml', 'keep.yaml']);
  });

  test('.git and node_modules are never entered', () => {
    const cwd = folderWith({ 'node_modules/p/a.yaml': '', '.hidden/b.yaml': '' });
    writeFileSync(join(cwd, '.git', 'c.yaml'), '');
    expect(find(cwd, '.')).toEqual(['.hidden/b.yaml']);
  });

  test('units that run the cluster, by their names', () => {
    const cwd = folderWith({
      'etc/systemd/system/kubelet.service': '',
      'etc/systemd/system/kubelet.service.d/20-extra.conf': '',
      'etc/systemd/system/nginx.service': '',
      'etc/systemd/system/nginx.service.d/a.conf': '',
      'etc/default/kubelet': '',
      'etc/default/grub': '',
      'etc/kubernetes/kubelet.conf': '',
      'var/lib/kubelet/kubeadm-flags.env': '',
      'files/10-kubeadm.conf': '',
      'files/kubelet': '',
      'files/etcd.env': '',
      'files/.env': '',
    });
    expect(find(cwd, '.')).toEqual([
      'etc/default/kubelet',
      'etc/systemd/system/kubelet.service',
      'etc/systemd/system/kubelet.service.d/20-extra.conf',
      'files/10-kubeadm.conf',
      'files/etcd.env',
      'var/lib/kubelet/kubeadm-flags.env',
    ]);
  });

  test('a ConfigMap as the kubelet mounts it is read once', () => {
    const cwd = folderWith({ '..2026/a.yaml': '' });
    symlinkSync('..2026', join(cwd, '..data'));
    symlinkSync('..data/a.yaml', join(cwd, 'a.yaml'));
    expect(find(cwd, '.')).toHaveLength(1);
  });
});

describe('read', () => {
  const reading = (cwd: string) =>
    read(
      discover(['.'], { cwd, ignore: [] }).flatMap(({ found }) => found),
      { readStdin: () => Buffer.alloc(0), stdinName: 'stdin' },
    );

  test('a file that goes away meanwhile is told', () => {
    const cwd = folderWith({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    const { sources, reopen } = reading(cwd);
    rmSync(join(cwd, 'b.yaml'));
    const [first, second] = [...sources];
    expect(first).toMatchObject({ kind: 'text', file: { path: 'a.yaml', text: 'a: 1\n' } });
    expect(second).toEqual({
      kind: 'problem',
      problem: { kind: 'unreadable', file: 'b.yaml', reason: 'no such file or folder' },
    });
    rmSync(join(cwd, 'a.yaml'));
    expect(() => reopen('a.yaml')).toThrow();
  });

  test('a byte order mark is no part of the text', () => {
    const [source] = [...reading(folderWith({ 'a.yaml': '\ufeffa: 1\n' })).sources];
    expect(source).toMatchObject({ kind: 'text', file: { text: 'a: 1\n' } });
  });

  test('a replacement character that was written is text', () => {
    const [source] = [...reading(folderWith({ 'a.yaml': 'a: \ufffd\n' })).sources];
    expect(source?.kind).toBe('text');
  });
});
