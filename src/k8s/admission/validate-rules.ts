import type { AnyNode } from '../../yaml/node.ts';
import { checkSelector } from '../network/faults.ts';
import { isUnresolved } from '../placeholder.ts';

/** What the API server refuses, as `validation.go` of `admissionregistration` has it. */
export interface AdmissionFault {
  readonly node: AnyNode;
  readonly reason: string;
  /** The word that was meant. */
  readonly word?: string;
  readonly atKey?: boolean;
}

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'];

/** The `rules` of a webhook and the `resourceRules` of a policy. */
export function faultsOfRules(list: AnyNode): readonly AdmissionFault[] {
  const faults: AdmissionFault[] = [];
  for (const rule of list.items() as readonly AnyNode[]) {
    for (const key of ['operations', 'apiGroups', 'apiVersions', 'resources']) {
      const node: AnyNode = rule.get(key);
      const words = node.strings;
      if (!node.present || (node.isList && node.items().length === 0)) {
        faults.push({ node, reason: `${key} must not be empty` });
      } else if (words.length > 1 && words.includes('*') && key !== 'resources') {
        faults.push({ node, reason: 'next to "*" nothing else may stand', atKey: true });
      }
    }
    for (const node of rule.get('operations').items() as readonly AnyNode[]) {
      if (node.string !== undefined) faults.push(...faultOfWord(node, OPERATIONS));
    }
    for (const node of rule.get('apiVersions').items() as readonly AnyNode[]) {
      if (node.string === '') faults.push({ node, reason: 'a version must not be empty' });
    }
    faults.push(...faultsOfResources(rule.get('resources')), ...faultsOfResourceNames(rule.get('resourceNames')));
    const scope: AnyNode = rule.get('scope');
    if (scope.string !== undefined) faults.push(...faultOfWord(scope, ['Cluster', 'Namespaced', '*']));
  }
  return faults;
}

/** A label selector, as `ValidateLabelSelector` of the API machinery holds it. */
export function faultsOfSelector(selector: AnyNode): readonly AdmissionFault[] {
  const faults: AdmissionFault[] = [];
  const value = (path: readonly (string | number)[], reason: string, instead?: unknown) => {
    const node: AnyNode = selector.at([...path]);
    faults.push({ node, reason, ...(typeof instead === 'string' ? { word: instead } : {}) });
  };
  checkSelector({ value }, [], selector.raw);
  return faults;
}

/** What cannot stand in the path of a request, as the name of an object does. */
export function faultOfPathSegment(node: AnyNode): readonly AdmissionFault[] {
  const text = node.string;
  if (text === undefined || isUnresolved(text)) return [];
  const wrong = text === '.' || text === '..' || text.includes('/') || text.includes('%');
  return wrong ? [{ node, reason: `"${text}" cannot be the name of an object` }] : [];
}

function faultsOfResourceNames(list: AnyNode): readonly AdmissionFault[] {
  const faults: AdmissionFault[] = [];
  const seen = new Set<string>();
  for (const node of list.items() as readonly AnyNode[]) {
    const name = node.string;
    if (name === undefined) continue;
    faults.push(...faultOfPathSegment(node));
    if (seen.has(name)) faults.push({ node, reason: `"${name}" stands twice` });
    seen.add(name);
  }
  return faults;
}

/** None where the word is one of them. */
export function faultOfWord(node: AnyNode, words: readonly string[]): readonly AdmissionFault[] {
  const text = node.string;
  if (text === undefined || words.includes(text)) return [];
  const word = words.find((each) => each.toLowerCase() === text.toLowerCase());
  return [{ node, reason: `"${text}" is none of ${words.join(', ')}`, ...(word === undefined ? {} : { word }) }];
}

function faultsOfResources(list: AnyNode): readonly AdmissionFault[] {
  const faults: AdmissionFault[] = [];
  const items = list.items() as readonly AnyNode[];
  const words = list.strings;
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  let plain = false;
  for (const node of items) {
    const text = node.string;
    if (text === undefined) continue;
    if (text === '') faults.push({ node, reason: 'a resource must not be empty' });
    const slash = text.indexOf('/');
    if (slash === -1) {
      // The API server looks at the last of these alone.
      plain = text !== '*';
      continue;
    }
    const resource = text.slice(0, slash);
    const subresource = text.slice(slash + 1);
    if (wholeResources.has(resource)) faults.push({ node, reason: `"${resource}/*" includes it already` });
    if (wholeSubresources.has(subresource)) faults.push({ node, reason: `"*/${subresource}" includes it already` });
    if (subresource === '*') wholeResources.add(resource);
    if (resource === '*') wholeSubresources.add(subresource);
  }
  if (words.length > 1 && words.includes('*/*')) {
    faults.push({ node: list, reason: 'next to "*/*" nothing else may stand', atKey: true });
  } else if (words.includes('*') && plain) {
    faults.push({ node: list, reason: 'next to "*" no other resource may stand', atKey: true });
  }
  return faults;
}
