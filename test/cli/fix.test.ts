import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyFixes } from '../../src/engine/fix.ts';
import type { Report } from '../../src/engine/report.ts';
import { defineRule } from '../../src/engine/rule.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';
import { editsFor } from '../../src/yaml/edit.ts';
import { folderWith, ONE_RULE, PRIVILEGED_POD, run } from './run.ts';

const RULES = ['--preset', 'none', '--rule', 'privilege-escalation-allowed', '--rule', 'api-version-removed'] as const;

const POD = `# who runs it
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.com/api:1.0.0 # keep
      securityContext:
        allowPrivilegeEscalation: true # said so
`;

const OLD = 'apiVersion: batch/v1beta1\nkind: CronJob\nmetadata:\n  name: nightly\n';

describe('--fix', () => {
  test('writes what keeps the meaning, and reports what is left', () => {
    const cwd = folderWith({ 'old.yaml': OLD, 'pod.yaml': POD });
    expect(run([...RULES, '--fix', '-f', 'oneline', '.'], { cwd })).toEqual({
      status: 1,
      stdout: expect.stringMatching(/^pod\.yaml:11:35: .* \[privilege-escalation-allowed\]\n$/),
      stderr: 'kubesec-lint: fixed 1 finding in 1 file\n',
    });
    expect(readFileSync(join(cwd, 'old.yaml'), 'utf8')).toBe(OLD.replace('v1beta1', 'v1'));
    expect(readFileSync(join(cwd, 'pod.yaml'), 'utf8')).toBe(POD);
  });

  test('with --hardening also what a program could notice; comments stay', () => {
    const cwd = folderWith({ 'pod.yaml': POD });
    expect(run([...RULES, '--fix', '--hardening', '-f', 'oneline', '.'], { cwd }).status).toBe(0);
    expect(readFileSync(join(cwd, 'pod.yaml'), 'utf8')).toBe(POD.replace('Escalation: true', 'Escalation: false'));
  });

  test('keeps byte order mark and line ends', () => {
    const text = `\ufeff${OLD.replaceAll('\n', '\r\n')}`;
    const cwd = folderWith({ 'old.yaml': text });
    run([...RULES, '--fix', '.'], { cwd });
    expect(readFileSync(join(cwd, 'old.yaml'), 'utf8')).toBe(text.replace('v1beta1', 'v1'));
  });

  test('leaves alone what is excused', () => {
    const excused = OLD.replace('v1beta1', 'v1beta1 # kubesec-lint-ignore: api-version-removed -- an old cluster');
    const cwd = folderWith({ 'old.yaml': excused });
    run([...RULES, '--fix', '.'], { cwd });
    expect(readFileSync(join(cwd, 'old.yaml'), 'utf8')).toBe(excused);
  });

  test('has nothing to write standard input to', () => {
    expect(run([...ONE_RULE, '--fix', '-'], { stdin: PRIVILEGED_POD }).stderr).toBe(
      'kubesec-lint: standard input cannot be fixed; name the file\n',
    );
  });

  test('--fix-dry-run prints a diff and writes nothing', () => {
    const cwd = folderWith({ 'old.yaml': OLD });
    expect(run([...RULES, '--fix-dry-run', '.'], { cwd })).toEqual({
      status: 0,
      stdout:
        '--- a/old.yaml\n+++ b/old.yaml\n@@ -1,4 +1,4 @@\n-apiVersion: batch/v1beta1\n+apiVersion: batch/v1\n kind: CronJob\n metadata:\n   name: nightly\n',
      stderr: 'kubesec-lint: would fix 1 finding in 1 file\n',
    });
    expect(readFileSync(join(cwd, 'old.yaml'), 'utf8')).toBe(OLD);
  });
});

describe('a fix is looked at before it counts', () => {
  const rule = (id: string, key: string, from: string, to: string) =>
    defineRule({
      id,
      title: id,
      category: 'workload',
      severity: 'low',
      preset: 'all',
      on: 'resource',
      messages: { found: '{key} is {value}' },
      check(resource, context) {
        const node = resource.root.get(key);
        if (node.string !== from) return;
        context.report(node, 'found', {
          data: { key, value: from },
          fix: { title: `make it ${to}`, safety: 'safe', changes: [{ op: 'set', path: [...node.steps], value: to }] },
        });
      },
      docs: { why: '', fix: '', frameworks: {}, references: [], examples: { bad: [], good: [] } },
    });
  const fix = (rules: Parameters<typeof lintTexts>[0], text: string) =>
    applyFixes({
      editsFor,
      safeties: ['safe'],
      lint: (texts): Report => lintTexts(rules, { 'a.yaml': texts.get('a.yaml') ?? text }),
    });
  const text = 'apiVersion: v1\nkind: A\na: one\nb: one\nc: one\n';

  test('one that brings another finding is refused, the others of its group are kept', () => {
    const rules = [
      rule('a', 'a', 'one', 'two'),
      rule('b', 'b', 'one', 'bad'),
      rule('b-bad', 'b', 'bad', 'bad'),
      rule('c', 'c', 'one', 'two'),
    ];
    const { texts, fixed, refused, report } = fix(rules, text);
    expect({
      text: texts.get('a.yaml'),
      fixed: fixed.map(({ ruleId }) => ruleId),
      refused: refused.map(({ ruleId }) => ruleId),
      left: report.findings.map(({ ruleId }) => ruleId),
    }).toEqual({
      text: text.replace('a: one', 'a: two').replace('c: one', 'c: two'),
      fixed: ['a', 'c'],
      refused: ['b'],
      left: ['b'],
    });
  });

  test('one that does not help is refused', () => {
    const { texts, refused } = fix([rule('a', 'a', 'one', 'one')], text);
    expect({ changed: texts.size, refused: refused.length }).toEqual({ changed: 0, refused: 1 });
  });
});
