import { didYouMean } from './did-you-mean.ts';
import { KINDS } from './kinds-table.ts';
import { apiState, livesOf } from './lifecycle.ts';

/** What a kind that Kubernetes does not have was probably meant to be. */
export type MeantKind =
  | { readonly is: 'kind'; readonly near: string }
  | { readonly is: 'group'; readonly apiVersion: string };

/** Undefined where it is more likely a custom resource, or where nothing is near. */
export function suggestKind(group: string, version: string, kind: string, minor: number): MeantKind | undefined {
  const { groups, kinds } = namesOf();
  if (groups.has(group)) {
    const near = didYouMean(kind, kindsIn(group));
    if (near !== undefined) {
      return apiState(group, version, near, minor)?.is === 'served' ? { is: 'kind', near } : undefined;
    }
  }
  // In another group a kind of the same name is a custom resource, unless the group is a slip.
  if (!kinds.has(kind) || (group === '' && NOT_OBJECTS.has(kind))) return undefined;
  if (!groups.has(group) && group.includes('.') && didYouMean(group, groups) === undefined) return undefined;
  for (const home of groups) {
    const served = livesOf(home, kind).find((life) => apiState(home, life.version, kind, minor)?.is === 'served');
    if (served !== undefined) {
      return { is: 'group', apiVersion: home === '' ? served.version : `${home}/${served.version}` };
    }
  }
  return undefined;
}

/** Kinds of the core group's name that are read by clients, not by the API server. */
const NOT_OBJECTS: ReadonlySet<string> = new Set(['Config', 'EncryptionConfig', 'List', 'Policy', 'Status']);

interface Names {
  readonly groups: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** The table by group and by kind, made when the first custom resource asks for it. A copy of constants. */
function namesOf(): Names {
  if (kept.names !== undefined) return kept.names;
  const groups = new Set<string>();
  const kinds = new Set<string>();
  for (const key of Object.keys(KINDS)) {
    const dot = key.indexOf('.');
    groups.add(dot === -1 ? '' : key.slice(dot + 1));
    kinds.add(dot === -1 ? key : key.slice(0, dot));
  }
  kept.names = { groups, kinds };
  return kept.names;
}

const kept: { names: Names | undefined } = { names: undefined };

function kindsIn(group: string): readonly string[] {
  const suffix = group === '' ? '' : `.${group}`;
  return Object.keys(KINDS)
    .filter((key) => (group === '' ? !key.includes('.') : key.slice(key.indexOf('.')) === suffix))
    .map((key) => key.slice(0, key.length - suffix.length));
}
