import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Terminal, UsageError } from '../../src/cli/command.ts';
import { command } from '../../src/cli/rbac.ts';

const folder = mkdtempSync(join(tmpdir(), 'rbac-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'roles.yaml'),
  `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: issuer, namespace: kube-system }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: issuer, namespace: kube-system }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: issuer }
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: boss }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects:
  - { kind: ServiceAccount, name: boss, namespace: kube-system }
`,
);

describe('kubesec-lint rbac', () => {
  test('who can, with the binding and the rule', () => {
    expect(run('--no-bootstrap', '--who-can', 'create serviceaccounts/token')).toEqual({
      status: 0,
      out: `Who can create serviceaccounts/token in some namespace or everywhere
  ServiceAccount a/app in namespace kube-system
      by RoleBinding kube-system/issuer (roles.yaml:11), rule 0 of Role kube-system/issuer (roles.yaml:5)
  Group system:masters passes every authorizer
`,
    });
  });

  test('who can, cluster-wide grants of built-in roles included', () => {
    const { out } = run('--who-can', 'escalate clusterroles', '-f', 'json');
    expect(
      JSON.parse(out).subjects.map((each: { subject: object; scope: string }) => ({
        ...each.subject,
        scope: each.scope,
      })),
    ).toEqual([
      { kind: 'Group', name: 'system:masters', scope: '*' },
      { kind: 'ServiceAccount', namespace: 'kube-system', name: 'boss', scope: '*' },
      { kind: 'ServiceAccount', namespace: 'kube-system', name: 'clusterrole-aggregation-controller', scope: '*' },
    ]);
  });

  test('can I, with an exit status', () => {
    expect([
      run('--can-i', 'create serviceaccounts/token', '--as', 'a/app', '-n', 'kube-system'),
      run('--can-i', 'create serviceaccounts/token', '--as', 'a/app', '-n', 'a'),
      run('--can-i', 'create serviceaccounts/token', '--as', 'system:serviceaccount:a:app'),
      run('--can-i', 'delete nodes', '--as', 'jane', '--as-group', 'system:masters'),
    ]).toEqual([
      {
        status: 0,
        out: 'yes: RoleBinding kube-system/issuer (roles.yaml:11) gives ServiceAccount a/app Role kube-system/issuer (roles.yaml:5)\n',
      },
      { status: 1, out: 'no: nothing lets system:serviceaccount:a:app create serviceaccounts/token in namespace a\n' },
      {
        status: 1,
        out: 'no: nothing lets system:serviceaccount:a:app create serviceaccounts/token; but in namespace kube-system\n',
      },
      { status: 0, out: 'yes: group system:masters passes every authorizer\n' },
    ]);
  });

  test('escalations, step by step', () => {
    expect(
      run('--escalations').out,
    ).toBe(`ServiceAccount a/app can become cluster-admin: creates tokens of service accounts in namespace "kube-system" → ServiceAccount "kube-system/boss" → holds every verb on every resource
  1. ServiceAccount "a/app" creates tokens of service accounts in namespace "kube-system"
       rule 0 of Role kube-system/issuer (roles.yaml:5)
       by RoleBinding kube-system/issuer (roles.yaml:11)
  2. ServiceAccount "kube-system/boss" holds every verb on every resource
       rule 0 of ClusterRole cluster-admin (built in)
       by ClusterRoleBinding boss (roles.yaml:18)

ServiceAccount kube-system/boss can become cluster-admin: holds every verb on every resource
  1. ServiceAccount "kube-system/boss" holds every verb on every resource
       rule 0 of ClusterRole cluster-admin (built in)
       by ClusterRoleBinding boss (roles.yaml:18)
`);
  });

  test('as a graph', () => {
    expect(run('-f', 'mermaid').out).toBe(`flowchart LR
  n0["ServiceAccount a/app"]
  n1["Role issuer"]
  n2["ServiceAccount kube-system/boss"]
  n3["ClusterRole cluster-admin"]
  n0 -->|"in kube-system"| n1
  n2 -->|"everywhere"| n3
`);
    expect(run('--no-bootstrap', '--who-can', 'create serviceaccounts/token', '-f', 'dot').out).toContain(
      'n0 -> n1 [label="in kube-system"];',
    );
  });

  test('requests, one answer a line', () => {
    const requests = [
      {
        id: 1,
        user: 'system:serviceaccount:a:app',
        verb: 'create',
        resource: 'serviceaccounts',
        subresource: 'token',
        namespace: 'kube-system',
      },
      {
        id: 2,
        op: 'who-can',
        verb: 'create',
        resource: 'serviceaccounts',
        subresource: 'token',
        namespace: 'kube-system',
      },
      { id: 3, op: 'escalation', user: 'x', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
    ];
    const { out } = run('--requests', '-', ...requests.map((each) => `\n${JSON.stringify(each)}`));
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        id: 1,
        allowed: true,
        reason: 'RBAC: allowed by RoleBinding "issuer/kube-system" of Role "issuer" to ServiceAccount "app/a"',
      },
      { id: 2, subjects: ['Group:system:masters', 'ServiceAccount:a/app'], error: 'clusterrole not found' },
      { id: 3, allowed: false, missing: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
    ]);
  });

  test.each([
    [['--who-can', 'get'], '--who-can takes a verb and a resource in one argument: --who-can "get secrets"'],
    [['--can-i', 'get pods'], '--can-i needs --as: kubesec-lint rbac --can-i "get secrets" --as jane'],
    [['--who-can', 'get pods', '--escalations'], '--who-can and --escalations are two questions; ask one at a time'],
    [['-f', 'jsn'], '--format has no "jsn": did you mean "json"'],
  ])('%j is refused', (argv, message) => {
    expect(() => run(...argv)).toThrow(new UsageError(message));
  });
});

/** Arguments that begin with a line break are standard input. */
function run(...words: readonly string[]): { readonly status: number; readonly out: string } {
  let out = '';
  const input = words.filter((word) => word.startsWith('\n')).join('');
  const terminal: Terminal = {
    cwd: folder,
    env: {},
    stdoutIsTTY: false,
    stderrIsTTY: false,
    columns: 80,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      throw new Error(text);
    },
    readStdin: () => Buffer.from(input),
  };
  const status = command.run(['--no-config', ...words.filter((word) => !word.startsWith('\n'))], terminal);
  return { status, out };
}
