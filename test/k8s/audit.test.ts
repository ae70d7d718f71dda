import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coversRule, leaks, logsNothing, probe } from '../../src/k8s/audit/coverage.ts';
import { deadItems } from '../../src/k8s/audit/dead-items.ts';
import { type AuditRequest, evaluate, matches, matchesPath, matchesWord } from '../../src/k8s/audit/evaluate.ts';
import { type AuditPolicy, type AuditRule, decodePolicy, LEVELS } from '../../src/k8s/audit/policy.ts';
import { validatePolicy } from '../../src/k8s/audit/validate.ts';

const REQUEST: AuditRequest = {
  user: 'alice',
  groups: ['system:authenticated'],
  verb: 'get',
  namespace: 'app',
  apiGroup: '',
  resource: 'pods',
  subresource: '',
  name: 'one',
  path: '',
};

function policy(value: unknown): AuditPolicy {
  return decodePolicy(value as never).policy;
}

function rule(value: unknown): AuditRule {
  return policy({ rules: [value] }).rules[0]!;
}

describe('evaluation', () => {
  test('the first rule that matches decides, and stages add up', () => {
    const three = policy({
      omitStages: ['Panic'],
      omitManagedFields: true,
      rules: [
        { level: 'None', verbs: ['watch'] },
        { level: 'Request', resources: [{ group: '', resources: ['pods'] }], omitStages: ['RequestReceived'] },
        { level: 'Metadata', omitManagedFields: false },
      ],
    });
    expect(evaluate(three, REQUEST)).toEqual({
      level: 'Request',
      omitStages: ['Panic', 'RequestReceived'],
      omitManagedFields: true,
      rule: 1,
    });
    expect(evaluate(three, { ...REQUEST, resource: '', path: '/healthz' })).toEqual({
      level: 'Metadata',
      omitStages: ['Panic'],
      omitManagedFields: false,
      rule: 2,
    });
  });

  test('no rule is level None', () => {
    expect(evaluate(policy({ rules: [{ level: 'Metadata', users: ['*'] }] }), REQUEST)).toEqual({
      level: 'None',
      omitStages: [],
      omitManagedFields: false,
      rule: undefined,
    });
  });

  test.each([
    ['pods', 'pods', '', true],
    ['pods', 'pods', 'exec', false],
    ['pods/exec', 'pods', 'exec', true],
    ['pods/*', 'pods', '', true],
    ['pods/*', 'pods', 'exec', true],
    ['*/exec', 'pods', 'exec', true],
    ['*/exec', 'pods', '', false],
    ['*', 'pods', 'exec', true],
    ['*/*', 'pods', 'exec', false],
  ])('resource word %s for %s/%s: %s', (word, resource, subresource, expected) => {
    expect(matchesWord(word, resource, subresource)).toBe(expected);
  });

  test.each([
    ['*', '', true],
    ['/healthz*', '/healthz/etcd', true],
    ['/healthz', '/healthz/etcd', false],
    ['/logs**', '/logs/a', true],
  ])('path %s for %s: %s', (spec, path, expected) => {
    expect(matchesPath(spec, path)).toBe(expected);
  });

  test('namespaces make a rule one for resources', () => {
    const one = rule({ level: 'Metadata', namespaces: [''] });
    expect(matches(one, { ...REQUEST, namespace: '' })).toBe(true);
    expect(matches(one, { ...REQUEST, resource: '', namespace: '', path: '/version' })).toBe(false);
  });
});

describe('decoding and validation', () => {
  test('types, unknown keys and nulls as the API server takes them', () => {
    const { policy, faults } = decodePolicy({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      Rules: [],
      rules: [{ level: 'None', users: null, verbs: 'get', resources: [{ group: null, resource: ['pods'] }] }, null],
    } as never);
    expect(policy.rules.map(({ level, users, verbs }) => [level, users, verbs])).toEqual([
      ['None', [], []],
      ['', [], []],
    ]);
    expect(faults).toEqual([
      { kind: 'unknown', path: ['Rules'], message: 'unknown field "Rules"' },
      { kind: 'type', path: ['rules', 0, 'verbs'], message: 'must be a list, not text' },
      { kind: 'unknown', path: ['rules', 0, 'resources', 0, 'resource'], message: 'unknown field "resource"' },
    ]);
  });

  test('what keeps the server from starting', () => {
    expect(
      validatePolicy(
        policy({
          omitStages: ['Started'],
          rules: [{ level: 'metadata' }, { level: 'None', nonResourceURLs: ['api', '/a*b', '*'], namespaces: ['app'] }],
        }),
      ),
    ).toEqual([
      {
        path: ['omitStages', 0],
        message: '"Started" is none of RequestReceived, ResponseStarted, ResponseComplete, Panic',
      },
      { path: ['rules', 0, 'level'], message: '"metadata" is none of None, Metadata, Request, RequestResponse' },
      { path: ['rules', 1, 'nonResourceURLs', 0], message: '"api" does not begin with a slash' },
      { path: ['rules', 1, 'nonResourceURLs', 1], message: '"/a*b" has a `*` before its end' },
      {
        path: ['rules', 1, 'nonResourceURLs'],
        message: 'stands beside resources or namespaces, and a rule is for one or the other',
      },
    ]);
    expect(validatePolicy(policy({}))).toEqual([{ path: ['rules'], message: 'holds no rule' }]);
  });
});

describe('coverage', () => {
  test('leaks are told once for each rule and resource', () => {
    const two = policy({
      rules: [
        { level: 'Request', verbs: ['create'], resources: [{ group: '', resources: ['secrets'] }] },
        { level: 'RequestResponse', resources: [{ group: '', resources: ['secrets', 'serviceaccounts/token'] }] },
      ],
    });
    expect(leaks(two)).toEqual([
      {
        rule: 1,
        resource: 'secrets',
        bodies: 'request and response',
        verbs: ['get', 'list', 'watch', 'update', 'patch'],
      },
      { rule: 0, resource: 'secrets', bodies: 'request', verbs: ['create'] },
      { rule: 1, resource: 'serviceaccounts/token', bodies: 'request and response', verbs: ['create'] },
    ]);
  });

  test('a policy that names what it records leaves the rest out', () => {
    const one = policy({ rules: [{ level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] }] });
    const lost = probe(one).filter(({ decision }) => decision.level === 'None');
    expect(new Set(lost.map(({ topic }) => topic)).has('access to secrets')).toBe(false);
    expect(new Set(lost.map(({ topic }) => topic)).size).toBe(7);
    expect(logsNothing(one)).toBe(false);
  });

  test.each([
    [{ rules: [{ level: 'None' }, { level: 'Metadata' }] }, true],
    [{ rules: [{ level: 'None', users: ['a'] }] }, true],
    [{ rules: [{ level: 'Metadata', omitStages: ['RequestReceived', 'ResponseStarted', 'ResponseComplete'] }] }, true],
    [{ rules: [{ level: 'Metadata', users: ['a'] }, { level: 'None' }] }, false],
  ])('logsNothing %j: %s', (value, expected) => {
    expect(logsNothing(policy(value))).toBe(expected);
  });

  test.each([
    [{ users: ['*'] }, [['users', 0]], true],
    [{ verbs: ['get', 'write'] }, [['verbs', 1]], false],
    [{ verbs: ['post'], nonResourceURLs: ['/logs'] }, [], undefined],
    [{ verbs: ['post'], resources: [{ group: '' }] }, [['verbs', 0]], true],
    [{ resources: [{ group: '', resources: ['Secret', 'pods'] }] }, [['resources', 0, 'resources', 0]], false],
    [{ resources: [{ group: 'apps', resources: ['pods'] }] }, [['resources', 0, 'resources', 0]], true],
    [{ resources: [{ group: 'metrics.k8s.io', resources: ['pods'] }] }, [], undefined],
    [{ resources: [{ group: 'extensions', resources: ['deployments'] }] }, [], undefined],
    [{ nonResourceURLs: ['/api/v1/pods', '/api/v1', '/apis/apps/v1'] }, [['nonResourceURLs', 0]], false],
  ])('dead items of %j', (value, paths, whole) => {
    const found = deadItems(rule({ level: 'Metadata', ...value }));
    expect(found.map(({ path }) => path)).toEqual(paths);
    expect(found[0]?.whole).toBe(whole);
  });
});

const names = fc.subarray(['alice', 'bob', 'system:apiserver'], { maxLength: 2 });
const groups = fc.subarray(['system:authenticated', 'system:masters', 'devs'], { maxLength: 2 });
const verbs = fc.subarray(['get', 'list', 'create', 'delete'], { maxLength: 2 });
const namespaces = fc.subarray(['', 'app', 'kube-system'], { maxLength: 2 });
const WORDS = ['pods', 'pods/exec', 'pods/*', '*/exec', '*', 'secrets', 'deployments', 'deployments/scale', '*/scale'];
const entries = fc.array(
  fc.record({
    group: fc.constantFrom('', 'apps', '*'),
    resources: fc.subarray(WORDS, { maxLength: 3 }),
    resourceNames: fc.subarray(['one', 'two'], { maxLength: 1 }),
  }),
  { maxLength: 2 },
);
const urls = fc.subarray(['*', '/healthz*', '/healthz', '/api', '/api*', '/logs/*'], { maxLength: 2 });
const anyRule: fc.Arbitrary<AuditRule> = fc
  .tuple(
    fc.constantFrom(...LEVELS),
    names,
    groups,
    verbs,
    fc.oneof(
      fc.record({ namespaces, resources: entries, nonResourceURLs: fc.constant([]) }),
      fc.record({ namespaces: fc.constant([]), resources: fc.constant([]), nonResourceURLs: urls }),
    ),
  )
  .map(([level, users, userGroups, verbs, rest]) => ({
    level,
    users,
    userGroups,
    verbs,
    ...rest,
    omitStages: [],
    omitManagedFields: undefined,
  }));
const anyRequest: fc.Arbitrary<AuditRequest> = fc
  .tuple(
    fc.constantFrom('alice', 'bob', 'system:apiserver', 'eve'),
    groups,
    fc.constantFrom('get', 'list', 'create', 'delete', 'watch'),
    fc.oneof(
      fc.record({
        namespace: fc.constantFrom('', 'app', 'kube-system', 'other'),
        apiGroup: fc.constantFrom('', 'apps', 'batch'),
        resource: fc.constantFrom('pods', 'secrets', 'deployments'),
        subresource: fc.constantFrom('', 'exec', 'scale', 'log'),
        name: fc.constantFrom('', 'one', 'two', 'three'),
        path: fc.constant(''),
      }),
      fc.record({
        namespace: fc.constant(''),
        apiGroup: fc.constant(''),
        resource: fc.constant(''),
        subresource: fc.constant(''),
        name: fc.constant(''),
        path: fc.constantFrom('/healthz', '/healthz/etcd', '/api', '/api/v1', '/logs/a', '/other'),
      }),
    ),
  )
  .map(([user, groups, verb, rest]) => ({ user, groups, verb, ...rest }));

test('a rule that is said to be covered is never reached', () => {
  fc.assert(
    fc.property(
      anyRule,
      anyRule,
      fc.array(anyRequest, { minLength: 10, maxLength: 10 }),
      (earlier, later, requests) => {
        fc.pre(coversRule(earlier, later));
        for (const request of requests) {
          if (matches(later, request)) expect(matches(earlier, request)).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a rule covers itself, and everything is covered by one without conditions', () => {
  fc.assert(
    fc.property(anyRule, (each) => {
      const everything = {
        ...each,
        users: [],
        userGroups: [],
        verbs: [],
        namespaces: [],
        resources: [],
        nonResourceURLs: [],
      };
      expect(coversRule(each, each)).toBe(true);
      expect(coversRule(everything, each)).toBe(true);
    }),
  );
});
