import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Category } from '../../src/engine/rule.ts';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';

const CORPORA = path.resolve(import.meta.dirname, '../../../shared/corpora');
const FOLDERS: readonly Category[] = ['admission', 'policy-engine', 'supply-chain', 'platform'];

/** Every YAML file of a corpus, by its path there. */
function textsOf(corpus: string): Readonly<Record<string, string>> {
  const folder = path.join(CORPORA, corpus);
  const texts: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.ya?ml$/.test(name)) texts[name] = readFileSync(path.join(folder, name), 'utf8');
  }
  return texts;
}

function countsOf(corpus: string): Readonly<Record<string, number>> {
  const chosen = rules.filter(({ category }) => FOLDERS.includes(category));
  const counts: Record<string, number> = {};
  for (const { ruleId, severity } of lintTexts(chosen, textsOf(corpus)).findings) {
    const key = `${ruleId} ${severity}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** What a human hand does to a constraint, and the finding that has to come of it. False where there is nothing to spoil. */
const CONSTRAINTS_SPOILT: Readonly<Record<string, readonly [(constraint: Constraint) => boolean, string]>> = {
  'a parameter renamed': [
    ({ spec }) => rename(spec.parameters, (key) => `${key}x`),
    'gatekeeper-constraint-parameters unknown',
  ],
  'a number for a parameter': [
    ({ spec: { parameters = {} } }) => setFirst(parameters, (value) => typeof value !== 'number', 7),
    'gatekeeper-constraint-parameters invalid',
  ],
  'text for a parameter': [
    ({ spec: { parameters = {} } }) => setFirst(parameters, (value) => typeof value !== 'string', 'seven'),
    'gatekeeper-constraint-parameters invalid',
  ],
  'a letter of the kind lost': [
    (constraint) => {
      constraint.kind = constraint.kind.slice(0, -2) + constraint.kind.at(-1);
      return true;
    },
    'gatekeeper-constraint-unknown-kind unknown',
  ],
  'only recorded': [({ spec }) => set(spec, 'enforcementAction', 'dryrun'), 'gatekeeper-not-enforcing recorded'],
  'an action that is none': [({ spec }) => set(spec, 'enforcementAction', 'Deny'), 'gatekeeper-not-enforcing unknown'],
  'the group core by name': [
    ({ spec }) => set(spec.match?.kinds?.[0], 'apiGroups', ['core']),
    'gatekeeper-match-ineffective match',
  ],
  'a kind as a resource': [
    ({ spec }) => {
      const kind = spec.match?.kinds?.[0]?.kinds[0];
      return kind !== undefined && kind !== '*' && set(spec.match?.kinds?.[0], 'kinds', [`${kind.toLowerCase()}s`]);
    },
    'gatekeeper-match-ineffective match',
  ],
  'match misspelt': [
    ({ spec }) => rename(spec, (key) => (key === 'match' ? 'matches' : undefined)),
    'gatekeeper-match-ineffective field',
  ],
  'every namespace excluded': [
    ({ spec }) => {
      spec.match ??= {};
      return set(spec.match, 'excludedNamespaces', ['*']);
    },
    'gatekeeper-exclusion-broad constraint',
  ],
};

const TEMPLATES_SPOILT: Readonly<Record<string, readonly [(text: string) => string, string]>> = {
  'no package': [(text) => text.replace(/package \w[\w.]*/, ''), 'gatekeeper-rego-invalid refused'],
  'a brace lost': [(text) => text.replace(/(rego: \|[\s\S]*?)\n\s*\}/, '$1\n'), 'gatekeeper-rego-invalid refused'],
  'no violation': [(text) => text.replace(/\bviolation\b/g, 'found'), 'gatekeeper-rego-invalid refused'],
  'another target': [
    (text) => text.replace('target: admission.k8s', 'target: admissions.k8s'),
    'gatekeeper-template-invalid target',
  ],
  'another name': [(text) => text.replace(/^(metadata:\n\s+name: \w+)/m, '$1x'), 'gatekeeper-template-invalid name'],
};

if (!existsSync(CORPORA)) {
  test.skip(`policies and webhooks: ${path.relative(process.cwd(), CORPORA)} is not there`, () => {});
} else {
  describe('policies and webhooks of others', () => {
    test('the gatekeeper library: templates that are in order, half of them without a constraint', () => {
      const templates = Object.values(textsOf('gatekeeper-library')).filter((text) =>
        text.includes('kind: ConstraintTemplate'),
      );
      expect(templates).toHaveLength(49);
      expect(countsOf('gatekeeper-library')).toEqual({ 'gatekeeper-constraint-unknown-kind low': 24 });
    });

    describe('the gatekeeper library, made wrong', () => {
      const library = textsOf('gatekeeper-library/library');
      const templates = Object.entries(library).filter(([, text]) => text.includes('kind: ConstraintTemplate'));
      const constraints = Object.entries(library).filter(([, text]) =>
        text.includes('apiVersion: constraints.gatekeeper.sh'),
      );
      const engine = rules.filter(({ category }) => category === 'policy-engine');

      test.each(Object.entries(CONSTRAINTS_SPOILT))('constraint: %s', (_name, [spoil, expected]) => {
        const answers: string[] = [];
        let spoilt = 0;
        for (const [file, text] of constraints) {
          const constraint: Constraint = { spec: {}, ...parse(text) };
          if (!spoil(constraint)) continue;
          spoilt++;
          const beside = templates.filter(([name]) => policyOf(name) === policyOf(file));
          const texts = { ...Object.fromEntries(beside), [file]: stringify(constraint) };
          const found = lintTexts(engine, texts).findings.filter((finding) => finding.file === file);
          answers.push(...new Set(found.map(({ ruleId, messageId }) => `${ruleId} ${messageId}`)));
        }
        expect(spoilt).toBeGreaterThan(20);
        expect(answers).toEqual(Array.from({ length: spoilt }, () => expected));
      });

      test.each(Object.entries(TEMPLATES_SPOILT))('template: %s', (_name, [spoil, expected]) => {
        const answers = templates.flatMap(([file, text]) => {
          const found = lintTexts(engine, { [file]: spoil(text) }).findings;
          // Alone, none of them has a constraint.
          return found
            .filter(({ messageId }) => messageId !== 'unused')
            .map(({ ruleId, messageId }) => `${ruleId} ${messageId}`);
        });
        expect(answers).toEqual(templates.map(() => expected));
      });
    });

    // Each was read: the policies of two projects record their own objects alone, which is told once; Kubernetes the
    // hard way writes with aescbc, leaves the kubelet's hardening at its defaults and gives a user nodes/proxy.
    test('cluster-config-audit, every rule', () => {
      const found = lintTexts(rules, textsOf('cluster-config-audit')).findings;
      expect(
        found.map(
          ({ file, range, ruleId, messageId }) => `${path.basename(file)}:${range.start.line} ${ruleId} ${messageId}`,
        ),
      ).toEqual([
        'audit-policy.yaml:2 audit-policy-noise managed-fields',
        'audit-policy.yaml:2 audit-policy-noise received',
        'audit-policy.yaml:3 audit-policy-coverage-gap gap',
        'encryption-config.yaml:3 encryption-secrets-not-covered configmaps',
        'encryption-config.yaml:7 encryption-weak-provider aescbc',
        'kube-apiserver-to-kubelet.yaml:7 rbac-system-role-modified forged',
        'kube-apiserver-to-kubelet.yaml:13 rbac-node-proxy proxy',
        'kube-apiserver-to-kubelet.yaml:19 rbac-wildcard-partial some',
        'kube-apiserver-to-kubelet.yaml:24 rbac-system-role-modified reserved',
        'kubelet-config.yaml:1 kubelet-cert-rotation off',
        'kubelet-config.yaml:1 kubelet-pod-pids-limit bad',
        'kubelet-config.yaml:1 kubelet-protect-kernel-defaults bad',
        'kubelet-config.yaml:1 kubelet-seccomp-default bad',
        'audit-policy.yaml:6 audit-policy-coverage-gap gap',
      ]);
    });

    test.each<[string, Readonly<Record<string, number>>]>([
      ['cluster-config-audit', {}],
      ['istio-samples', { 'webhook-insecure-endpoint low': 2 }],
      ['microservices-demo', {}],
      ['rook', {}],
      ['kubevirt', {}],
      ['cert-manager', { 'remote-base-unpinned medium': 4 }],
      [
        'kubernetes-examples',
        { 'apiservice-insecure-tls medium': 1, 'storage-class-insecure info': 1, 'storage-class-insecure low': 1 },
      ],
    ])('%s', (corpus, expected) => {
      expect(countsOf(corpus)).toEqual(expected);
    });
  });
}

interface Constraint {
  kind: string;
  readonly spec: {
    parameters?: Record<string, unknown>;
    match?: { kinds?: { apiGroups: string[]; kinds: string[] }[] };
  };
}

/** `general/allowedrepos`. */
function policyOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}

/** Gives the first key that `name` has another name for that name. */
function rename(map: object | undefined, name: (key: string) => string | undefined): boolean {
  const key = Object.keys(map ?? {}).find((each) => name(each) !== undefined);
  if (map === undefined || key === undefined) return false;
  set(map, name(key)!, Reflect.get(map, key));
  return Reflect.deleteProperty(map, key);
}

function setFirst(map: Record<string, unknown>, which: (value: unknown) => boolean, value: unknown): boolean {
  const key = Object.keys(map).find((each) => which(map[each]));
  return key !== undefined && set(map, key, value);
}

function set(map: object | undefined, key: string, value: unknown): boolean {
  return map !== undefined && Reflect.set(map, key, value);
}
