import type { AnyNode } from '../../yaml/node.ts';
import { didYouMean } from '../schema/did-you-mean.ts';
import { KINDS } from '../schema/kinds-table.ts';

/** Why an item of a constraint's `match` matches nothing, or is not read. */
export interface MatchFault {
  readonly node: AnyNode;
  readonly reason: string;
  readonly atKey?: boolean;
  /** What to write instead, where there is only one thing it can be. */
  readonly value?: string;
  /** The key that was meant. */
  readonly key?: string;
}

const MATCH_KEYS = [
  'source',
  'kinds',
  'scope',
  'namespaces',
  'excludedNamespaces',
  'labelSelector',
  'namespaceSelector',
  'name',
];

/** The `match` of a constraint or of a mutator. */
export function faultsOfMatch(match: AnyNode): readonly MatchFault[] {
  if (!match.isMap) return [];
  const faults: MatchFault[] = [];
  for (const [key, node] of match.entries()) {
    if (MATCH_KEYS.includes(key)) continue;
    const near = didYouMean(key, MATCH_KEYS) ?? SLIPS[key];
    const hint = near === undefined ? '' : `, did you mean ${near}?`;
    faults.push({
      node,
      reason: `match has no field ${key}${hint}`,
      atKey: true,
      ...(near === undefined ? {} : { key: near }),
    });
  }
  const scope: AnyNode = match.get('scope');
  if (scope.string !== undefined && !SCOPES.includes(scope.string)) {
    const value = SCOPES.find((each) => each.toLowerCase() === scope.string!.toLowerCase());
    faults.push({
      node: scope,
      reason: `"${scope.string}" is none of *, Cluster, Namespaced`,
      ...(value === undefined ? {} : { value }),
    });
  }
  for (const list of ['namespaces', 'excludedNamespaces']) {
    for (const node of match.get(list).items() as readonly AnyNode[]) {
      const text = node.string;
      if (text?.slice(1, -1).includes('*') === true) {
        faults.push({ node, reason: `a * stands at the beginning or the end of a name alone` });
      }
    }
  }
  const excluded = match.get('excludedNamespaces').strings;
  const namespaces = match.get('namespaces').strings;
  if (namespaces.length > 0 && namespaces.every((name) => excluded.includes(name))) {
    faults.push({
      node: match.get('namespaces'),
      reason: 'every one of these namespaces is excluded again',
      atKey: true,
    });
  }
  faults.push(...faultsOfKinds(match.get('kinds'), scope.string));
  return faults;
}

const SCOPES = ['*', 'Cluster', 'Namespaced'];

/** What is too far from the right word for a slip of the finger. */
const SLIPS: Readonly<Record<string, string>> = {
  namespace: 'namespaces',
  exclude: 'excludedNamespaces',
  excludeNamespaces: 'excludedNamespaces',
  excludedNamespace: 'excludedNamespaces',
  labels: 'labelSelector',
  selector: 'labelSelector',
};

function faultsOfKinds(list: AnyNode, scope: string | undefined): readonly MatchFault[] {
  const faults: MatchFault[] = [];
  for (const entry of list.items() as readonly AnyNode[]) {
    if (entry.string !== undefined) {
      faults.push({ node: entry, reason: 'an entry of kinds has apiGroups and kinds' });
      continue;
    }
    const groups = (entry.get('apiGroups').items() as readonly AnyNode[]).filter(({ string }) => string !== undefined);
    const kinds = (entry.get('kinds').items() as readonly AnyNode[]).filter(({ string }) => string !== undefined);
    const words = groups.map(({ string }) => string!);
    // A group that cannot be one is the fault, and not that no kind is in it.
    const odd = groups.filter(
      ({ string }) => string === 'core' || /^(?:[a-z0-9.]+\/)?v\d+(?:(?:alpha|beta)\d+)?$/.test(string!),
    );
    for (const node of odd) {
      const text = node.string!;
      const slash = text.indexOf('/');
      const value = text === 'core' ? '' : slash === -1 ? (text === 'v1' ? '' : undefined) : text.slice(0, slash);
      const name = value === '' ? 'the core group is ""' : 'a group has no version';
      faults.push({ node, reason: `"${text}" is no API group: ${name}`, ...(value === undefined ? {} : { value }) });
    }
    if (odd.length > 0 || words.includes('*')) {
      for (const node of kinds) faults.push(...faultOfKind(node));
      continue;
    }
    for (const node of kinds) {
      const kind = node.string!;
      const slip = faultOfKind(node);
      if (slip.length > 0) faults.push(...slip);
      else if (
        kind !== '*' &&
        words.length > 0 &&
        !words.some((group) => isKnown(kind, group)) &&
        words.every((group) => OWN.has(group))
      ) {
        const homes = groupsOf(kind);
        if (homes.length > 0) {
          const shown = homes.map((group) => `"${group}"`).join(' or ');
          faults.push({
            node,
            reason: `${kind} is not in ${words.map((group) => `"${group}"`).join(', ')} but in ${shown}`,
          });
        }
      }
    }
    const scopes = new Set(kinds.flatMap(({ string }) => words.map((group) => scopeOf(string!, group))));
    const only = scopes.size === 1 ? [...scopes][0] : undefined;
    if (scope === 'Cluster' && only === 'n') {
      faults.push({
        node: entry.get('kinds'),
        reason: 'scope Cluster excludes these kinds, which live in namespaces',
        atKey: true,
      });
    } else if (scope === 'Namespaced' && only === 'c') {
      faults.push({
        node: entry.get('kinds'),
        reason: 'scope Namespaced excludes these kinds, which live in no namespace',
        atKey: true,
      });
    }
  }
  return faults;
}

/** `pods`, `deployment`: what no kind is written like. */
function faultOfKind(node: AnyNode): readonly MatchFault[] {
  const text = node.string!;
  if (text === '*' || !/^[a-z]/.test(text)) {
    const singular = text.endsWith('s') ? text.slice(0, -1) : undefined;
    if (singular === undefined || groupsOf(text).length > 0 || groupsOf(singular).length === 0) return [];
    return [{ node, reason: `"${text}" is no kind: ${singular} is`, value: singular }];
  }
  const lower = new Set([text, text.replace(/s$/, ''), text.replace(/es$/, ''), text.replace(/ies$/, 'y')]);
  const meant = [...new Set(Object.keys(KINDS).map(kindOf))].filter((kind) => lower.has(kind.toLowerCase()));
  if (meant.length !== 1) return [];
  return [{ node, reason: `"${text}" is no kind: ${meant[0]} is`, value: meant[0]! }];
}

/** Groups that Kubernetes itself serves: what is in them is known. */
const OWN: ReadonlySet<string> = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'extensions',
]);

function isKnown(kind: string, group: string): boolean {
  return KINDS[group === '' ? kind : `${kind}.${group}`] !== undefined;
}

function groupsOf(kind: string): readonly string[] {
  return Object.keys(KINDS)
    .filter((each) => kindOf(each) === kind && !KINDS[each]!.startsWith('-') && !each.endsWith('.extensions'))
    .map((each) => each.slice(kind.length + 1));
}

function scopeOf(kind: string, group: string): string | undefined {
  return KINDS[group === '' ? kind : `${kind}.${group}`]?.[0];
}

function kindOf(groupKind: string): string {
  const dot = groupKind.indexOf('.');
  return dot === -1 ? groupKind : groupKind.slice(0, dot);
}
