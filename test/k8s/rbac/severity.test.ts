import { describe, expect, test } from 'vitest';
import secretsRead from '../../../src/rules/rbac/rbac-secrets-read.ts';
import wildcardAll from '../../../src/rules/rbac/rbac-wildcard-all.ts';
import { findingsOf } from '../../../src/testing/rule-tester.ts';

const READS = '[{ apiGroups: [""], resources: [secrets], verbs: [list] }]';
const ALL = '[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]';

/** How bad a grant is depends on where it is in force, and for whom. */
describe('severity of a grant', () => {
  test.each([
    ['everywhere', [role('ClusterRole', READS), bind('ClusterRoleBinding', 'ClusterRole')], 'high'],
    ['in kube-system', [role('Role', READS, 'kube-system'), bind('RoleBinding', 'Role', 'kube-system')], 'high'],
    ['in one namespace, by a Role', [role('Role', READS, 'a'), bind('RoleBinding', 'Role', 'a')], 'medium'],
    [
      'in one namespace, by a ClusterRole',
      [role('ClusterRole', READS), bind('RoleBinding', 'ClusterRole', 'a')],
      'medium',
    ],
    ['nowhere yet', [role('ClusterRole', READS)], 'medium'],
    ['nowhere yet, in one namespace', [role('Role', READS, 'a')], 'low'],
    [
      'for nobody but nodes',
      [
        role('ClusterRole', READS),
        bind('ClusterRoleBinding', 'ClusterRole', '', '{ kind: Group, name: "system:nodes" }'),
      ],
      'medium',
    ],
    [
      'of an operator that is known to need it',
      [
        role('ClusterRole', READS, '', 'cert-manager'),
        bind('ClusterRoleBinding', 'ClusterRole', '', '{ kind: User, name: jane }', 'cert-manager'),
      ],
      'medium',
    ],
  ])('%s', (_, texts, severity) => {
    expect(findingsOf(secretsRead, texts.join('\n---\n')).map((finding) => finding.severity)).toEqual([severity]);
  });

  test.each([
    ['everywhere', [role('ClusterRole', ALL), bind('ClusterRoleBinding', 'ClusterRole')], 'critical'],
    ['in one namespace', [role('Role', ALL, 'a'), bind('RoleBinding', 'Role', 'a')], 'high'],
    ['nowhere yet', [role('ClusterRole', ALL)], 'high'],
  ])('of everything, %s', (_, texts, severity) => {
    expect(findingsOf(wildcardAll, texts.join('\n---\n')).map((finding) => finding.severity)).toEqual([severity]);
  });

  test('is info for those who are trusted, if nobody else has it', () => {
    const texts = [
      role('ClusterRole', READS),
      bind('ClusterRoleBinding', 'ClusterRole', '', '{ kind: Group, name: "oidc:admins" }'),
    ];
    const severities = (trusted: string) =>
      findingsOf(secretsRead, texts.join('\n---\n'), { options: { trustedSubjects: [trusted] } }).map(
        ({ severity }) => severity,
      );
    expect([severities('Group:oidc:*'), severities('Group:other')]).toEqual([['info'], ['high']]);
  });

  test('who and where are named', () => {
    const subjects =
      '{ kind: User, name: jane }, { kind: ServiceAccount, name: app, namespace: b }, { kind: Group, name: ops }';
    const texts = [role('ClusterRole', READS), bind('RoleBinding', 'ClusterRole', 'a', subjects)];
    expect(findingsOf(secretsRead, texts.join('\n---\n')).map(({ message }) => message)).toEqual([
      'ClusterRole "r" lets User "jane" and 2 more read every Secret in namespace "a"; list and watch return their values too',
    ]);
  });
});

function role(kind: string, rules: string, namespace = '', name = 'r'): string {
  const metadata = `{ name: ${name}${namespace === '' ? '' : `, namespace: ${namespace}`}, labels: { app.kubernetes.io/name: ${name} } }`;
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata}\nrules: ${rules}`;
}

function bind(
  kind: string,
  roleKind: string,
  namespace = '',
  subjects = '{ kind: User, name: jane }',
  name = 'r',
): string {
  const metadata = `{ name: b${namespace === '' ? '' : `, namespace: ${namespace}`} }`;
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata}\nroleRef: { apiGroup: rbac.authorization.k8s.io, kind: ${roleKind}, name: ${name} }\nsubjects: [${subjects}]`;
}
