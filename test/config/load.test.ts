import { describe, expect, test } from 'vitest';
import { PLAIN_POD, PRIVILEGED_POD, run } from '../cli/run.ts';

const ONELINE = ['-f', 'oneline', 'pod.yaml'] as const;
const FINDING = 'pod.yaml:10:21: critical: container "api" runs privileged [privileged-container]\n';

function lintWith(config: string, more: Readonly<Record<string, string>> = {}) {
  return run(ONELINE, { files: { 'pod.yaml': PRIVILEGED_POD, 'kubesec-lint.yaml': config, ...more } });
}

describe('a mistake is told with its line and what was meant', () => {
  test.each([
    [
      'a misspelt key',
      'kubernetesVersoin: "1.33"\n',
      ['1:1: unknown key "kubernetesVersoin"; did you mean "kubernetesVersion"'],
    ],
    [
      'a misspelt rule',
      'rules:\n  host-netwrok: off\n',
      ['2:3: there is no rule "host-netwrok"; did you mean "host-network"'],
    ],
    [
      'a misspelt severity',
      'rules:\n  host-network: hihg\n',
      ['2:17: "rules.host-network" cannot be "hihg"; did you mean "high"'],
    ],
    [
      'a misspelt key of a rule',
      'rules:\n  host-network: { severty: high }\n',
      ['2:19: unknown key "severty"; did you mean "severity"'],
    ],
    [
      'a version that is a number',
      'kubernetesVersion: 1.30\n',
      ['1:20: "kubernetesVersion" has to be a string in quotes: "1.33", since 1.30 is the number 1.3'],
    ],
    [
      'a version nobody knows',
      'kubernetesVersion: "1.99"\n',
      ['1:20: "1.99" is not a release known here, 1.25 to 1.37'],
    ],
    [
      'a preset nobody knows',
      'extends: [recomended]\n',
      ['1:11: "extends[0]" cannot be "recomended"; did you mean "recommended"'],
    ],
    ['a word where a list belongs', 'ignore: testdata\n', ['1:9: "ignore" has to be a list']],
    ['a list where a mapping belongs', '- a\n', ['1:1: the configuration has to be a mapping']],
    [
      'an override that holds nowhere',
      'overrides:\n  - rules: { host-network: off }\n',
      ['2:5: an override says where it holds: files, namespaces, kinds or names'],
    ],
    [
      'a misspelt key of an override',
      'overrides:\n  - namespace: [a]\n    rules: {}\n',
      ['2:5: unknown key "namespace"; did you mean "namespaces"'],
    ],
    [
      'an option that a rule does not have',
      'rules:\n  image-registry-not-allowed: { options: { alow: [] } }\n',
      ['2:44: unknown option "alow"; did you mean "allow"'],
    ],
    [
      'options of a rule without any',
      'rules:\n  suppression-unused: { options: { a: 1 } }\n',
      ['2:25: rule suppression-unused has no options'],
    ],
    ['a key that comes twice', 'failOn: low\nfailOn: high\n', ['1:1: key "failOn" comes twice']],
    [
      'several at once, in the order of the file',
      'failOn: error\nworld: opne\n',
      [
        '1:9: "failOn" cannot be "error"; one of critical, high, medium, low, info, never',
        '2:8: "world" cannot be "opne"; did you mean "open"',
      ],
    ],
    [
      'a plugin that is not there',
      'plugins: [./none.js]\n',
      [`1:11: plugin "./none.js" cannot be loaded: Cannot find module './none.js'`],
    ],
  ])('%s', (_, config, lines) => {
    const { status, stdout, stderr } = lintWith(config);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: `kubesec-lint: ${lines.map((line) => `kubesec-lint.yaml:${line}`).join('\n')}\n`,
    });
  });

  test('a file that is no YAML', () => {
    expect(lintWith('rules: [\n').status).toBe(2);
  });
});

describe('what a configuration does', () => {
  test('off, by word and by the boolean that YAML makes of it', () => {
    for (const off of ['off', '"off"', 'false', '{ severity: off }']) {
      expect(lintWith(`extends: none\nrules: { privileged-container: ${off} }\n`).stdout).toBe('');
    }
  });

  test('naming a rule switches it on', () => {
    for (const on of ['on', 'true', '{}']) {
      expect(lintWith(`extends: none\nrules: { privileged-container: ${on} }\n`).stdout).toBe(FINDING);
    }
  });

  test('a severity, and the threshold', () => {
    const config = 'extends: none\nrules: { privileged-container: low }\nfailOn: low\n';
    expect(lintWith(config)).toEqual({ status: 1, stdout: FINDING.replace('critical', 'low'), stderr: '' });
  });

  test('the command line has the last word', () => {
    const files = {
      'pod.yaml': PRIVILEGED_POD,
      'kubesec-lint.yaml': 'extends: none\nrules: { privileged-container: low }\n',
    };
    expect(run(['--rule', 'privileged-container=off', ...ONELINE], { files }).stdout).toBe('');
    expect(run(['--no-config', '--preset', 'none', ...ONELINE], { files }).stdout).toBe('');
  });

  test('the file is looked for from the working folder up to the repository', () => {
    const files = { 'sub/pod.yaml': PRIVILEGED_POD, '.kubesec-lint.json': '{"extends": "none"}' };
    expect(run(['-f', 'oneline', '.'], { files }).stdout).toBe('');
    expect(run(['--config', 'other.yaml', '.'], { files }).stderr).toContain('cannot read configuration other.yaml');
  });

  test('ignore speaks of the folder of the file', () => {
    const files = {
      'a/pod.yaml': PRIVILEGED_POD,
      'b/pod.yaml': PLAIN_POD,
      'kubesec-lint.yaml': 'extends: none\nrules: {privileged-container: on}\nignore: [/a/]\n',
    };
    expect(run(['-f', 'oneline', '.'], { files }).status).toBe(0);
  });
});

describe('overrides', () => {
  const base = 'extends: none\nrules: { privileged-container: on }\noverrides:\n';
  const pod = (namespace: string) =>
    PRIVILEGED_POD.replace('name: api\nspec', `name: api\n  namespace: ${namespace}\nspec`);
  const severities = (config: string, files: Readonly<Record<string, string>>) =>
    JSON.parse(
      run(['-f', 'json', '.'], { files: { 'kubesec-lint.yaml': base + config, ...files } }).stdout,
    ).findings.map(({ severity, suppressed }: { severity: string; suppressed: unknown }) => suppressed ?? severity);

  test.each([
    ['a namespace', '  - { namespaces: [kube-*], rules: { privileged-container: off }, reason: agents }\n'],
    ['a file', '  - { files: [system/], rules: { privileged-container: off }, reason: agents }\n'],
    ['a kind', '  - { kinds: [Pod], rules: { privileged-container: off }, reason: agents }\n'],
    ['a name', '  - { names: ["a?i"], rules: { privileged-container: off }, reason: agents }\n'],
  ])('%s', (_, config) => {
    expect(severities(config, { 'system/pod.yaml': pod('kube-system') })).toEqual([{ by: 'config', reason: 'agents' }]);
  });

  test('an object without a namespace is in the default one', () => {
    const config = '  - { namespaces: [default], rules: { privileged-container: off }, reason: agents }\n';
    expect(severities(config, { 'pod.yaml': PRIVILEGED_POD })).toEqual([{ by: 'config', reason: 'agents' }]);
    expect(severities(`${config}defaultNamespace: web\n`, { 'pod.yaml': PRIVILEGED_POD })).toEqual(['critical']);
  });

  test('every list that is given has to match, and the last override wins', () => {
    const files = { 'a.yaml': pod('one'), 'b.yaml': pod('two') };
    const config =
      '  - { kinds: [Pod], rules: { privileged-container: low } }\n  - { kinds: [Pod], namespaces: [two], rules: { privileged-container: info } }\n';
    expect(severities(config, files)).toEqual(['low', 'info']);
  });

  test('a rule that is off in general speaks where an override has it on', () => {
    const files = { 'a.yaml': pod('one'), 'b.yaml': pod('two') };
    const config = '  - { namespaces: [two], rules: { privileged-container: high } }\n';
    const { stdout } = run(['-f', 'oneline', '.'], {
      files: {
        'kubesec-lint.yaml': `extends: none\nrules: { privileged-container: off }\noverrides:\n${config}`,
        ...files,
      },
    });
    expect(stdout).toBe('b.yaml:11:21: high: container "api" runs privileged [privileged-container]\n');
  });
});

describe('plugins', () => {
  const plugin = (name: string, rule: string) => `export default { name: '${name}', rules: [${rule}] };\n`;
  const RULE = `{
    id: 'acme/internal-registry',
    title: 'Image from outside the company',
    category: 'acme',
    severity: 'high',
    preset: 'recommended',
    on: 'container',
    messages: { outside: 'image "{image}" is not from our registry' },
    checks: [{ since: '1.0', check({ node }, context) {
      const image = node.get('image');
      if (image.string !== undefined && !image.string.startsWith('registry.acme.test/')) {
        context.report(image, 'outside', { data: { image: image.string } });
      }
    } }],
    docs: { why: 'w', fix: 'Push it to our registry.', frameworks: {}, references: [], examples: { bad: [], good: [] } },
  }`;

  test("a rule of one's own runs like any other", () => {
    const files = { 'acme.mjs': plugin('acme', RULE) };
    expect(lintWith('extends: recommended\nplugins: [./acme.mjs]\n', files).stdout).toContain(
      'pod.yaml:8:14: high: image "registry.example.com/api:1.0.0" is not from our registry [acme/internal-registry]\n',
    );
    expect(
      lintWith('extends: none\nplugins: [./acme.mjs]\nrules: { acme/internal-registry: info }\n', files).stdout,
    ).toContain(': info: image');
  });

  test('a plugin of another form is told what is wrong', () => {
    const faults = (text: string) => lintWith('plugins: [./acme.mjs]\n', { 'acme.mjs': text }).stderr;
    expect(faults('export const a = 1;\n')).toContain('has no default export of the form { name, rules }');
    expect(faults(plugin('other', RULE))).toContain(
      'has the id "acme/internal-registry"; it has to begin with "other/"',
    );
    expect(faults('throw new Error("boom");\n')).toContain('cannot be loaded: boom');
  });

  test('a rule that throws is a defect, 3, and costs nothing but its own findings', () => {
    const throwing = RULE.replace("const image = node.get('image');", "throw new Error('bad rule');");
    const { status, stdout } = lintWith(
      'extends: none\nplugins: [./acme.mjs]\nrules: { privileged-container: on, acme/internal-registry: on }\n',
      {
        'acme.mjs': plugin('acme', throwing),
      },
    );
    expect({ status, stdout }).toEqual({
      status: 3,
      stdout: `${FINDING}pod.yaml: defect: rule acme/internal-registry failed: bad rule\n`,
    });
  });
});
