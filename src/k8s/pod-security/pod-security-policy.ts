import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';
import { DANGEROUS_CAPABILITIES } from './capabilities.ts';
import { BASELINE_CAPABILITIES } from './checks/capabilities-baseline.ts';
import type { Level } from './level.ts';
import { RESTRICTED_VOLUME_SOURCES } from './volumes.ts';

/** A field of a PodSecurityPolicy that admits more than a Pod Security level does. */
export interface PolicyGap {
  /** The value, or the absent node where leaving it out admits more. */
  readonly node: AnyNode;
  /** The level that this field alone keeps the policy from. */
  readonly keepsFrom: 'baseline' | 'restricted';
  readonly field: string;
  readonly value: string;
  /** What pods may do therefore. */
  readonly admits: string;
  readonly severity: 'critical' | 'high' | 'medium' | 'low';
}

export interface PolicyMapping {
  /** The strictest level that admits no more than the policy does. */
  readonly level: Level;
  readonly gaps: readonly PolicyGap[];
  /** Defaults that the policy wrote into pods, and that Pod Security does not. */
  readonly mutations: readonly string[];
}

/**
 * The Pod Security level that a PodSecurityPolicy corresponds to, after the mapping in the Kubernetes documentation.
 * `seLinux: RunAsAny` keeps the level: most policies that say so are for nodes without SELinux.
 */
export function mapPodSecurityPolicy(root: AnyNode): PolicyMapping {
  const spec: AnyNode = root.get('spec');
  const gaps: PolicyGap[] = [];
  const gap = (
    node: AnyNode,
    keepsFrom: PolicyGap['keepsFrom'],
    severity: PolicyGap['severity'],
    admits: string,
    value = shown(node),
  ): void => {
    gaps.push({ node, keepsFrom, field: node.path, value, admits, severity });
  };
  if (spec.get('privileged').boolean === true) {
    gap(spec.get('privileged'), 'baseline', 'critical', 'privileged containers');
  }
  for (const key of ['hostPID', 'hostIPC', 'hostNetwork']) {
    if (spec.get(key).boolean === true) gap(spec.get(key), 'baseline', 'high', 'namespaces of the node');
  }
  if (spec.get('hostPorts').items().length > 0)
    gap(spec.get('hostPorts'), 'baseline', 'medium', 'ports of the node', 'a range');
  volumes(spec, gap);
  for (const key of ['allowedCapabilities', 'defaultAddCapabilities']) {
    for (const item of spec.get(key).items() as readonly AnyNode[]) {
      const name = item.string;
      if (name === undefined || name === 'NET_BIND_SERVICE') continue;
      if (BASELINE_CAPABILITIES.has(name)) gap(item, 'restricted', 'low', 'capabilities beyond NET_BIND_SERVICE');
      else {
        const severity = name === '*' ? 'critical' : (DANGEROUS_CAPABILITIES.get(name)?.severity ?? 'medium');
        gap(item, 'baseline', severity, name === '*' ? 'every capability' : `capability ${name}`);
      }
    }
  }
  const drop = spec.get('requiredDropCapabilities');
  if (!drop.strings.includes('ALL')) gap(drop, 'restricted', 'low', 'the default capabilities of the runtime');
  const escalation = spec.get('allowPrivilegeEscalation');
  if (escalation.boolean !== false) gap(escalation, 'restricted', 'low', 'privilege escalation');
  runAsUser(spec, gap);
  if (spec.get('allowedUnsafeSysctls').items().length > 0) {
    gap(
      spec.get('allowedUnsafeSysctls'),
      'baseline',
      'medium',
      'unsafe sysctls',
      spec.get('allowedUnsafeSysctls').strings.join(', '),
    );
  }
  for (const item of spec.get('allowedProcMountTypes').items() as readonly AnyNode[]) {
    if (item.string !== undefined && item.string !== 'Default') gap(item, 'baseline', 'medium', 'an unmasked /proc');
  }
  seLinux(spec, gap);
  profiles(root, gap);
  const keeps = (level: PolicyGap['keepsFrom']) => gaps.some(({ keepsFrom }) => keepsFrom === level);
  const level = keeps('baseline') ? 'privileged' : keeps('restricted') ? 'baseline' : 'restricted';
  return { level, gaps, mutations: mutationsOf(root, spec) };
}

type AddGap = (
  node: AnyNode,
  keepsFrom: PolicyGap['keepsFrom'],
  severity: PolicyGap['severity'],
  admits: string,
  value?: string,
) => void;

function volumes(spec: AnyNode, gap: AddGap): void {
  for (const item of spec.get('volumes').items() as readonly AnyNode[]) {
    const type = item.string;
    if (type === undefined || type === 'none' || RESTRICTED_VOLUME_SOURCES.includes(type)) continue;
    if (type === '*') gap(item, 'baseline', 'high', 'every type of volume, hostPath too');
    else if (type === 'hostPath') {
      const allowed = spec.get('allowedHostPaths').items() as readonly AnyNode[];
      const readOnly = allowed.length > 0 && allowed.every((path) => path.get('readOnly').boolean === true);
      gap(item, 'baseline', readOnly ? 'medium' : 'critical', 'paths of the node');
    } else gap(item, 'restricted', 'low', `volumes of type ${type}`);
  }
}

function runAsUser(spec: AnyNode, gap: AddGap): void {
  const rule = spec.get('runAsUser').get('rule');
  if (rule.string === 'MustRunAsNonRoot') return;
  const ranges = spec.get('runAsUser').get('ranges').items() as readonly AnyNode[];
  const aboveRoot = ranges.length > 0 && ranges.every((range) => (range.get('min').number ?? 0) >= 1);
  // A forced UID keeps root out; pods only have to say runAsNonRoot themselves from now on.
  if (rule.string === 'MustRunAs' && aboveRoot) return;
  gap(rule, 'restricted', 'low', 'containers that run as root');
}

function seLinux(spec: AnyNode, gap: AddGap): void {
  const options: AnyNode = spec.get('seLinux').get('seLinuxOptions');
  if (spec.get('seLinux').get('rule').string !== 'MustRunAs' || !options.isMap) return;
  const type: AnyNode = options.get('type');
  if (type.string && !['container_t', 'container_init_t', 'container_kvm_t'].includes(type.string)) {
    gap(type, 'baseline', 'medium', 'another SELinux type');
  }
  for (const key of ['user', 'role']) {
    if (options.get(key).string) gap(options.get(key), 'baseline', 'medium', `another SELinux ${key}`);
  }
}

const SECCOMP_PROFILES = 'seccomp.security.alpha.kubernetes.io/allowedProfileNames';
const APPARMOR_PROFILES = 'apparmor.security.beta.kubernetes.io/allowedProfileNames';

function profiles(root: AnyNode, gap: AddGap): void {
  const annotations: AnyNode = root.at(['metadata', 'annotations']);
  const seccomp: AnyNode = annotations.get(SECCOMP_PROFILES);
  if (seccomp.string === undefined) gap(seccomp, 'restricted', 'low', 'pods without a seccomp profile', 'not set');
  else {
    const names = seccomp.string.split(',').map((name) => name.trim());
    const confined = (name: string) =>
      name === '' || name === 'runtime/default' || name === 'docker/default' || name.startsWith('localhost/');
    if (!names.every(confined)) gap(seccomp, 'baseline', 'medium', 'pods without a seccomp filter');
    else if (names.includes('')) gap(seccomp, 'restricted', 'low', 'pods without a seccomp profile');
  }
  const appArmor: AnyNode = annotations.get(APPARMOR_PROFILES);
  if (appArmor.string === undefined) return;
  const names = appArmor.string.split(',').map((name) => name.trim());
  if (!names.every((name) => name === '' || name === 'runtime/default' || name.startsWith('localhost/'))) {
    gap(appArmor, 'baseline', 'medium', 'pods without AppArmor');
  }
}

function mutationsOf(root: AnyNode, spec: AnyNode): readonly string[] {
  const found: string[] = [];
  for (const key of ['defaultAddCapabilities', 'requiredDropCapabilities']) {
    if (spec.get(key).items().length > 0) found.push(key);
  }
  for (const key of ['runAsUser', 'runAsGroup', 'supplementalGroups', 'fsGroup', 'seLinux']) {
    if (spec.get(key).get('rule').string === 'MustRunAs') found.push(key);
  }
  if (spec.get('readOnlyRootFilesystem').boolean === true) found.push('readOnlyRootFilesystem');
  if (spec.get('defaultAllowPrivilegeEscalation').present) found.push('defaultAllowPrivilegeEscalation');
  if (spec.get('allowPrivilegeEscalation').boolean === false) found.push('allowPrivilegeEscalation: false');
  if (spec.get('runtimeClass').get('defaultRuntimeClassName').present) found.push('defaultRuntimeClassName');
  const annotations = root.at(['metadata', 'annotations']).raw;
  if (isMap(annotations)) {
    for (const key of Object.keys(annotations)) if (key.endsWith('/defaultProfileName')) found.push(key);
  }
  return found;
}

function shown(node: AnyNode): string {
  const { raw } = node;
  return raw === undefined || raw === null ? 'not set' : typeof raw === 'object' ? 'set' : String(raw);
}
