import { minorOf } from '../version.ts';
import type { CheckLevel, CheckVersion, PodSecurityCheck, Test } from './check.ts';
import { allowPrivilegeEscalation } from './checks/allow-privilege-escalation.ts';
import { appArmorProfile } from './checks/app-armor-profile.ts';
import { capabilitiesBaseline } from './checks/capabilities-baseline.ts';
import { capabilitiesRestricted } from './checks/capabilities-restricted.ts';
import { hostNamespaces } from './checks/host-namespaces.ts';
import { hostPathVolumes } from './checks/host-path-volumes.ts';
import { hostPorts } from './checks/host-ports.ts';
import { hostProbesAndHostLifecycle } from './checks/host-probes-and-host-lifecycle.ts';
import { privileged } from './checks/privileged.ts';
import { procMount } from './checks/proc-mount.ts';
import { procMountRestricted } from './checks/proc-mount-restricted.ts';
import { restrictedVolumes } from './checks/restricted-volumes.ts';
import { runAsNonRoot } from './checks/run-as-non-root.ts';
import { runAsUser } from './checks/run-as-user.ts';
import { seLinuxOptions } from './checks/se-linux-options.ts';
import { seccompProfileBaseline } from './checks/seccomp-profile-baseline.ts';
import { seccompProfileRestricted } from './checks/seccomp-profile-restricted.ts';
import { sysctls } from './checks/sysctls.ts';
import { windowsHostProcess } from './checks/windows-host-process.ts';

/** Checks in the order in which admission reports them: baseline by id, then restricted by id. */
export interface Registry {
  readonly checks: readonly RegisteredCheck[];
}

export interface RegisteredCheck {
  readonly id: string;
  readonly level: CheckLevel;
  /** Ascending. */
  readonly versions: readonly { readonly minor: number; readonly test: Test }[];
  /** From which policy version on a restricted check stands in for this one at the level restricted. */
  readonly overriddenSince: number;
}

/**
 * Holds the checks to their laws; a registry that breaks one is a defect of ours and is not made.
 *
 * Ids are unique; every check has a form, and its versions strictly increase; only restricted checks override, only
 * baseline checks that exist, and what is once overridden stays so.
 */
export function defineRegistry(checks: readonly PodSecurityCheck[]): Registry {
  const overriddenSince = new Map<string, number>();
  const ids = new Set<string>();
  for (const { id, level, versions } of checks) {
    if (ids.has(id)) throw new Error(`check ${id} is registered twice`);
    ids.add(id);
    if (versions.length === 0) throw new Error(`check ${id} has no version`);
    let before: CheckVersion | undefined;
    for (const version of versions) {
      const minor = minorOf(version.since);
      if (before !== undefined && minor <= minorOf(before.since)) {
        throw new Error(`check ${id} has versions that do not increase: ${before.since}, ${version.since}`);
      }
      for (const overridden of version.overrides ?? []) {
        if (level !== 'restricted') throw new Error(`check ${id} overrides ${overridden} but is not restricted`);
        const target = checks.find((check) => check.id === overridden);
        if (target?.level !== 'baseline') throw new Error(`check ${id} overrides ${overridden}, no baseline check`);
        if (!overriddenSince.has(overridden)) overriddenSince.set(overridden, minor);
      }
      for (const dropped of before?.overrides ?? []) {
        if (!version.overrides?.includes(dropped)) throw new Error(`check ${id} ceases to override ${dropped}`);
      }
      before = version;
    }
  }
  const registered = checks.map(({ id, level, versions }) => ({
    id,
    level,
    versions: versions.map(({ since, test }) => ({ minor: minorOf(since), test })),
    overriddenSince: overriddenSince.get(id) ?? Number.POSITIVE_INFINITY,
  }));
  const byLevelAndId = (a: RegisteredCheck, b: RegisteredCheck) =>
    a.level === b.level ? (a.id < b.id ? -1 : 1) : a.level === 'baseline' ? -1 : 1;
  return { checks: registered.sort(byLevelAndId) };
}

/** The form of a check that the policy of a release runs at a level; undefined where it runs none. */
export function testAt(check: RegisteredCheck, level: CheckLevel, minor: number): Test | undefined {
  if (check.level === 'restricted' ? level === 'baseline' : level === 'restricted' && check.overriddenSince <= minor) {
    return undefined;
  }
  const { versions } = check;
  for (let index = versions.length - 1; index >= 0; index--) {
    if (versions[index]!.minor <= minor) return versions[index]!.test;
  }
  return undefined;
}

export const POD_SECURITY_STANDARDS: Registry = defineRegistry([
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfileBaseline,
  sysctls,
  windowsHostProcess,
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfileRestricted,
]);
