import { describe, expect, test } from 'vitest';
import { ONE_RULE, PRIVILEGED_POD, run } from '../cli/run.ts';

/** Today, for these tests, is 2026-01-01. */
const RULES = [
  ...ONE_RULE,
  ...['expired', 'malformed', 'misplaced', 'unknown-rule', 'unused'].flatMap((name) => [
    '--rule',
    `suppression-${name}`,
  ]),
];

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    metadata:
      labels: { app: api }
    spec:
      containers:
        - name: api
          image: registry.example.com/api:1.0.0
          securityContext:
            privileged: true
        - name: log
          image: registry.example.com/log:1.0.0
          securityContext:
            privileged: true
`;

/** The lines of the privileged-container findings that stand, of those excused with the reason, and all other messages. */
function lint(yaml: string, ...options: readonly string[]) {
  const { findings } = JSON.parse(run([...RULES, ...options, '-f', 'json', '-'], { stdin: yaml }).stdout) as {
    findings: readonly Found[];
  };
  const privileged = findings.filter(({ ruleId }) => ruleId === 'privileged-container');
  return {
    stand: privileged.filter(({ suppressed }) => suppressed === null).map(({ range }) => range.start.line),
    excused: privileged.flatMap(({ suppressed, range }) =>
      suppressed === null ? [] : [[range.start.line, suppressed.reason]],
    ),
    others: findings
      .filter((each) => each.ruleId !== 'privileged-container')
      .map(({ range, message }) => `${range.start.line}: ${message}`),
  };
}

interface Found {
  readonly ruleId: string;
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
  readonly suppressed: null | { readonly by: string; readonly reason: string | null };
}

function with_(line: string, replacement: string, yaml = DEPLOYMENT): string {
  expect(yaml).toContain(line);
  return yaml.replace(line, replacement);
}

const IGNORE = '# kubesec-lint-ignore: privileged-container -- agreed';

describe('a comment covers', () => {
  test.each<[string, string, number[], number[]]>([
    ['the value at the end of its line', with_('privileged: true', `privileged: true ${IGNORE}`), [18], [14]],
    ['the key below it', with_('            privileged', `            ${IGNORE}\n            privileged`), [19], [15]],
    [
      'the key below a longer remark',
      with_('            privileged', `            ${IGNORE}\n            # and more\n\n            privileged`),
      [21],
      [17],
    ],
    ['all of a mapping', with_('securityContext:', `securityContext: ${IGNORE}`), [18], [14]],
    ['all of a list item', with_('- name: api', `- name: api ${IGNORE}`), [18], [14]],
    ['the item below it', with_('        - name: log', `        ${IGNORE}\n        - name: log`), [14], [19]],
    ['all of a list', with_('containers:', `containers: ${IGNORE}`), [], [14, 18]],
    ['the document in front of its first key', `${IGNORE}\n${DEPLOYMENT}`, [], [15, 19]],
    ['the document behind a licence and a separator', `# Copyright\n\n${IGNORE}\n---\n${DEPLOYMENT}`, [], [18, 22]],
    ['the document on its separator', `--- ${IGNORE}\n${DEPLOYMENT}`, [], [15, 19]],
    ['one document of two', `${IGNORE}\n${DEPLOYMENT}---\n${DEPLOYMENT}`, [34, 38], [15, 19]],
    [
      'the file',
      `${DEPLOYMENT}---\n${DEPLOYMENT}# kubesec-lint-ignore-file: privileged-container -- agreed\n`,
      [],
      [14, 18, 33, 37],
    ],
    [
      'the file, from a document of comments',
      `# kubesec-lint-ignore-file: privileged-container -- agreed\n---\n${DEPLOYMENT}`,
      [],
      [16, 20],
    ],
    [
      'several rules at once',
      with_('privileged: true', 'privileged: true # kubesec-lint-ignore: host-pid, privileged-container -- agreed'),
      [18],
      [14],
    ],
  ])('%s', (_, yaml, stand, excused) => {
    expect(lint(yaml)).toEqual({ stand, excused: excused.map((line) => [line, 'agreed']), others: [] });
  });

  test('nothing where it is text and no comment', () => {
    const yaml =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: "# kubesec-lint-ignore: privileged-container"\n  b: |\n    # kubesec-lint-ignore: privileged-container\n    x: 1\n';
    expect(lint(yaml)).toEqual({ stand: [], excused: [], others: [] });
  });

  test('with CRLF and a byte order mark', () => {
    const yaml = `\ufeff${with_('privileged: true', `privileged: true ${IGNORE}`)}`.replaceAll('\n', '\r\n');
    expect(lint(yaml)).toEqual({ stand: [18], excused: [[14, 'agreed']], others: [] });
  });
});

describe('an annotation covers', () => {
  const onObject = (annotation: string) =>
    with_('  name: api\nspec:', `  name: api\n  annotations:\n    ${annotation}\nspec:`);
  const onPods = (annotation: string) =>
    with_('      labels: { app: api }', `      labels: { app: api }\n      annotations:\n        ${annotation}`);

  test.each<[string, string, number[], [number, string | null][]]>([
    [
      'the object',
      onObject('kubesec-lint.dev/ignore: privileged-container, host-pid'),
      [],
      [
        [16, null],
        [20, null],
      ],
    ],
    [
      'the object, with a reason',
      onObject('kubesec-lint.dev/ignore.privileged-container: agreed'),
      [],
      [
        [16, 'agreed'],
        [20, 'agreed'],
      ],
    ],
    [
      'the object, rules and reason in one',
      onObject('kubesec-lint.dev/ignore: privileged-container -- agreed'),
      [],
      [
        [16, 'agreed'],
        [20, 'agreed'],
      ],
    ],
    [
      'the pods',
      onPods('kubesec-lint.dev/ignore.privileged-container: agreed'),
      [],
      [
        [16, 'agreed'],
        [20, 'agreed'],
      ],
    ],
    [
      'one container, from the object',
      onObject('kubesec-lint.dev/ignore.privileged-container.log: agreed'),
      [16],
      [[20, 'agreed']],
    ],
    [
      'one container, from the pods',
      onPods('kubesec-lint.dev/ignore.privileged-container.api: agreed'),
      [20],
      [[16, 'agreed']],
    ],
  ])('%s', (_, yaml, stand, excused) => {
    expect(lint(yaml)).toEqual({ stand, excused, others: [] });
  });

  test('a pod by itself, once', () => {
    const yaml = PRIVILEGED_POD.replace(
      '  name: api\nspec',
      '  name: api\n  annotations: { kubesec-lint.dev/ignore.privileged-container: agreed }\nspec',
    );
    expect(lint(yaml)).toEqual({ stand: [], excused: [[11, 'agreed']], others: [] });
  });

  test('the item of a List that it stands on', () => {
    const pod = (name: string, annotations: string) =>
      `{apiVersion: v1, kind: Pod, metadata: {name: ${name}${annotations}}, spec: {containers: [{name: a, image: "a:1", securityContext: {privileged: true}}]}}`;
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${pod('a', ', annotations: {kubesec-lint.dev/ignore.privileged-container: agreed}')}\n- ${pod('b', '')}\n`;
    expect(lint(list)).toEqual({ stand: [5], excused: [[4, 'agreed']], others: [] });
  });
});

describe('what is wrong with a suppression is a finding', () => {
  const excuse = (directive: string) => with_('privileged: true', `privileged: true # kubesec-lint-ignore${directive}`);

  test.each<[string, string, number[], string[]]>([
    [
      'unused',
      with_('image: registry.example.com/api:1.0.0', `image: registry.example.com/api:1.0.0 ${IGNORE}`),
      [14, 18],
      ['12: nothing here is reported by privileged-container, so ignoring it has no effect'],
    ],
    [
      'unknown, with what was meant',
      excuse(': priviledged-container -- agreed'),
      [14, 18],
      ['14: there is no rule "priviledged-container" to ignore; the nearest is privileged-container'],
    ],
    ['unknown', excuse(': CKV_K8S_16 -- agreed'), [14, 18], ['14: there is no rule "CKV_K8S_16" to ignore']],
    [
      'expired',
      excuse(': privileged-container -- agreed until=2025-12-31'),
      [14, 18],
      ['14: this suppression ended on 2025-12-31'],
    ],
    ['not yet expired', excuse(': privileged-container -- agreed until=2026-01-01'), [18], []],
    [
      'a day that is none',
      excuse(': privileged-container -- agreed until=2026-13-01'),
      [14, 18],
      ['14: this suppression has "2026-13-01" where a day such as 2027-01-31 belongs'],
    ],
    [
      'without a colon',
      excuse(' privileged-container'),
      [14, 18],
      ['14: this suppression needs a colon and the names of rules'],
    ],
    ['without a rule', excuse(': -- agreed'), [14, 18], ['14: this suppression names no rule']],
    [
      'at the end, where no key follows',
      `${DEPLOYMENT}${IGNORE}\n`,
      [14, 18],
      ['19: this suppression stands where no key follows'],
    ],
    [
      'of a container that is not here',
      with_(
        '  name: api\nspec:',
        '  name: api\n  annotations:\n    kubesec-lint.dev/ignore.privileged-container.web: agreed\nspec:',
      ),
      [16, 20],
      ['6: this suppression names container "web", which is not here'],
    ],
    [
      'among the labels',
      with_(
        '  name: api\nspec:',
        '  name: api\n  labels:\n    kubesec-lint.dev/ignore.privileged-container: agreed\nspec:',
      ),
      [16, 20],
      ['6: this suppression stands among the labels, not the annotations'],
    ],
  ])('%s', (_, yaml, stand, others) => {
    const found = lint(yaml);
    expect({ stand: found.stand, others: found.others }).toEqual({ stand, others });
  });

  test('a rule that does not run may be excused in advance', () => {
    expect(lint(excuse(': privileged-container, host-pid -- agreed')).others).toEqual([]);
  });

  test('without a reason, where one is asked for', () => {
    const silent = excuse(': privileged-container');
    expect(lint(silent).others).toEqual([]);
    expect(lint(silent, '--rule', 'suppression-without-reason').others).toEqual([
      '14: this suppression gives no reason',
    ]);
    const files = { 'kubesec-lint.yaml': 'extends: none\nrequireReason: true\n', 'a.yaml': silent };
    expect(run(['-f', 'oneline', '.'], { files }).stdout).toBe(
      'a.yaml:14:30: low: this suppression gives no reason [suppression-without-reason]\n',
    );
  });
});
