import { describe, expect, test } from 'vitest';
import { schemasOf } from '../../../src/k8s/schema/bundle.ts';
import { validate } from '../../../src/k8s/schema/walk.ts';
import type { Value } from '../../../src/yaml/value.ts';

function faults(container: { [key: string]: Value }, minor = 37): readonly string[] {
  const schemas = schemasOf(minor);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: { containers: [{ name: 'a', image: 'a', ...container }] },
  };
  return validate(pod, schemas.kind('v1', 'Pod')!, schemas).map((fault) => {
    const path = fault.path.slice(3).join('.');
    return `${fault.is} ${path}${fault.is === 'missing' ? `: ${fault.key}` : ''}`.trim();
  });
}

describe('what the API server takes for', () => {
  test.each<[string, { [key: string]: Value }, readonly string[]]>([
    ['a boolean', { stdin: 'true', tty: 1, stdinOnce: false }, ['type stdin', 'type tty']],
    [
      'a string',
      { workingDir: 1, args: ['a', true], command: null },
      ['type workingDir', 'type args.1', 'null command'],
    ],
    ['a list', { args: 'a', env: { name: 'a' } }, ['type args', 'type env']],
    ['a word', { imagePullPolicy: 'always', terminationMessagePolicy: '' }, ['word imagePullPolicy']],
    [
      'an integer',
      { ports: [{ containerPort: 80.5 }, { containerPort: 2 ** 31 }, { containerPort: '80' }, { containerPort: 80 }] },
      ['type ports.0.containerPort', 'range ports.1.containerPort', 'type ports.2.containerPort'],
    ],
    [
      'a 64-bit integer',
      { securityContext: { runAsUser: 9_007_199_254_740_993n, runAsGroup: 2n ** 63n } },
      ['range securityContext.runAsGroup'],
    ],
    [
      'an integer or a string',
      { livenessProbe: { httpGet: { port: 'http' } }, readinessProbe: { httpGet: { port: 1.5 } } },
      ['type readinessProbe.httpGet.port'],
    ],
    [
      'a quantity',
      { resources: { limits: { cpu: 1, memory: '1e3', a: '1GB', b: '100 Mi', c: true, d: '-1.5Gi', e: '' } } },
      [
        'quantity resources.limits.a',
        'quantity resources.limits.b',
        'type resources.limits.c',
        'quantity resources.limits.e',
      ],
    ],
    [
      'given',
      { name: '', ports: [], livenessProbe: {} },
      ['missing livenessProbe: one of exec, httpGet, tcpSocket, grpc', 'missing : name'],
    ],
    ['an item', { ports: [null], args: [null] }, ['missing ports.0: containerPort', 'null args.0']],
  ])('%s', (_, container, expected) => {
    expect(faults(container)).toEqual(expected);
  });

  test('a field, by release', () => {
    const container = { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] };
    expect([faults(container, 26), faults(container, 27)]).toEqual([['unknown resizePolicy'], []]);
  });

  test('what is still to be filled in', () => {
    expect(
      faults({
        ports: [{ containerPort: '${PORT}' }],
        tty: '{{ .Values.tty }}',
        stdin: '$(TTY)',
        workingDir: '<folder>',
      }),
    ).toEqual([]);
  });

  test('directives of strategic merge patches', () => {
    expect(faults({ $patch: 'delete' })).toEqual([]);
  });

  test('schemas inside of a CustomResourceDefinition, where its decoder is lenient', () => {
    const schemas = schemasOf(37);
    const crd = (schema: Value): { [key: string]: Value } => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'a.b.c' },
      spec: {
        group: 'b.c',
        names: { kind: 'A', plural: 'a' },
        scope: 'Cluster',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    });
    const found = (schema: Value) =>
      validate(crd(schema), schemas.kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition')!, schemas).map(
        ({ is, path }) => `${is} ${path.slice(4).join('.')}`,
      );
    expect(found({ type: 'object', tyqe: 'x' })).toEqual(['unknown openAPIV3Schema.tyqe']);
    expect(found({ items: { tyqe: 'x', type: 1 } })).toEqual(['type openAPIV3Schema.items.type']);
    expect(found({ items: [{ type: 'string' }, 'x'] })).toEqual(['type openAPIV3Schema.items.1']);
    expect(found({ additionalProperties: 'x' })).toEqual(['type openAPIV3Schema.additionalProperties']);
    expect(found({ additionalProperties: true, default: { any: 'thing' }, items: 1 })).toEqual([]);
  });
});
