import { describe, expect, test } from 'vitest';
import { rules } from '../src/rules/index.ts';
import { lintTexts } from '../src/testing/rule-tester.ts';

/** Severities that follow from the evidence, and the preset that a finding belongs to. */
function severities(ids: readonly string[], yaml: string): readonly string[] {
  const report = lintTexts(
    rules.filter(({ id }) => ids.includes(id)),
    { 'x.yaml': yaml },
  );
  expect(report.problems).toEqual([]);
  return report.findings.map(({ ruleId, severity, range }) => `${range.start.line} ${severity} ${ruleId}`);
}

const workload = (kind: string, spec: string) =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: { name: x }\nspec:\n  template:\n    spec:\n${spec.replace(/^/gm, '      ')}`;

describe('host paths', () => {
  const spec = (path: string, readOnly: boolean, image = 'r.example.com/app:1') => `containers:
  - name: app
    image: ${image}
    volumeMounts: [{ name: v, mountPath: /v, readOnly: ${readOnly} }]
volumes: [{ name: v, hostPath: { path: ${path} } }]`;

  test.each<[string, boolean, string]>([
    ['/', true, 'critical'],
    ['/etc/kubernetes', false, 'critical'],
    ['/etc/kubernetes', true, 'high'],
    ['/usr/local', true, 'medium'],
    ['/var/log', false, 'high'],
    ['/var/log', true, 'low'],
  ])('%s read-only %s is %s', (path, readOnly, severity) => {
    expect(severities(['host-path-sensitive'], workload('Deployment', spec(path, readOnly)))).toEqual([
      `11 ${severity} host-path-sensitive`,
    ]);
  });

  test('of a node agent it is info', () => {
    const yaml = workload('DaemonSet', spec('/proc', false, 'quay.io/prometheus/node-exporter:v1'));
    expect(severities(['host-path-sensitive'], yaml)).toEqual(['11 info host-path-sensitive']);
  });

  test('one volume is told by one rule', () => {
    const ids = [
      'container-runtime-socket-mounted',
      'host-path-sensitive',
      'kernel-module-loading',
      'host-path-volume',
      'host-path-writable',
    ];
    const told = ['/run/crio/crio.sock', '/proc', '/lib/modules', '/data', '/dev/kvm'].map((path) =>
      severities(ids, workload('Deployment', spec(path, true))).map((line) => line.split(' ').slice(1).join(' ')),
    );
    expect(told).toEqual([
      ['critical container-runtime-socket-mounted'],
      ['high host-path-sensitive'],
      ['info kernel-module-loading'],
      ['low host-path-volume'],
      ['low host-path-volume'],
    ]);
  });
});

describe('resources', () => {
  test('a Job without any is low', () => {
    const yaml =
      'apiVersion: batch/v1\nkind: Job\nmetadata: { name: x }\nspec:\n  template:\n    spec:\n      containers: [{ name: a, image: r.example.com/a:1 }]';
    expect(severities(['qos-best-effort'], yaml)).toEqual(['7 low qos-best-effort']);
  });

  test('a node agent is left alone', () => {
    const yaml = workload('DaemonSet', 'containers: [{ name: a, image: "calico/node:v3" }]');
    expect(severities(['qos-best-effort', 'memory-limit-missing'], yaml)).toEqual(['7 medium memory-limit-missing']);
  });
});

describe('secrets', () => {
  const env = (name: string, value: string) =>
    workload(
      'Deployment',
      `containers:\n  - name: a\n    image: r.example.com/a:1\n    env: [{ name: ${name}, value: ${JSON.stringify(value)} }]`,
    );

  test.each([
    ['DB_PASSWORD', 'hunter2hunter', 'medium'],
    ['DB_PASSWORD', 'postgres', 'medium'],
    ['API_TOKEN', 'aZ3kQ9xR7mB2wL5vT8cN1pY4', 'high'],
    ['URL', 'postgres://app:Tr0ub4dor@db/app', 'high'],
    ['URL', 'postgres://postgres:postgres@db/app', 'medium'],
  ])('%s=%s is %s', (name, value, severity) => {
    expect(severities(['secret-literal-in-env'], env(name, value))).toEqual([`10 ${severity} secret-literal-in-env`]);
  });

  test('no message shows the secret', () => {
    const report = lintTexts(
      rules.filter(({ id }) => id === 'secret-literal-in-env'),
      { 'x.yaml': env('API_TOKEN', 'aZ3kQ9xR7mB2wL5vT8cN1pY4') },
    );
    expect(report.findings.map(({ message }) => message)).toEqual([
      'environment variable API_TOKEN of container "a" holds a literal token (aZ3k…, 24 characters)',
    ]);
  });
});

describe('hostile names', () => {
  test('keys of Object.prototype are names like any other', () => {
    const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];
    const containers = names
      .map(
        (name) =>
          `  - name: ${name}\n    image: ${name}\n    command: [${name}, ${name}]\n    env: [{ name: ${name}, value: ${name} }]\n    resources: { limits: { ${name}: ${name} } }`,
      )
      .join('\n');
    const mine = rules.filter(({ category }) =>
      ['workload', 'image', 'secret', 'service-account', 'reliability'].includes(category),
    );
    const report = lintTexts(mine, { 'x.yaml': workload('Deployment', `containers:\n${containers}`) });
    expect(report.problems).toEqual([]);
  });

  test('wrong types everywhere crash nothing', () => {
    const values = ['5', 'true', 'null', '[]', '{}', '[null]', '[5]', '[[]]', '[{}]', '{a: b}', '"x"'];
    const fields = [
      'containers',
      'initContainers',
      'volumes',
      'runtimeClassName',
      'tolerations',
      'nodeSelector',
      'resources',
      'resourceClaims',
      'securityContext',
      'serviceAccountName',
      'nodeName',
    ];
    const inside = [
      'name',
      'image',
      'command',
      'args',
      'env',
      'envFrom',
      'ports',
      'resources',
      'volumeMounts',
      'lifecycle',
      'livenessProbe',
      'securityContext',
      'imagePullPolicy',
    ];
    const mine = rules.filter(({ category }) =>
      ['workload', 'image', 'secret', 'service-account', 'reliability'].includes(category),
    );
    for (const value of values) {
      const texts: Record<string, string> = {};
      for (const field of fields) {
        const rest = field === 'containers' ? '' : '\ncontainers: [{ name: a, image: r.example.com/a:1 }]';
        texts[`${field}.yaml`] = workload('Deployment', `${field}: ${value}${rest}`);
      }
      for (const field of inside) {
        texts[`container-${field}.yaml`] = workload('Deployment', `containers: [{ ${field}: ${value} }]`);
        texts[`env-${field}.yaml`] = workload(
          'Deployment',
          `containers: [{ name: a, env: [{ ${field}: ${value} }], volumeMounts: [{ ${field}: ${value} }] }]\nvolumes: [{ hostPath: { path: ${value} } }, { hostPath: ${value} }, { projected: { sources: ${value} } }]`,
        );
      }
      for (const kind of ['ConfigMap', 'Service', 'Namespace', 'PersistentVolume', 'ServiceAccount', 'Secret']) {
        texts[`${kind}.yaml`] = `apiVersion: v1\nkind: ${kind}\nmetadata: ${value}\nspec: ${value}\ndata: ${value}`;
        texts[`${kind}-2.yaml`] =
          `apiVersion: v1\nkind: ${kind}\nmetadata: { name: ${value}, labels: ${value}, annotations: { a: ${value} } }\ndata: { password: ${value} }\nspec: { ports: ${value}, hostPath: ${value}, local: { path: ${value} } }`;
      }
      expect(lintTexts(mine, texts).problems).toEqual([]);
    }
  });
});
