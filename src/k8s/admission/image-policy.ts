import type { AnyNode } from '../../yaml/node.ts';

export const IMAGE_POLICY_KIND = 'ImagePolicyWebhookConfiguration.imagepolicy.k8s.io';

export const IMAGE_POLICY_KEYS = ['kubeConfigFile', 'allowTTL', 'denyTTL', 'retryBackoff', 'defaultAllow'] as const;
export type ImagePolicyKey = (typeof IMAGE_POLICY_KEYS)[number];

/** The file is decoded without regard to case, and what it does not know is passed over. */
export function imagePolicySetting(root: AnyNode, key: ImagePolicyKey): AnyNode {
  const policy: AnyNode = root.get('imagePolicy');
  const exact: AnyNode = policy.get(key);
  if (exact.written) return exact;
  const lower = key.toLowerCase();
  const entry = policy.entries().find(([written]) => written.toLowerCase() === lower);
  return entry === undefined ? exact : entry[1];
}

/** Beyond the lower bound, up to the upper one; 0 means the default and -1 off. */
const DURATIONS: readonly (readonly [ImagePolicyKey, unit: string, above: number, most: number])[] = [
  ['allowTTL', 'seconds', 1, 1800],
  ['denyTTL', 'seconds', 1, 1800],
  ['retryBackoff', 'milliseconds', 0, 300_000],
];

/** What keeps the plugin, and with it the API server, from starting. */
export function validateImagePolicy(
  root: AnyNode,
): readonly { readonly node: AnyNode; readonly key: ImagePolicyKey; readonly reason: string }[] {
  const faults: { node: AnyNode; key: ImagePolicyKey; reason: string }[] = [];
  const file = imagePolicySetting(root, 'kubeConfigFile');
  if (!file.present || file.string === '') {
    faults.push({ node: file, key: 'kubeConfigFile', reason: 'is missing: the plugin does not know its webhook' });
  } else if (file.string === undefined) faults.push({ node: file, key: 'kubeConfigFile', reason: 'has to be a path' });
  for (const [key, unit, above, most] of DURATIONS) {
    const node = imagePolicySetting(root, key);
    if (!node.present) continue;
    const value = node.number;
    if (value === undefined) {
      faults.push({ node, key, reason: `has to be a whole number of ${unit}, without quotes and unit` });
    } else if (!Number.isInteger(value) || (value !== 0 && value !== -1 && (value <= above || value > most))) {
      faults.push({ node, key, reason: `has to be more than ${above} and at most ${most} ${unit}` });
    }
  }
  const allow = imagePolicySetting(root, 'defaultAllow');
  if (allow.present && allow.boolean === undefined) {
    faults.push({ node: allow, key: 'defaultAllow', reason: 'has to be true or false' });
  }
  return faults;
}
