import { defineRule } from '../../engine/rule.ts';
import { LABEL_PREFIX, MODES } from '../../k8s/pod-security/labels.ts';
import { parseLevel, parsePolicyVersion } from '../../k8s/pod-security/level.ts';

/** What a policy lacks that is older than these releases. */
const SINCE: readonly { readonly minor: number; readonly restricted?: true; readonly what: string }[] = [
  { minor: 8, restricted: true, what: 'allowPrivilegeEscalation: false' },
  { minor: 19, restricted: true, what: 'a seccomp profile' },
  { minor: 19, what: 'the field seccompProfile' },
  { minor: 22, restricted: true, what: 'dropping all capabilities' },
  { minor: 23, restricted: true, what: 'a runAsUser other than 0' },
  { minor: 34, what: 'hosts of probes and hooks' },
];

export default defineRule({
  id: 'psa-version-stale',
  title: 'Pod Security policy version pinned far back',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: ['Namespace'],
  messages: {
    checks: '{key} is {version}, which does not ask for: {checks}',
    old: '{key} is {version}, {behind} releases behind Kubernetes {current}',
  },
  check(resource, context) {
    const labels = resource.metadata.get('labels');
    if (!labels.isMap) return;
    for (const mode of MODES) {
      const key = `${LABEL_PREFIX}${mode}-version`;
      const node = labels.get(key);
      const minor = node.string === undefined ? undefined : parsePolicyVersion(node.string);
      if (minor === undefined || minor === 'latest') continue;
      const level = parseLevel(labels.get(LABEL_PREFIX + mode).string ?? '');
      if (level === undefined || level === 'privileged') continue;
      const checks = SINCE.filter(
        (each) =>
          each.minor > minor && each.minor <= context.minor && (level === 'restricted' || each.restricted !== true),
      ).map(({ what }) => what);
      const behind = context.minor - minor;
      const data = { key, version: `v1.${minor}` };
      if (checks.length > 0) context.report(node, 'checks', { data: { ...data, checks: checks.join(', ') } });
      else if (behind >= 4) context.report(node, 'old', { data: { ...data, behind, current: context.version } });
    }
  },
  docs: {
    why: 'A pinned version keeps an upgrade from refusing workloads, and keeps what was learned since from being asked for: a policy of v1.18 knows no seccomp field, one of v1.33 lets probes call any host.',
    fix: 'Raise the version to that of the cluster once the workloads meet it, or leave it out.',
    frameworks: { cis: ['5.2.1'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/security/pod-security-admission/',
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    ],
    examples: {
      bad: [
        {
          title: 'before seccomp',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: v1.18 # finding: checks\n',
        },
        {
          title: 'some releases behind',
          in: 'manifests',
          since: '1.33',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n    pod-security.kubernetes.io/enforce-version: v1.29 # finding: old\n',
        },
      ],
      good: [
        {
          title: 'not pinned',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: latest\n',
        },
        {
          title: 'pinned of late',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: v1.36\n',
        },
      ],
    },
  },
});
