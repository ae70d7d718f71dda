import type { Severity } from '../../engine/finding.ts';
import { SEVERITIES } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'abac-wildcard-policy',
  title: 'ABAC policy with wildcard or broad grants',
  category: 'identity',
  severity: 'critical',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Policy.abac.authorization.kubernetes.io'],
  messages: {
    grants: 'ABAC lets {subject} {mode} {access}',
    legacy:
      'ABAC lets {subject} {mode} {access}; such a policy changes only when the API server restarts, and RBAC takes its place',
    dead: 'ABAC policy names neither user nor group, so it matches nobody',
  },
  check(resource, ctx) {
    const policy = readPolicy(resource);
    const { at, subject, access, readonly } = policy;
    if (policy.isDead) return ctx.report(at, 'dead', { severity: 'low' });
    const steps = policy.isComponent ? 1 : 0;
    const report = (message: 'grants' | 'legacy', severity: Severity) =>
      ctx.report(at, message, {
        data: { subject, access, mode: readonly ? 'read' : 'do anything with' },
        severity: lowered(severity, steps),
      });
    if (policy.isDiscovery) return undefined;
    if (policy.everybody) return report('grants', 'critical');
    if (policy.authenticated || (policy.everything && !readonly) || policy.anyPath) return report('grants', 'high');
    if (policy.secrets) return report('grants', 'high');
    return report('legacy', 'medium');
  },
  docs: {
    why: 'An ABAC policy is a file beside the API server: it knows no roles, is not in the API for anybody to see, and changes with a restart. `*` means everybody or everything, and in lines without apiVersion what is left out means everything as well.',
    fix: 'Write the same as Role and RoleBinding and start the API server with `--authorization-mode=Node,RBAC`.',
    frameworks: { cis: ['1.2.6', '1.2.8'], nsa: ['A1'], mitre: ['T1078'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/abac/'],
    examples: {
      bad: [
        {
          title: 'everything for everybody',
          in: 'manifests',
          yaml: `apiVersion: abac.authorization.kubernetes.io/v1beta1
kind: Policy
spec:
  user: "*" # finding: grants
  namespace: "*"
  resource: "*"
  apiGroup: "*"`,
        },
        {
          title: 'one user, every resource',
          in: 'manifests',
          yaml: `apiVersion: abac.authorization.kubernetes.io/v1beta1
kind: Policy
spec:
  user: alice # finding: grants
  namespace: "*"
  resource: "*"
  apiGroup: "*"`,
        },
        {
          title: 'a narrow one',
          in: 'manifests',
          yaml: `apiVersion: abac.authorization.kubernetes.io/v1beta1
kind: Policy
spec:
  user: bob # finding: legacy
  namespace: projectCaribou
  resource: pods
  readonly: true`,
        },
      ],
      good: [
        {
          title: 'discovery for everybody',
          in: 'manifests',
          yaml: `apiVersion: abac.authorization.kubernetes.io/v1beta1
kind: Policy
spec: { group: "system:authenticated", readonly: true, nonResourcePath: "/api*" }`,
        },
        {
          title: 'an account',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata: { name: app, namespace: a }`,
        },
      ],
    },
  },
});

interface AbacPolicy {
  readonly at: AnyNode;
  /** `every user`, `user "alice"`. */
  readonly subject: string;
  /** `every resource in every namespace`. */
  readonly access: string;
  readonly readonly: boolean;
  readonly isDead: boolean;
  readonly isDiscovery: boolean;
  /** A part of the control plane or a kubelet. */
  readonly isComponent: boolean;
  readonly everybody: boolean;
  readonly authenticated: boolean;
  readonly everything: boolean;
  readonly anyPath: boolean;
  readonly secrets: boolean;
}

/**
 * Reads a policy as the authorizer does. In v1beta1 what is left out matches nothing; lines without apiVersion are v0,
 * where it matches everything (pkg/apis/abac/v0/conversion.go).
 */
function readPolicy({ root, head }: Resource): AbacPolicy {
  const old = head.version === 'v0';
  const spec: AnyNode = old ? root : root.at(['spec']);
  const text = (key: string): string => spec.get(key).string ?? '';
  let [user, group] = [text('user'), text('group')];
  if (old && ((user === '' && group === '') || user === '*' || group === '*'))
    [user, group] = ['', 'system:authenticated'];
  // Both have to match, so that a star beside a name leaves the name to decide.
  else if (user === '*' && group !== '') user = '';
  else if (group === '*' && user !== '') group = '';
  const namespace = text('namespace') || (old ? '*' : '');
  const resource = text('resource') || (old ? '*' : '');
  const apiGroup = old ? '*' : text('apiGroup');
  const path = old && text('namespace') === '' && text('resource') === '' ? '*' : text('nonResourcePath');
  const readonly = spec.get('readonly').boolean === true;
  const [userNode, groupNode]: readonly AnyNode[] = [spec.get('user'), spec.get('group')];
  const at = [userNode!, groupNode!].find((node) => node.present) ?? (old ? root : spec);
  const everywhere = namespace === '*';
  const resources =
    resource === ''
      ? ''
      : `${resource === '*' ? 'every resource' : `resource "${resource}"`} in ${everywhere ? 'every namespace' : `namespace "${namespace}"`}`;
  const paths = path === '' ? '' : EVERY_PATH.test(path) ? 'every path' : `path "${path}"`;
  return {
    at,
    subject: subjectText(user, group),
    access: [resources, paths].filter((each) => each !== '').join(' and ') || 'nothing',
    readonly,
    isDead: user === '' && group === '',
    isDiscovery:
      resource === '' && readonly && /^\/(?:api|apis|version|openapi|healthz|livez|readyz)(?:[/*]|$)/.test(path),
    isComponent: /^(?:system:kube-|kubelet|system:serviceaccount:kube-system:)/.test(user),
    everybody:
      (user === '*' || group === '*' || group === 'system:unauthenticated' || user === 'system:anonymous') &&
      (resource !== '' || path !== ''),
    authenticated: group === 'system:authenticated',
    everything: everywhere && resource === '*' && apiGroup === '*',
    anyPath: EVERY_PATH.test(path) && !readonly,
    secrets: resource === 'secrets',
  };
}

/** Stars at the end stand for anything, so that the slash in front of them says no more than they do. */
const EVERY_PATH = /^\/?\*+$/;

function subjectText(user: string, group: string): string {
  if (user === '*' || group === '*') return 'every user';
  const parts = [user === '' ? '' : `user "${user}"`, group === '' ? '' : `group "${group}"`];
  return parts.filter((each) => each !== '').join(' in ') || 'nobody';
}

function lowered(severity: Severity, steps: number): Severity {
  return SEVERITIES[Math.min(SEVERITIES.indexOf(severity) + steps, SEVERITIES.indexOf('low'))]!;
}
