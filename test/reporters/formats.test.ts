import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { folderWith, ONE_RULE, PLAIN_POD, PRIVILEGED_POD, run } from '../cli/run.ts';

const root = join(import.meta.dirname, '../..');

function validator(schema: object) {
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true });
  const validate = ajv.compile(schema);
  return (value: unknown) =>
    validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

const reportFaults = validator(JSON.parse(readFileSync(join(root, 'schemas/report.schema.json'), 'utf8')));
const sarifFaults = validator(sarifSchema());

/** Suppressed by comment and by configuration, unreadable, related places, fixes, hostile names: all that a report may hold. */
const FILES = {
  'api & co/pod #1%.yaml': PRIVILEGED_POD,
  'excused.yaml': PRIVILEGED_POD.replace(
    'privileged: true',
    'privileged: true # kubesec-lint-ignore: privileged-container -- "a" <b>',
  ),
  'broken.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: [x\n',
  'bad-bytes.yaml': Buffer.from('apiVersion: v1\nkind: Pod\nmetadata: {name: \xff}\n', 'latin1'),
  'values.yaml': 'a: 1\n',
  'kubesec-lint.yaml': 'overrides: [{files: [none.yaml], rules: {privileged-container: low}}]\n',
};

describe('json', () => {
  test.each([
    ['a folder of everything', ['--preset', 'all', '.'], FILES],
    ['nothing found', [...ONE_RULE, '.'], { 'pod.yaml': PLAIN_POD }],
    ['the insecure shop', ['--preset', 'all', join(root, 'examples')], {}],
  ])('%s is valid by its schema', (_, argv, files) => {
    expect(reportFaults(JSON.parse(run(['-f', 'json', ...argv], { files }).stdout))).toEqual([]);
  });

  test('a finding, whole', () => {
    const { stdout } = run([...ONE_RULE, '-f', 'json', 'pod.yaml'], { files: { 'pod.yaml': PRIVILEGED_POD } });
    const { findings, summary, skipped, problems } = JSON.parse(stdout);
    const [{ fix, fingerprint, ...finding }] = findings;
    expect({ finding, summary, skipped, problems }).toEqual({
      finding: {
        ruleId: 'privileged-container',
        severity: 'critical',
        message: 'container "api" runs privileged',
        file: 'pod.yaml',
        range: { start: { line: 10, column: 21 }, end: { line: 10, column: 25 } },
        resource: { apiVersion: 'v1', kind: 'Pod', namespace: '', name: 'api' },
        path: 'spec.containers[0].securityContext.privileged',
        related: [],
        suppressed: null,
      },
      summary: {
        files: 1,
        documents: 1,
        resources: 1,
        skippedFiles: 0,
        findings: { critical: 1, high: 0, medium: 0, low: 0, info: 0 },
        suppressed: 0,
      },
      skipped: [],
      problems: [],
    });
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(fix === null || fix.safety === 'safe' || fix.safety === 'hardening').toBe(true);
  });

  test('the same run twice is the same bytes', () => {
    const cwd = folderWith(FILES);
    expect(run(['-f', 'json', '.'], { cwd }).stdout).toBe(run(['-f', 'json', '.'], { cwd }).stdout);
  });

  test('a fingerprint survives moved lines, reordered containers and another value', () => {
    const moved = PRIVILEGED_POD.replace('spec:', '# more\n# lines\nspec:').replace(
      '  containers:\n',
      '  containers:\n    - name: first\n      image: registry.example.com/first:1.0.0\n',
    );
    const print = (text: string) =>
      JSON.parse(run([...ONE_RULE, '-f', 'json', '-'], { stdin: text }).stdout).findings.map(
        ({ fingerprint }: { fingerprint: string }) => fingerprint,
      );
    expect(print(moved)).toEqual(print(PRIVILEGED_POD));
  });
});

describe('sarif', () => {
  const sarif = (argv: readonly string[], files: Readonly<Record<string, string | Uint8Array>>) =>
    JSON.parse(run(['-f', 'sarif', ...argv], { files }).stdout);

  test.each([
    ['a folder of everything', ['--preset', 'all', '.'], FILES],
    ['nothing found', [...ONE_RULE, '.'], { 'pod.yaml': PLAIN_POD }],
    ['the insecure shop', ['--preset', 'all', join(root, 'examples')], {}],
  ])('%s is valid by the official schema', (_, argv, files) => {
    expect(sarifFaults(sarif(argv, files))).toEqual([]);
  });

  test('nothing found is an empty list', () => {
    expect(sarif([...ONE_RULE, '.'], { 'pod.yaml': PLAIN_POD }).runs[0].results).toEqual([]);
  });

  test('paths are URIs, suppressions carry their reason, what could not be read is a notification', () => {
    const [{ results, invocations }] = sarif([...ONE_RULE, '.'], FILES).runs;
    expect({
      places: results.map((each: SarifResult) => each.locations[0]?.physicalLocation.artifactLocation),
      suppressions: results.map((each: SarifResult) => each.suppressions),
      successful: invocations[0].executionSuccessful,
      notifications: invocations[0].toolExecutionNotifications,
    }).toEqual({
      places: [
        { uri: 'api%20%26%20co/pod%20%231%25.yaml', uriBaseId: '%SRCROOT%' },
        { uri: 'excused.yaml', uriBaseId: '%SRCROOT%' },
      ],
      suppressions: [undefined, [{ kind: 'inSource', status: 'accepted', justification: '"a" <b>' }]],
      successful: false,
      notifications: [
        {
          level: 'error',
          message: { text: 'cannot read: line 3 is not UTF-8' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'bad-bytes.yaml', uriBaseId: '%SRCROOT%' } } }],
        },
      ],
    });
  });

  test('a result has region, snippet, object, path and fingerprint', () => {
    const [{ results, tool }] = sarif([...ONE_RULE, '.'], { 'pod.yaml': PRIVILEGED_POD }).runs;
    const [result] = results;
    expect(tool.driver.rules[result.ruleIndex].id).toBe('privileged-container');
    expect(tool.driver.rules[result.ruleIndex].properties['security-severity']).toBe('9.5');
    expect(result.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'pod.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 10, startColumn: 21, endLine: 10, endColumn: 25, snippet: { text: 'true' } },
        },
        logicalLocations: [
          { name: 'api', fullyQualifiedName: 'Pod/api', kind: 'resource' },
          { fullyQualifiedName: 'spec.containers[0].securityContext.privileged', kind: 'member' },
        ],
      },
    ]);
    expect(Object.keys(result.partialFingerprints)).toEqual(['kubesecLint/v1']);
  });

  test('of more results than code scanning takes, the gravest are kept and the rest is told', () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 51; index++) {
      files[`${index}.yaml`] = Array.from({ length: 100 }, () => PRIVILEGED_POD).join('---\n');
    }
    const [{ results, invocations }] = sarif(['--preset', 'none', '--rule', 'privileged-container=low', '.'], {
      ...files,
      'z.yaml': PRIVILEGED_POD,
    }).runs;
    expect(results).toHaveLength(5000);
    expect(invocations[0].toolExecutionNotifications[0].message.text).toBe(
      '101 results are left out: the 5000 gravest are kept',
    );
  });
});

describe('github', () => {
  test('annotations with escaped properties', () => {
    expect(run([...ONE_RULE, '-f', 'github', '.'], { files: { 'a,b:c.yaml': PRIVILEGED_POD } }).stdout).toBe(
      '::error file=a%2Cb%3Ac.yaml,line=10,endLine=10,col=21,endColumn=25,title=privileged-container (critical)::container "api" runs privileged\n',
    );
  });
});

describe('formats of other systems', () => {
  const files = {
    'a & b.yaml': PRIVILEGED_POD.replace('- name: api', '- name: "<api> | `x`"'),
    'bad.yaml': FILES['bad-bytes.yaml'],
  };
  const format = (name: string) => run([...ONE_RULE, '-f', name, '.'], { files }).stdout;

  test('gitlab', () => {
    const [issue, ...others] = JSON.parse(format('gitlab'));
    expect({ issue: { ...issue, fingerprint: '' }, others }).toEqual({
      issue: {
        description: 'container "<api> | `x`" runs privileged',
        check_name: 'privileged-container',
        fingerprint: '',
        severity: 'blocker',
        location: { path: 'a & b.yaml', lines: { begin: 10, end: 10 } },
      },
      others: [],
    });
  });

  test('junit', () => {
    expect(format('junit')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="kubesec-lint" tests="2" failures="1" errors="1">
  <testsuite name="a &amp; b.yaml" tests="1" failures="1" errors="0" skipped="0">
    <testcase name="privileged-container 10:21" classname="a &amp; b.yaml" file="a &amp; b.yaml" line="10">
      <failure type="critical" message="container &quot;&lt;api&gt; | \`x\`&quot; runs privileged">a &amp; b.yaml:10:21 container &quot;&lt;api&gt; | \`x\`&quot; runs privileged</failure>
    </testcase>
  </testsuite>
  <testsuite name="bad.yaml" tests="1" failures="0" errors="1" skipped="0">
    <testcase name="unreadable" classname="bad.yaml">
      <error message="line 3 is not UTF-8"/>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  test('checkstyle', () => {
    expect(format('checkstyle')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<checkstyle version="4.3">
  <file name="a &amp; b.yaml">
    <error line="10" column="21" severity="error" message="container &quot;&lt;api&gt; | \`x\`&quot; runs privileged" source="kubesec-lint.privileged-container"/>
  </file>
  <file name="bad.yaml">
    <error line="1" severity="error" message="line 3 is not UTF-8" source="kubesec-lint"/>
  </file>
</checkstyle>
`);
  });

  test('markdown', () => {
    expect(format('markdown')).toBe(`## kubesec-lint: **1 critical**

| | place | finding | rule |
|---|---|---|---|
| critical | a &#38; b.yaml:10 | container "&#60;api&#62; &#124; &#96;x&#96;" runs privileged | privileged-container |

- bad.yaml cannot be read: line 3 is not UTF-8

1 file, 1 resource: 1 critical
`);
  });

  test('html', () => {
    const page = format('html');
    expect(page).toContain('container &quot;&lt;api&gt; | `x`&quot; runs privileged');
    expect(page).not.toContain('<api>');
  });
});

describe('text', () => {
  test('file, object, finding with its line, what to write instead, summary', () => {
    expect(run([...ONE_RULE, '.'], { files: { 'pod.yaml': PRIVILEGED_POD } }).stdout).toBe(`pod.yaml

  Pod api
  10:21  critical  container "api" runs privileged  privileged-container
    10 │ privileged: true
       │             ^^^^
    → Remove privileged

1 file, 1 resource: 1 critical
`);
  });

  test('colours where they are asked for', () => {
    const { stdout } = run([...ONE_RULE, '.'], { files: { 'pod.yaml': PRIVILEGED_POD }, env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[1;31mcritical\u001b[0m');
    for (const without of [{ NO_COLOR: '1', FORCE_COLOR: '1' }, { FORCE_COLOR: '0' }]) {
      expect(run([...ONE_RULE, '.'], { files: { 'pod.yaml': PRIVILEGED_POD }, env: without }).stdout).not.toContain(
        '\u001b',
      );
    }
  });

  test('the frame of a long line is cut around its place, and wide characters keep the carets in line', () => {
    const flow = `apiVersion: v1\nkind: Pod\nmetadata: {name: 世界, annotations: {note: "${'x'.repeat(300)}"}}\nspec: {containers: [{name: 世界, image: "${'y'.repeat(200)}", securityContext: {privileged: true}}]}\n`;
    const lines = run([...ONE_RULE, '.'], { files: { 'pod.yaml': flow } }).stdout.split('\n');
    const frame = lines.find((line) => line.includes('│ …'))!;
    const marks = lines[lines.indexOf(frame) + 1]!;
    expect(frame.slice(marks.indexOf('^')).startsWith('true')).toBe(true);
    expect(frame.length).toBeLessThanOrEqual(100);
  });
});

interface SarifResult {
  readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: unknown } }[];
  readonly suppressions: unknown;
}

/** The schema of OASIS as a package carries it, written for draft-04, whose `id` is now spelt `$id`. */
function sarifSchema(): object {
  const require = createRequire(import.meta.url);
  const { id: _, $schema: __, ...schema } = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  return schema;
}
