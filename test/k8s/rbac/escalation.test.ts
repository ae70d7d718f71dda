import { describe, expect, test } from 'vitest';
import { RbacAnalysis } from '../../../src/k8s/rbac/analysis.ts';
import { describePath, EscalationGraph, type Surroundings } from '../../../src/k8s/rbac/escalation.ts';
import { readRbacObject } from '../../../src/k8s/rbac/policy.ts';
import { SourceFile } from '../../../src/text/source-file.ts';
import { parse } from '../../../src/yaml/parse.ts';
import { isMap } from '../../../src/yaml/value.ts';

const NOTHING: Surroundings = { accounts: [], workloads: [], tokens: [], namespaces: new Map() };

describe('ways to cluster-admin', () => {
  test('bind alone, or writing bindings alone, is none', () => {
    expect(
      way('[{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind] }]'),
    ).toBeUndefined();
    expect(
      way('[{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: [create] }]'),
    ).toBeUndefined();
  });

  test.each([
    [
      'both together',
      '[{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind] }, { apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: [create] }]',
      'binds cluster-admin to itself',
    ],
    [
      'its own role',
      '[{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate, update] }]',
      'adds any right to its own ClusterRole',
    ],
    ['any user', '[{ apiGroups: [""], resources: [users], verbs: [impersonate] }]', 'impersonates any user'],
    [
      'groups with a user to be',
      '[{ apiGroups: [""], resources: [groups, serviceaccounts], verbs: [impersonate] }]',
      'impersonates group system:masters',
    ],
    [
      'certificates',
      '[{ apiGroups: [certificates.k8s.io], resources: ["*"], verbs: ["*"] }]',
      'approves its own client certificate for any user',
    ],
    [
      'tokens',
      '[{ apiGroups: [""], resources: [serviceaccounts/token], verbs: [create] }]',
      'creates tokens of service accounts in the whole cluster → any service account of namespace "kube-system"',
    ],
    [
      'token Secrets',
      '[{ apiGroups: [""], resources: [secrets], verbs: [create, get] }]',
      'creates token Secrets and reads them in the whole cluster → any service account of namespace "kube-system"',
    ],
    [
      'webhooks',
      '[{ apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [patch] }]',
      'rewrites what others send to the API server',
    ],
  ])('%s', (_, rules, expected) => {
    expect(way(rules)).toBe(expected);
  });

  test('groups alone are none: a request has to name a user', () => {
    expect(way('[{ apiGroups: [""], resources: [groups], verbs: [impersonate] }]')).toBeUndefined();
  });

  test('reading Secrets leads on only where one is known to hold a token', () => {
    const rules = '[{ apiGroups: [""], resources: [secrets], verbs: [list] }]';
    const strong = { namespace: 'b', account: 'boss', name: 'boss-token' };
    expect(way(rules)).toBeUndefined();
    expect(
      way(
        rules,
        { ...NOTHING, tokens: [strong] },
        `${binding('c', 'ClusterRole', 'all', '{ kind: ServiceAccount, name: boss, namespace: b }')}\n---\n${role('all', '[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]')}`,
      ),
    ).toBe('reads its token in Secret "b/boss-token" → holds every verb on every resource');
  });

  test('a namespace that Pod Security guards keeps its pods off the node', () => {
    const rules = '[{ apiGroups: [""], resources: [pods], verbs: [create] }]';
    const graph = (restricted: boolean) =>
      graphOf([role('r', rules, 'Role', 'a'), binding('b', 'Role', 'r', '{ kind: User, name: jane }', 'a')], {
        ...NOTHING,
        namespaces: new Map([['a', { restricted }]]),
      });
    expect([graph(true).path('User /jane', 'node'), graph(false).path('User /jane', 'node')?.maybe]).toEqual([
      undefined,
      false,
    ]);
  });
});

function way(rules: string, around: Surroundings = NOTHING, more?: string): string | undefined {
  const texts = [
    role('r', rules),
    binding('b', 'ClusterRole', 'r', '{ kind: User, name: jane }'),
    ...(more === undefined ? [] : [more]),
  ];
  const path = graphOf(texts, around).path('User /jane', 'cluster-admin');
  return path === undefined || path.maybe ? undefined : describePath(path);
}

function graphOf(texts: readonly string[], around: Surroundings): EscalationGraph {
  const objects = parse(new SourceFile('a.yaml', texts.join('\n---\n'))).flatMap(({ value }) => {
    const object = isMap(value) ? readRbacObject(String(value['kind']), value, 'default') : undefined;
    return object === undefined ? [] : [object];
  });
  return new EscalationGraph(new RbacAnalysis(objects, [], []), around);
}

function role(name: string, rules: string, kind = 'ClusterRole', namespace = ''): string {
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: "${namespace}" }\nrules: ${rules}`;
}

function binding(name: string, kind: string, ref: string, subject: string, namespace = ''): string {
  const bindingKind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${bindingKind}\nmetadata: { name: ${name}, namespace: "${namespace}" }\nroleRef: { kind: ${kind}, name: ${ref} }\nsubjects: [${subject}]`;
}
