import { expect, test } from 'vitest';
import { run } from './run.ts';

const certificate =
  'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: web\nspec:\n  dnsName: [a]\n';
const schema = JSON.stringify({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['secretName'],
      properties: { secretName: { type: 'string' }, dnsNames: { type: 'array' } },
    },
  },
});

test('custom resources are held to the schemas of a folder', () => {
  const { status, stdout } = run(['--schema-dir', 'schemas', '--format', 'json', 'web.yaml'], {
    files: { 'web.yaml': certificate, 'schemas/cert-manager.io/certificate_v1.json': schema },
  });
  const { findings, summary } = JSON.parse(stdout);
  expect(
    findings.map(({ ruleId, message, range }: (typeof findings)[0]) => `${range.start.line} ${ruleId}: ${message}`),
  ).toEqual([
    '5 schema-custom-resource: spec needs secretName: the API server refuses the object',
    '6 schema-custom-resource: "dnsName" is not a field of Certificate, did you mean "dnsNames": as it is, the setting is refused or dropped',
  ]);
  expect([status, summary.unknownKinds]).toEqual([1, undefined]);
});

test('a kind without a schema is named once', () => {
  const files = { 'a.yaml': certificate, 'b.yaml': certificate, 'config/kustomization.yaml': 'resources: []\n' };
  expect(run(['.'], { files }).stdout).toContain('no schema for Certificate.cert-manager.io\n');
});

test('a folder without schemas is wrong use', () => {
  const outcome = run(['--schema-dir', 'none', 'a.yaml'], {
    files: { 'a.yaml': certificate, 'none/readme.json': '[]' },
  });
  expect([outcome.status, outcome.stderr]).toEqual([
    2,
    'kubesec-lint: --schema-dir "none" holds neither JSON Schemas nor CustomResourceDefinitions\n',
  ]);
});
