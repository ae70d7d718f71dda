import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/engine/config.ts';
import { openProject } from '../../src/engine/lint.ts';
import { compile } from '../../src/engine/plan.ts';
import { defineFact } from '../../src/engine/project.ts';
import { type AnyRule, defineRule } from '../../src/engine/rule.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';
import { SourceFile } from '../../src/text/source-file.ts';

const docs = { why: '', fix: '', frameworks: {}, references: [], examples: { bad: [], good: [] } };
const base = { title: 'Test', category: 'workload', severity: 'medium', preset: 'recommended', docs } as const;

const everyResource = defineRule({
  ...base,
  id: 'every-resource',
  on: 'resource',
  messages: { seen: '{kind} "{name}"' },
  check: ({ head, root }, context) =>
    context.report(root.get('kind'), 'seen', { data: { kind: head.kind, name: head.name } }),
});

function summary(rules: readonly AnyRule[], texts: Readonly<Record<string, string>>): readonly string[] {
  return lintTexts(rules, texts).findings.map(
    ({ file, range: { start }, message, path }) => `${file}:${start.line}:${start.column} ${message} at ${path}`,
  );
}

describe('resources', () => {
  test('items of Lists are resources of their own, and typed lists lend their kind', () => {
    const text = [
      'apiVersion: v1',
      'kind: List',
      'items:',
      '  - { apiVersion: v1, kind: Pod, metadata: { name: a } }',
      '  - apiVersion: v1',
      '    kind: PodList',
      '    items: [{ metadata: { name: b } }]',
    ].join('\n');
    expect(summary([everyResource], { 'list.yaml': text })).toEqual([
      'list.yaml:4:29 Pod "a" at kind',
      'list.yaml:7:15 Pod "b" at kind',
    ]);
  });

  test('a manifest inside a ConfigMap is one, and its findings stand where its text stands', () => {
    const text = [
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata:',
      '  name: kubelet-config',
      'data:',
      '  kubelet: |',
      '    apiVersion: kubelet.config.k8s.io/v1beta1',
      '    kind: KubeletConfiguration',
      '    readOnlyPort: 10255',
    ].join('\n');
    expect(summary([everyResource], { 'map.yaml': text })).toEqual([
      'map.yaml:2:7 ConfigMap "kubelet-config" at kind',
      'map.yaml:8:11 KubeletConfiguration "" at kind',
    ]);
  });

  test('documents around a broken one count', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nkind: Pod\napiVersion: [\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n';
    expect(summary([everyResource], { 'three.yaml': text })).toEqual([
      'three.yaml:2:7 Pod "a" at kind',
      'three.yaml:9:7 Pod "b" at kind',
    ]);
  });
});

describe('a rule that throws', () => {
  const throws = defineRule({
    ...base,
    id: 'throws',
    on: 'resource',
    messages: { before: 'said before' },
    check({ head, root }, context) {
      context.report(root, 'before');
      if (head.name === 'b') throw new Error('a defect');
    },
  });

  test('loses its own findings about that resource, is reported, and stops nothing else', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n';
    const report = lintTexts([throws, everyResource], { 'x.yaml': text });
    expect(report.findings.map(({ ruleId, message }) => `${ruleId} ${message}`)).toEqual([
      'throws said before',
      'every-resource Pod "a"',
      'every-resource Pod "b"',
    ]);
    expect(report.problems).toEqual([
      {
        kind: 'rule-crash',
        ruleId: 'throws',
        file: 'x.yaml',
        message: 'a defect',
        stack: expect.stringContaining('run.test.ts'),
      },
    ]);
  });
});

describe('facts', () => {
  test('are collected where they ask, computed once and shared', () => {
    let computed = 0;
    const names = defineFact<readonly string[], string>({
      name: 'config-map-names',
      kinds: ['ConfigMap'],
      collect: ({ head }) => head.name,
      compute(_, collected) {
        computed++;
        return collected.map(({ data }) => data);
      },
    });
    const reads = (id: string) =>
      defineRule({
        ...base,
        id,
        on: 'project',
        facts: [names],
        messages: { all: 'maps {names}' },
        check: (project, context) =>
          context.report(project.ofKind('Pod')[0]!, 'all', { data: { names: project.fact(names).join() } }),
      });
    const text = ['ConfigMap a', 'ConfigMap b', 'Pod c']
      .map((each) => each.split(' '))
      .map(([kind, name]) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`)
      .join('---\n');
    expect(summary([reads('one'), reads('two')], { 'x.yaml': text })).toEqual([
      'x.yaml:11:18 maps a,b at metadata.name',
      'x.yaml:11:18 maps a,b at metadata.name',
    ]);
    expect(computed).toBe(1);
  });

  test('trees that were dropped are read again, and a finding says the same', () => {
    const rule = defineRule({
      ...base,
      id: 'late',
      on: 'project',
      messages: { seen: 'seen' },
      check: (project, context) => {
        for (const resource of project.resources) context.report(resource, 'seen');
      },
    });
    const filler = `# ${'x'.repeat(400_000)}\n`;
    const texts = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [name, `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n${filler}`]),
    );
    let reopened = 0;
    const plan = compile([rule], DEFAULT_CONFIG);
    const { project } = openProject({
      plan,
      sources: Object.entries(texts).map(([path, text]) => ({ kind: 'text', file: new SourceFile(path, text) })),
      reopen(path) {
        reopened++;
        return new SourceFile(path, texts[path]!);
      },
    });
    expect(project.resources.map(({ root }) => root.get('metadata').at(['name']).string)).toEqual(['a', 'b', 'c', 'd']);
    expect(reopened).toBe(2);
  });

  test('a file of many documents is not looked through for each of them', { timeout: 10_000 }, () => {
    const document = (at: number) => `apiVersion: v1\nkind: Pod\nmetadata: {name: p${at}} # ${'x'.repeat(60)}\n---\n`;
    const text = Array.from({ length: 20_000 }, (_, at) => document(at)).join('');
    const { project } = openProject({
      plan: compile([], DEFAULT_CONFIG),
      sources: [{ kind: 'text', file: new SourceFile('a', text) }],
      reopen: (path) => new SourceFile(path, text),
    });
    const names = project.resources.map(({ root }) => root.get('metadata').at(['name']).string);
    expect(names).toEqual(Array.from({ length: 20_000 }, (_, at) => `p${at}`));
  });
});

describe('settle', () => {
  const named = (id: string, supersedes: readonly string[] = []) =>
    defineRule({
      ...base,
      id,
      supersedes,
      on: 'resource',
      messages: { seen: 'seen' },
      check: ({ root }, context) => context.report(root.get('kind'), 'seen'),
    });

  test('a finding at the same node gives way to the rule that supersedes it', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';
    const ids = lintTexts([named('general'), named('exact', ['general']), named('apart')], {
      'x.yaml': text,
    }).findings.map(({ ruleId }) => ruleId);
    expect(ids).toEqual(['apart', 'exact']);
  });

  test('what stands behind an anchor is said once', () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n  - &a { apiVersion: v1, kind: Pod, metadata: { name: a } }\n  - *a\n';
    expect(summary([named('once')], { 'x.yaml': text })).toEqual(['x.yaml:4:32 seen at kind']);
  });
});
