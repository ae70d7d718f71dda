import type { ResourceHead } from '../resource.ts';
import { knownKind } from './scope.ts';

/** GroupKinds of the input that nothing tells the fields of, sorted: their objects are not held to any schema. */
export function kindsWithoutSchema(
  heads: Iterable<ResourceHead>,
  hasSchema: (head: ResourceHead) => boolean,
): readonly string[] {
  const kinds = new Set<string>();
  for (const head of heads) {
    const { group, kind } = head;
    if (knownKind(group, kind) || isConfiguration(group, kind)) continue;
    const name = group === '' ? kind : `${kind}.${group}`;
    if (!kinds.has(name) && !hasSchema(head)) kinds.add(name);
  }
  return [...kinds].sort();
}

/** Files of programs, which no API server sees; the rules that know them read them themselves. */
function isConfiguration(group: string, kind: string): boolean {
  return (
    group.endsWith('.config.k8s.io') ||
    CONFIGURATION_GROUPS.has(group) ||
    (group === '' && (kind === 'Config' || kind === 'EncryptionConfig'))
  );
}

const CONFIGURATION_GROUPS: ReadonlySet<string> = new Set([
  'apiserver.k8s.io',
  'audit.k8s.io',
  'abac.authorization.kubernetes.io',
  'client.authentication.k8s.io',
  'eventratelimit.admission.k8s.io',
  'helm.sh',
  'imagepolicy.k8s.io',
  'kubeadm.k8s.io',
  'systemd.freedesktop.org',
]);
