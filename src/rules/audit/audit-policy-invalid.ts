import { defineRule } from '../../engine/rule.ts';
import { decodePolicy, LEVELS } from '../../k8s/audit/policy.ts';
import { validatePolicy } from '../../k8s/audit/validate.ts';
import { formatPath } from '../../yaml/node.ts';
import { isTemplate, POLICY_KINDS } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-invalid',
  title: 'API server does not load the audit policy, or loads another one',
  category: 'audit',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: POLICY_KINDS,
  messages: {
    invalid: '{field} {fault}: kube-apiserver does not start with this policy',
    dropped: 'key "{key}" is not known and dropped: the rule matches more than it says{hint}',
    unknown: 'key "{key}" is not known and dropped{hint}',
    version: 'audit policies of {apiVersion} are not read since 1.24: write audit.k8s.io/v1',
  },
  check(resource, context) {
    const { root, head } = resource;
    if (isTemplate(resource)) return;
    if (head.version !== 'v1') {
      context.report(root.get('apiVersion'), 'version', { data: { apiVersion: `${head.group}/${head.version}` } });
      return;
    }
    const { policy, faults } = decodePolicy(root.raw ?? null);
    const mistyped = faults.filter(({ kind }) => kind === 'type');
    for (const { path, message } of mistyped) {
      context.report(root.at(path), 'invalid', { data: { field: formatPath(path), fault: message } });
    }
    for (const { kind, path } of faults) {
      if (kind !== 'unknown') continue;
      const key = String(path.at(-1));
      const near = NEAR[key];
      const data = { key, hint: near === undefined ? '' : `: did you mean ${near}?` };
      const node = root.at(path);
      if (path.length > 1) context.report(node, 'dropped', { data, atKey: true });
      else context.report(node, 'unknown', { data, atKey: true, severity: 'medium' });
    }
    if (mistyped.length > 0) return;
    for (const { path, message } of validatePolicy(policy)) {
      const node = root.at(path);
      const field = formatPath(path);
      const level =
        path.at(-1) === 'level' ? LEVELS.find((each) => each.toLowerCase() === node.string?.toLowerCase()) : undefined;
      const changes = [{ op: 'set', path: node.steps, value: level ?? '' }] as const;
      const fix = level === undefined ? {} : { fix: { title: `Write ${level}`, safety: 'safe', changes } as const };
      context.report(node, 'invalid', { data: { field, fault: message }, ...fix });
    }
  },
  docs: {
    why: 'A fault keeps the API server from starting, and with it the control plane. A key that is not known is worse to find: it is dropped with a line in the log, and a rule that has lost its condition matches everything that reaches it.',
    fix: 'Correct the field. Levels are `None`, `Metadata`, `Request` and `RequestResponse`, in this spelling.',
    frameworks: { cis: ['3.2.1'], nsa: ['L1'], mitre: ['T1562.008'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: [
      'https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/',
      'https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apiserver/pkg/apis/audit/validation/validation.go',
    ],
    examples: {
      bad: [
        {
          title: 'a level in lower case',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: metadata # finding: invalid`,
        },
        {
          title: 'keys that are dropped',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
omitStage: [RequestReceived] # finding: unknown
rules:
  - level: None
    resource: [events] # finding: dropped
  - level: Metadata
    resources:
      - apiGroups: [""] # finding: dropped
        resources: [secrets]`,
        },
        {
          title: 'what does not go together',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [Received] # finding: invalid
rules:
  - level: None
    nonResourceURLs: # finding: invalid
      - healthz # finding: invalid
    namespaces: [kube-system]
  - level: Request
    resources:
      - group: rbac.authorization.k8s.io/v1 # finding: invalid
      - resourceNames: [a] # finding: invalid
  - users: [admin] # finding: invalid`,
        },
        {
          title: 'no rules',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules: [] # finding: invalid`,
        },
        {
          title: 'an old version',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1beta1 # finding: version
kind: Policy
rules:
  - level: Metadata`,
        },
      ],
      good: [
        {
          title: 'valid',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    nonResourceURLs: ["/healthz*"]
  - level: Metadata`,
        },
      ],
    },
  },
});

/** What is usually meant. */
const NEAR: Readonly<Record<string, string>> = {
  resource: 'resources',
  apiGroups: 'group',
  apiGroup: 'group',
  groups: 'userGroups (or group, in an entry of resources)',
  user: 'users',
  userGroup: 'userGroups',
  verb: 'verbs',
  namespace: 'namespaces',
  nonResourceURL: 'nonResourceURLs',
  nonResourceUrls: 'nonResourceURLs',
  resourceName: 'resourceNames',
  omitStage: 'omitStages',
};
