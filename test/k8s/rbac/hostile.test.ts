import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnyRule } from '../../../src/engine/rule.ts';
import { lintTexts } from '../../../src/testing/rule-tester.ts';

const modules = import.meta.glob<{ default: AnyRule }>(
  [
    '../../../src/rules/{rbac,identity,attack-path}/*.ts',
    '../../../src/rules/secret/secret-{plaintext-in-manifest,typed-data-invalid}.ts',
    '../../../src/rules/service-account/service-account-not-found.ts',
    '!../../../src/rules/*/_*.ts',
  ],
  { eager: true },
);
const rules = Object.values(modules).map((module) => module.default);

const KINDS = [
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['certificates.k8s.io/v1', 'CertificateSigningRequest'],
  ['abac.authorization.kubernetes.io/v1beta1', 'Policy'],
  ['authorization.k8s.io/v1', 'SubjectAccessReview'],
  ['authentication.k8s.io/v1', 'TokenReview'],
  ['kustomize.config.k8s.io/v1beta1', 'Kustomization'],
  ['v1', 'Config'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['v1', 'Pod'],
  ['v1', 'Service'],
] as const;

/** Every key that a rule looks at, so that odd values land where they are read. */
const KEYS = [
  'metadata',
  'name',
  'namespace',
  'labels',
  'annotations',
  'rules',
  'verbs',
  'apiGroups',
  'resources',
  'resourceNames',
  'nonResourceURLs',
  'aggregationRule',
  'clusterRoleSelectors',
  'matchLabels',
  'matchExpressions',
  'key',
  'operator',
  'values',
  'roleRef',
  'subjects',
  'kind',
  'apiGroup',
  'spec',
  'status',
  'request',
  'signerName',
  'usages',
  'expirationSeconds',
  'conditions',
  'type',
  'user',
  'users',
  'groups',
  'group',
  'resource',
  'readonly',
  'nonResourcePath',
  'clusters',
  'cluster',
  'server',
  'exec',
  'command',
  'auth-provider',
  'config',
  'token',
  'password',
  'client-key-data',
  'client-certificate-data',
  'data',
  'stringData',
  'tls.crt',
  'tls.key',
  '.dockerconfigjson',
  'imagePullSecrets',
  'serviceAccountName',
  'automountServiceAccountToken',
  'containers',
  'volumes',
  'projected',
  'sources',
  'selector',
  'ports',
  'resourceAttributes',
  'secretGenerator',
  'literals',
  '__proto__',
  'constructor',
  '',
];

const WORDS = [
  '*',
  '',
  'get',
  'bind',
  'secrets',
  'pods/*',
  '*/exec',
  'rbac.authorization.k8s.io',
  'ClusterRole',
  'Role',
  'Group',
  'User',
  'ServiceAccount',
  'system:masters',
  'system:authenticated',
  'system:anonymous',
  'cluster-admin',
  'edit',
  'default',
  'LoadBalancer',
  'kubernetes.io/tls',
  'kubernetes.io/dockerconfigjson',
  'bootstrap.kubernetes.io/token',
  'aGVsbG8=',
  'LS0tLS1CRUdJTg==',
  '{{ x }}',
  'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
  '-----BEGIN CERTIFICATE REQUEST-----',
  'constructor',
  '\u0000',
  '‮',
];

describe('input of any shape', () => {
  test('makes no rule throw', () => {
    fc.assert(
      fc.property(fc.array(document(), { minLength: 1, maxLength: 6 }), (documents) => {
        const text = documents.map((each) => JSON.stringify(each)).join('\n---\n');
        const { problems } = lintTexts(rules, { 'hostile.yaml': text });
        return problems.length === 0;
      }),
      { numRuns: 1500 },
    );
    expect(rules.length).toBeGreaterThan(35);
  }, 60_000);
});

function document(): fc.Arbitrary<object> {
  const body = fc.dictionary(fc.constantFrom(...KEYS), value(4), { maxKeys: 6 });
  return fc.tuple(fc.constantFrom(...KINDS), body).map(([[apiVersion, kind], rest]) => ({ ...rest, apiVersion, kind }));
}

function value(depth: number): fc.Arbitrary<unknown> {
  const scalar = fc.oneof(fc.constantFrom(...WORDS), fc.constantFrom(null, true, false, 0, -1, 1e20, 600));
  if (depth === 0) return scalar;
  return fc.oneof(
    { weight: 2, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(value(depth - 1), { maxLength: 3 }) },
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...KEYS), value(depth - 1), { maxKeys: 5 }) },
  );
}
