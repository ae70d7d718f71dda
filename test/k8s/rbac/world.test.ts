import { describe, expect, test } from 'vitest';
import { effectiveRules } from '../../../src/k8s/rbac/aggregate.ts';
import { type Request, ruleAllows, uncovered } from '../../../src/k8s/rbac/match.ts';
import { type PolicyRule, type RbacObject, type Role, readRbacObject } from '../../../src/k8s/rbac/policy.ts';
import { RbacWorld, serviceAccountUser } from '../../../src/k8s/rbac/world.ts';

describe('one rule', () => {
  test.each([
    ['a subresource is not its resource', { resources: ['pods'] }, 'get pods/exec', false],
    ['a star holds subresources', { resources: ['*'] }, 'get pods/exec', true],
    ['a subresource of everything', { resources: ['*/scale'] }, 'get deployments/scale', true],
    ['is no pattern', { resources: ['pods/*'] }, 'get pods/exec', false],
    ['names match', { resources: ['secrets'], resourceNames: ['a'] }, 'get secrets a', true],
    ['other names do not', { resources: ['secrets'], resourceNames: ['a'] }, 'get secrets b', false],
    ['a list has no name', { resources: ['secrets'], resourceNames: ['a'] }, 'list secrets', false],
    ['verbs are taken as they are', { resources: ['pods'], verbs: ['Get'] }, 'get pods', false],
    ['groups are not searched', { resources: ['pods'], apiGroups: ['apps'] }, 'get pods', false],
    ['every group', { resources: ['pods'], apiGroups: ['*'] }, 'get pods', true],
    ['a path', { nonResourceURLs: ['/healthz'] }, 'get /healthz', true],
    ['a path is no folder', { nonResourceURLs: ['/healthz'] }, 'get /healthz/ping', false],
    ['the beginning of a path', { nonResourceURLs: ['/healthz/*'] }, 'get /healthz/ping', true],
    ['every path', { nonResourceURLs: ['*'] }, 'get /anything', true],
    ['resources are no paths', { resources: ['*'] }, 'get /healthz', false],
  ])('%s', (_, rule, asked, allowed) => {
    expect(ruleAllows(policyRule(rule), request(asked))).toBe(allowed);
  });
});

describe('the guard against escalation', () => {
  test('what is held is covered, piece by piece', () => {
    const owned = [
      policyRule({ resources: ['pods', '*/log'], verbs: ['get', 'list'] }),
      policyRule({ nonResourceURLs: ['/api*'] }),
    ];
    const wanted = [
      policyRule({ resources: ['pods', 'services/log'], verbs: ['get'] }),
      policyRule({ nonResourceURLs: ['/apis'] }),
    ];
    expect(uncovered(owned, wanted)).toEqual([]);
  });

  test('what is missing is named in its smallest parts', () => {
    const owned = [policyRule({ resources: ['secrets'], resourceNames: ['a'] })];
    expect(uncovered(owned, [policyRule({ resources: ['secrets'], resourceNames: ['a', 'b'] })])).toEqual([
      policyRule({ resources: ['secrets'], resourceNames: ['b'] }),
    ]);
    expect(uncovered(owned, [policyRule({ resources: ['secrets'] })])).toEqual([
      policyRule({ resources: ['secrets'] }),
    ]);
  });
});

describe('aggregation', () => {
  test('chains are followed, own rules replaced, rules counted once', () => {
    const roles = [
      clusterRole('top', { selects: [{ tier: 'middle' }], rules: [policyRule({ resources: ['lost'] })] }),
      clusterRole('middle', { labels: { tier: 'middle' }, selects: [{ tier: 'bottom' }] }),
      clusterRole('b', { labels: { tier: 'bottom' }, rules: [policyRule({ resources: ['pods'] })] }),
      clusterRole('a', {
        labels: { tier: 'bottom' },
        rules: [policyRule({ resources: ['pods'] }), policyRule({ resources: ['nodes'] })],
      }),
    ];
    const effective = effectiveRules(roles);
    expect(
      effective.get(roles[0]!)!.map(({ rule, role, index }) => `${rule.resources.join()} of ${role.name}[${index}]`),
    ).toEqual(['pods of a[0]', 'nodes of a[1]']);
  });

  test('roles that select each other come to an end', () => {
    const roles = [
      clusterRole('a', {
        labels: { ring: 'x' },
        selects: [{ ring: 'x' }],
        rules: [policyRule({ resources: ['pods'] })],
      }),
      clusterRole('b', {
        labels: { ring: 'x' },
        selects: [{ ring: 'x' }],
        rules: [policyRule({ resources: ['nodes'] })],
      }),
    ];
    expect([...effectiveRules(roles).values()].map((rules) => rules.map(({ rule }) => rule.resources.join()))).toEqual([
      ['nodes'],
      ['nodes'],
    ]);
  });
});

describe('a world', () => {
  const world = new RbacWorld([
    clusterRole('reader', { rules: [policyRule({ resources: ['secrets'] })] }),
    { ...clusterRole('local', { rules: [policyRule({ resources: ['pods'] })] }), kind: 'Role', namespace: 'a' },
    binding('RoleBinding', 'a', 'ClusterRole', 'reader', [{ kind: 'ServiceAccount', name: 'app' }]),
    binding('ClusterRoleBinding', '', 'ClusterRole', 'reader', [{ kind: 'Group', name: 'ops' }]),
    binding('RoleBinding', 'a', 'Role', 'local', [{ kind: 'User', name: 'system:serviceaccount:b:other' }]),
    binding('ClusterRoleBinding', '', 'ClusterRole', 'missing', [{ kind: 'User', name: 'jane' }]),
  ]);

  test('a RoleBinding gives a ClusterRole in its namespace alone, and its own accounts without a namespace', () => {
    const user = serviceAccountUser('a', 'app');
    const allowed = (asked: string, namespace: string) =>
      world.authorize(user, { ...request(asked), namespace }).grant !== undefined;
    expect([allowed('get secrets', 'a'), allowed('get secrets', 'b'), allowed('get secrets', '')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('a service account is reached by its user name', () => {
    const { grant } = world.authorize(serviceAccountUser('b', 'other'), { ...request('get pods'), namespace: 'a' });
    expect(grant?.binding.roleRef.name).toBe('local');
  });

  test('a role that is not there is an error, not an answer', () => {
    expect(world.authorize({ name: 'jane', groups: [] }, request('get secrets'))).toEqual({
      grant: undefined,
      errors: ['clusterrole not found'],
    });
  });

  test('who can: every binding that lets somebody', () => {
    const { found } = world.grants({ ...request('get secrets'), namespace: 'a' });
    expect(found.map(({ binding: { kind, subjects } }) => `${kind} ${subjects[0]!.name}`)).toEqual([
      'ClusterRoleBinding ops',
      'RoleBinding app',
    ]);
  });
});

describe('reading', () => {
  test('an object with a value of another type does not exist', () => {
    const read = (rules: unknown) => readRbacObject('Role', { metadata: { name: 'r' }, rules } as never, 'default');
    expect([read([{ verbs: 'get' }]), read('x'), read([7]), read(undefined)?.name]).toEqual([
      undefined,
      undefined,
      undefined,
      'r',
    ]);
  });

  test('defaults are those of the API server', () => {
    expect(
      readRbacObject(
        'RoleBinding',
        {
          metadata: { name: 'b' },
          roleRef: { kind: 'Role', name: 'r' },
          subjects: [
            { kind: 'User', name: 'u' },
            { kind: 'ServiceAccount', name: 's' },
          ],
        },
        'default',
      ),
    ).toEqual({
      kind: 'RoleBinding',
      namespace: 'default',
      name: 'b',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', namespace: '', name: 'u' },
        { kind: 'ServiceAccount', apiGroup: '', namespace: '', name: 's' },
      ],
    });
  });
});

/** `get pods/exec NAME`, `get /healthz`. */
function request(asked: string): Request {
  const [verb = '', what = '', name = ''] = asked.split(' ');
  if (what.startsWith('/'))
    return { verb, apiGroup: '', resource: '', subresource: '', name: '', namespace: '', path: what };
  const [resource = '', subresource = ''] = what.split('/');
  return { verb, apiGroup: '', resource, subresource, name, namespace: '', path: '' };
}

function policyRule(rule: Partial<PolicyRule>): PolicyRule {
  const paths = rule.nonResourceURLs !== undefined;
  return {
    verbs: ['get'],
    apiGroups: paths ? [] : [''],
    resources: [],
    resourceNames: [],
    nonResourceURLs: [],
    ...rule,
  };
}

function clusterRole(
  name: string,
  {
    labels = {},
    rules = [],
    selects,
  }: { labels?: Record<string, string>; rules?: readonly PolicyRule[]; selects?: readonly Record<string, string>[] },
): Role {
  const selectors = selects?.map((matchLabels) => ({ matchLabels, matchExpressions: [] }));
  return { kind: 'ClusterRole', namespace: '', name, labels, rules, selectors };
}

function binding(
  kind: string,
  namespace: string,
  roleKind: string,
  role: string,
  subjects: readonly object[],
): RbacObject {
  const value = { metadata: { name: role, namespace }, roleRef: { kind: roleKind, name: role }, subjects };
  return readRbacObject(kind, value as never, namespace)!;
}
