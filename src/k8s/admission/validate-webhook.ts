import type { AnyNode } from '../../yaml/node.ts';
import { isUnresolved } from '../placeholder.ts';
import { type AdmissionFault, faultOfWord, faultsOfRules, faultsOfSelector } from './validate-rules.ts';

/** What the API server refuses of a webhook configuration; what concerns the endpoint is said by `endpointFaults`. */
export function validateWebhooks(root: AnyNode, version: string, mutating: boolean): readonly AdmissionFault[] {
  const faults: AdmissionFault[] = [];
  const names = new Set<string>();
  for (const hook of root.get('webhooks').items() as readonly AnyNode[]) {
    if (!hook.isMap) continue;
    faults.push(...faultsOfName(hook.get('name'), names, version));
    faults.push(...faultsOfRules(hook.get('rules')));
    for (const [key, words] of Object.entries(WORDS)) {
      if (key === 'reinvocationPolicy' && !mutating) continue;
      faults.push(...faultOfWord(hook.get(key), words));
    }
    if (version !== 'v1beta1') {
      const effects: AnyNode = hook.get('sideEffects');
      if (!effects.present) faults.push({ node: effects, reason: 'sideEffects has to be None or NoneOnDryRun' });
      else faults.push(...faultOfWord(effects, ['None', 'NoneOnDryRun']));
      faults.push(...faultsOfReviews(hook.get('admissionReviewVersions')));
    }
    faults.push(...faultsOfSelector(hook.get('namespaceSelector')), ...faultsOfSelector(hook.get('objectSelector')));
    const timeout: AnyNode = hook.get('timeoutSeconds');
    if (timeout.number !== undefined && (timeout.number < 1 || timeout.number > 30)) {
      faults.push({ node: timeout, reason: `${timeout.number} is not between 1 and 30 seconds` });
    }
  }
  return faults;
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  failurePolicy: ['Fail', 'Ignore'],
  matchPolicy: ['Equivalent', 'Exact'],
  reinvocationPolicy: ['Never', 'IfNeeded'],
};

function faultsOfName(node: AnyNode, names: Set<string>, version: string): readonly AdmissionFault[] {
  const name = node.string;
  if (!node.present || name === '') return [{ node, reason: 'name is missing' }];
  if (name === undefined || isUnresolved(name)) return [];
  const faults: AdmissionFault[] = [];
  const labels = name.split('.');
  if (labels.length < 3 || !labels.every((label) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(label))) {
    faults.push({
      node,
      reason: `"${name}" is no fully qualified name of three parts or more, as pods.policy.example.com`,
    });
  }
  if (names.has(name) && version !== 'v1beta1') faults.push({ node, reason: `"${name}" names two webhooks` });
  names.add(name);
  return faults;
}

function faultsOfReviews(node: AnyNode): readonly AdmissionFault[] {
  if (!node.present || (node.isList && node.items().length === 0)) {
    return [{ node, reason: 'admissionReviewVersions has to name v1 or v1beta1' }];
  }
  const faults: AdmissionFault[] = [];
  const seen = new Set<string>();
  for (const item of node.items() as readonly AnyNode[]) {
    const version = item.string;
    if (version === undefined || isUnresolved(version)) continue;
    if (seen.has(version)) faults.push({ node: item, reason: `${version} stands twice` });
    else if (!/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/.test(version)) {
      faults.push({ node: item, reason: `"${version}" is no version` });
    }
    seen.add(version);
  }
  if (node.isList && !seen.has('v1') && !seen.has('v1beta1')) {
    faults.push({ node, reason: `admissionReviewVersions names neither v1 nor v1beta1`, atKey: true });
  }
  return faults;
}
