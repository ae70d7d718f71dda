import { expect, test } from 'vitest';
import { run } from './run.ts';

const POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
metadata:
  name: example
omitStages: [RequestReceived]
rules:
  - level: None
    users: [system:kube-proxy]
  - level: Metadata
    resources:
      - group: ""
        resources: [secrets]
  - level: Request
    resources:
      - group: ""
        resources: [pods/exec]
`;
const files = { 'policy.yaml': POLICY };

test('one request, with the rule and its line', () => {
  expect(run(['audit', 'policy.yaml', '--ask', 'create pods/exec'], { files })).toEqual({
    status: 0,
    stdout: 'policy.yaml example\n  create pods/exec  Request  rule 3, line 13  without RequestReceived\n',
    stderr: '',
  });
});

test('a request that no rule matches', () => {
  expect(run(['audit', 'policy.yaml', '--ask', 'delete deployments', '-f', 'json'], { files }).stdout).toBe(
    `${JSON.stringify(
      {
        policies: [
          {
            file: 'policy.yaml',
            name: 'example',
            loaded: true,
            errors: [],
            unknown: [],
            requests: [
              {
                user: 'alice',
                groups: ['system:authenticated'],
                verb: 'delete',
                namespace: 'app',
                apiGroup: 'apps',
                resource: 'deployments',
                subresource: '',
                name: '',
                path: '',
                level: 'None',
                omitStages: ['RequestReceived'],
                rule: null,
                line: null,
              },
            ],
          },
        ],
      },
      undefined,
      2,
    )}\n`,
  );
});

test('without a question: what auditors ask for', () => {
  const { status, stdout } = run(['audit', '.'], { files });
  expect(status).toBe(0);
  expect(stdout.split('\n').slice(0, 5)).toEqual([
    'policy.yaml example',
    '  access to secrets',
    '    get, list, create, update, patch, delete secrets                                       Metadata  rule 2, line 9   without RequestReceived',
    '  exec, attach, port-forward and proxy',
    '    create, get pods/exec                                                                  Request   rule 3, line 13  without RequestReceived',
  ]);
});

test('requests with the policy of the input, and with one of their own', () => {
  const requests = [
    {
      id: 1,
      user: 'system:kube-proxy',
      groups: [],
      verb: 'watch',
      apiGroup: '',
      resource: 'secrets',
      namespace: 'app',
    },
    { id: 'two', user: 'jane', verb: 'get', path: '/healthz' },
    {
      id: 3,
      policy: 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: metadata}]',
      user: 'jane',
      verb: 'get',
      path: '/healthz',
    },
    {
      id: 4,
      policy: 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]',
      user: 'jane',
      verb: 'get',
      path: '/healthz',
    },
  ];
  const stdin = `${requests.map((each) => JSON.stringify(each)).join('\n')}\n`;
  const { status, stdout } = run(['audit', 'policy.yaml', '--requests', '-'], { files, stdin });
  expect(status).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { id: 1, level: 'None', omitStages: ['RequestReceived'], omitManagedFields: false, rule: 0 },
    { id: 'two', level: 'None', omitStages: ['RequestReceived'], omitManagedFields: false },
    {
      id: 3,
      result: {
        loaded: false,
        validation: ['rules[0].level "metadata" is none of None, Metadata, Request, RequestResponse'],
      },
    },
    { id: 4, result: { loaded: true }, level: 'Metadata', omitStages: [], omitManagedFields: false, rule: 0 },
  ]);
});

test('a policy that the API server does not load', () => {
  const broken = { 'policy.yaml': POLICY.replace('level: Metadata', 'level: metadata') };
  expect(run(['audit', 'policy.yaml'], { files: broken })).toEqual({
    status: 1,
    stdout:
      'policy.yaml example\n  kube-apiserver does not start with it: rules[1].level "metadata" is none of None, Metadata, Request, RequestResponse\n',
    stderr: '',
  });
});

test('wrong use', () => {
  expect(run(['audit', 'policy.yaml', '--ask', 'secrets'], { files })).toEqual({
    status: 2,
    stdout: '',
    stderr: 'kubesec-lint: --ask takes a verb and a resource in one argument: --ask "get secrets"\n',
  });
  expect(run(['audit', 'policy.yaml', '--requests', 'none.ndjson'], { files }).status).toBe(2);
  expect(run(['audit', 'empty.yaml'], { files: { 'empty.yaml': 'a: b\n' } })).toEqual({
    status: 2,
    stdout: '',
    stderr: 'kubesec-lint: the input holds no audit.k8s.io Policy\n',
  });
});
