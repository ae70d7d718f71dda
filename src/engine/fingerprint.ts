import type { ResourceId } from '../k8s/resource.ts';
import type { AnyNode } from '../yaml/node.ts';
import { isMap, type Value } from '../yaml/value.ts';

/**
 * The identity of a finding across edits: the rule, the object and the path inside it, where list items go by what
 * they are called and not by their number. Lines may move, items may be reordered, the value may change; what has no
 * object goes by its file.
 */
export function fingerprint(
  ruleId: string,
  resource: ResourceId | undefined,
  file: string,
  /** From `stablePath`, with whatever else tells findings at one node apart. */
  path: string,
): string {
  const subject =
    resource === undefined || resource.name === ''
      ? file
      : `${resource.group}/${resource.kind}/${resource.namespace}/${resource.name}`;
  return hash64(`${ruleId}\0${subject}\0${path}`);
}

/** The path from `root` down to `node`, with list items by name: `spec.containers[api].securityContext`. */
export function stablePath(node: AnyNode, root: AnyNode): string {
  const steps: string[] = [];
  for (let at: AnyNode = node; at !== root && at.parent !== undefined; at = at.parent) {
    steps.push(typeof at.key === 'number' ? `[${itemName(at.raw) ?? at.key}]` : `.${at.key}`);
  }
  return steps.reverse().join('');
}

/** The same where no item has a name: what a path says by itself. */
export function plainPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `.${step}`;
  return text;
}

/** 64 bits of FNV-1a in two lanes, as 16 hexadecimal digits. An identity, not a defence against forgery. */
export function hash64(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9dc5811c;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x01000193);
  }
  return hex(high) + hex(low);
}

/** The keys by which Kubernetes tells list items apart, the usual ones first. */
const MERGE_KEYS = [
  'name',
  'key',
  'mountPath',
  'devicePath',
  'containerPort',
  'port',
  'ip',
  'topologyKey',
  'type',
  'uid',
];

function itemName(item: Value | undefined): string | undefined {
  if (typeof item === 'string' || typeof item === 'number') return String(item);
  if (!isMap(item)) return undefined;
  for (const key of MERGE_KEYS) {
    const value = item[key];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}
