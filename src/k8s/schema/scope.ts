import { KINDS } from './kinds-table.ts';

/** Whether objects of the kind live in a namespace; undefined for kinds that are not Kubernetes' own. */
export function isNamespaced(group: string, kind: string): boolean | undefined {
  const entry = kindEntry(group, kind);
  if (entry === undefined || entry.startsWith('-')) return undefined;
  return entry.startsWith('n');
}

/** Whether the kind is or was one of Kubernetes' own, in any version. */
export function knownKind(group: string, kind: string): boolean {
  return kindEntry(group, kind) !== undefined;
}

/** The row of the kind as `kinds-table.ts` writes it. */
export function kindEntry(group: string, kind: string): string | undefined {
  const key = group === '' ? kind : `${kind}.${group}`;
  return Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
}
