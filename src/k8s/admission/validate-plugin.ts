import type { AnyNode } from '../../yaml/node.ts';
import { LEVELS, parseLevel, parsePolicyVersion } from '../pod-security/level.ts';
import { didYouMean } from '../schema/did-you-mean.ts';
import { faultInLabelName, faultInSubdomain } from '../schema/names.ts';

/** A fault in the configuration of an admission plugin. */
export interface PluginFault {
  readonly node: AnyNode;
  readonly reason: string;
  readonly atKey?: boolean;
  /** The key that was meant. */
  readonly key?: string;
}

const POD_SECURITY_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['apiVersion', 'kind', 'metadata', 'defaults', 'exemptions'],
  defaults: ['enforce', 'enforce-version', 'audit', 'audit-version', 'warn', 'warn-version'],
  exemptions: ['usernames', 'namespaces', 'runtimeClasses'],
};

/** As `ValidatePodSecurityConfiguration` has it, after a strict decoding. */
export function validatePodSecurity(root: AnyNode): readonly PluginFault[] {
  const faults: PluginFault[] = [];
  for (const [place, keys] of Object.entries(POD_SECURITY_KEYS)) {
    const node: AnyNode = place === '' ? root : root.get(place);
    for (const [key, entry] of node.entries()) {
      if (keys.includes(key)) continue;
      const near = didYouMean(key, keys) ?? (key.endsWith('Version') ? key.replace('Version', '-version') : undefined);
      const known = near !== undefined && keys.includes(near) ? near : undefined;
      const reason = `is no field of ${place === '' ? 'PodSecurityConfiguration' : place}${known === undefined ? '' : `, did you mean ${known}?`}`;
      faults.push({ node: entry, reason, atKey: true, ...(known === undefined ? {} : { key: known }) });
    }
  }
  const defaults: AnyNode = root.get('defaults');
  for (const mode of ['enforce', 'audit', 'warn']) {
    const level: AnyNode = defaults.get(mode);
    if (level.present && level.string !== '' && parseLevel(level.string ?? '?') === undefined) {
      faults.push({ node: level, reason: `is "${String(level.raw)}", which is none of ${LEVELS.join(', ')}` });
    }
    const version: AnyNode = defaults.get(`${mode}-version`);
    if (version.present && version.string !== '' && parsePolicyVersion(version.string ?? '?') === undefined) {
      faults.push({
        node: version,
        reason: `is "${String(version.raw)}", which is neither latest nor of the form v1.30`,
      });
    }
  }
  const exemptions: AnyNode = root.get('exemptions');
  const forms: Readonly<Record<string, (text: string) => string | undefined>> = {
    namespaces: faultInLabelName,
    runtimeClasses: faultInSubdomain,
    usernames: (text) => (text === '' ? 'must not be empty' : undefined),
  };
  for (const [list, faultIn] of Object.entries(forms)) {
    const seen = new Set<string>();
    for (const node of exemptions.get(list).items() as readonly AnyNode[]) {
      const text = node.string;
      if (text === undefined) continue;
      const fault = faultIn(text);
      if (fault !== undefined) {
        const reason = text.includes('*') ? `is "${text}", and patterns are not understood` : `"${text}" ${fault}`;
        faults.push({ node, reason });
      } else if (seen.has(text)) faults.push({ node, reason: `names "${text}" twice` });
      seen.add(text);
    }
  }
  return faults;
}

const LIMIT_TYPES = ['Server', 'Namespace', 'User', 'SourceAndObject'];

/** As `ValidateConfiguration` of EventRateLimit has it. */
export function validateEventRateLimit(root: AnyNode): readonly PluginFault[] {
  const limits: AnyNode = root.get('limits');
  const items = limits.items() as readonly AnyNode[];
  if (items.length === 0) return [{ node: limits, reason: 'must not be empty', atKey: true }];
  const faults: PluginFault[] = [];
  for (const item of items) {
    const type: AnyNode = item.get('type');
    if (!type.present || (type.string !== undefined && !LIMIT_TYPES.includes(type.string))) {
      const given = type.present ? `is "${type.string}", which is` : 'is missing: it is one';
      faults.push({ node: type, reason: `${given}${type.present ? ' none' : ''} of ${LIMIT_TYPES.join(', ')}` });
    }
    for (const key of ['qps', 'burst']) {
      const node: AnyNode = item.get(key);
      if (!node.present) faults.push({ node, reason: 'is missing and has to be more than 0' });
      else if (node.number !== undefined && node.number <= 0) faults.push({ node, reason: 'has to be more than 0' });
    }
    const cache: AnyNode = item.get('cacheSize');
    if (type.string !== 'Server' && (cache.number ?? 0) < 0)
      faults.push({ node: cache, reason: 'must not be negative' });
  }
  return faults;
}

/** The object of this kind that a plugin reads. */
export const PLUGIN_KINDS: Readonly<Record<string, readonly [group: string, kind: string]>> = {
  PodSecurity: ['pod-security.admission.config.k8s.io', 'PodSecurityConfiguration'],
  EventRateLimit: ['eventratelimit.admission.k8s.io', 'Configuration'],
  ResourceQuota: ['resourcequota.admission.k8s.io', 'Configuration'],
  ValidatingAdmissionWebhook: ['apiserver.config.k8s.io', 'WebhookAdmissionConfiguration'],
  MutatingAdmissionWebhook: ['apiserver.config.k8s.io', 'WebhookAdmissionConfiguration'],
};
