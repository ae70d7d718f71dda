import { didYouMean } from './did-you-mean.ts';
import { KINDS } from './kinds-table.ts';
import { apiState, livesOf } from './lifecycle.ts';

/** What a kind that Kubernetes does not have was probably meant to be. */
export type MeantKind =
  | { readonly is: 'kind'; readonly near: string }
  | { readonly is: 'group'; readonly apiVersion: string };

/** Undefined where it is more likely a custom resource, or where nothing is near. */
export function suggestKind(group: string, version: string, kind: string, minor: number): MeantKind | undefined {
  const groups = groupsOf();
  if (groups.has(group)) {
    const near = didYouMean(kind, kindsIn(group));
    if (near !== undefined)
      return apiState(group, version, near, minor)?.is === 'served' ? { is: 'kind', near } : undefined;
  } else if (group.includes('.') && didYouMean(group, groups) === undefined) {
    return undefined;
  }
  if (group === '' && NOT_OBJECTS.has(kind)) return undefined;
  const homes = [...groups].filter((each) => Object.hasOwn(KINDS, each === '' ? kind : `${kind}.${each}`));
  for (const home of homes) {
    const served = livesOf(home, kind).find((life) => apiState(home, life.version, kind, minor)?.is === 'served');
    if (served !== undefined)
      return { is: 'group', apiVersion: home === '' ? served.version : `${home}/${served.version}` };
  }
  return undefined;
}

/** Kinds of the core group's name that are read by clients, not by the API server. */
const NOT_OBJECTS: ReadonlySet<string> = new Set(['Config', 'EncryptionConfig', 'List', 'Policy', 'Status']);

function groupsOf(): ReadonlySet<string> {
  const groups = new Set<string>();
  for (const key of Object.keys(KINDS)) groups.add(key.includes('.') ? key.slice(key.indexOf('.') + 1) : '');
  return groups;
}

function kindsIn(group: string): readonly string[] {
  const suffix = group === '' ? '' : `.${group}`;
  return Object.keys(KINDS)
    .filter((key) => (group === '' ? !key.includes('.') : key.slice(key.indexOf('.')) === suffix))
    .map((key) => key.slice(0, key.length - suffix.length));
}
