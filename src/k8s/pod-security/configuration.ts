import type { AnyNode } from '../../yaml/node.ts';
import { BUILT_IN_DEFAULTS, type Mode, type Policy } from './labels.ts';
import { type LevelVersion, parseLevel, parsePolicyVersion } from './level.ts';

export const CONFIGURATION_KIND = 'PodSecurityConfiguration.pod-security.admission.config.k8s.io';

/** The configuration of the admission plugin: what it demands of namespaces without labels, and whom it lets be. */
export interface PodSecurityConfiguration {
  readonly defaults: Policy;
  readonly exemptNamespaces: readonly string[];
  readonly exemptRuntimeClasses: readonly string[];
  readonly exemptUsernames: readonly string[];
}

export const BUILT_IN_CONFIGURATION: PodSecurityConfiguration = {
  defaults: BUILT_IN_DEFAULTS,
  exemptNamespaces: [],
  exemptRuntimeClasses: [],
  exemptUsernames: [],
};

/** Reads a PodSecurityConfiguration; undefined where the API server would not start with it. Empty strings are unset. */
export function readPodSecurityConfiguration(root: AnyNode): PodSecurityConfiguration | undefined {
  const enforce = modeOf(root, 'enforce');
  const audit = modeOf(root, 'audit');
  const warn = modeOf(root, 'warn');
  if (enforce === undefined || audit === undefined || warn === undefined) return undefined;
  const exemptions = root.get('exemptions');
  return {
    defaults: { enforce, audit, warn },
    exemptNamespaces: exemptions.get('namespaces').strings,
    exemptRuntimeClasses: exemptions.get('runtimeClasses').strings,
    exemptUsernames: exemptions.get('usernames').strings,
  };
}

function modeOf(root: AnyNode, mode: Mode): LevelVersion | undefined {
  const defaults = root.get('defaults');
  const level = parseLevel(textOf(defaults.get(mode), 'privileged'));
  const version = parsePolicyVersion(textOf(defaults.get(`${mode}-version`), 'latest'));
  return level === undefined || version === undefined ? undefined : { level, version };
}

/** A value that is no string is returned as something that no level or version is. */
function textOf(node: AnyNode, unset: string): string {
  if (!node.present || node.string === '') return unset;
  return node.string ?? 'not a string';
}
