import type { FixProposal } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { Replacement } from '../../k8s/schema/lifecycle.ts';

/** `apiVersion` as the manifest means it: items of a typed list may leave it out. */
export function apiVersionOf({ head: { group, version } }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `, use apps/v1` with what else changes; empty where nothing takes its place. */
export function useInstead(replacement: Replacement | undefined, kind: string, note: string | undefined): string {
  const other = replacement === undefined || replacement.kind === kind ? '' : ` ${replacement.kind}`;
  const use = replacement === undefined ? '' : `, use ${replacement.apiVersion}${other}`;
  return note === undefined ? use : `${use} (${note})`;
}

/** Where nothing but the version string changes, that is the fix. */
export function migration(
  resource: Resource,
  replacement: Replacement | undefined,
): { readonly fix: FixProposal } | undefined {
  const node = resource.root.get('apiVersion');
  if (replacement === undefined || !replacement.pure || replacement.kind !== resource.head.kind || !node.present) {
    return undefined;
  }
  const { apiVersion } = replacement;
  return {
    fix: {
      title: `Change apiVersion to ${apiVersion}`,
      safety: 'safe',
      changes: [{ op: 'set', path: node.steps, value: apiVersion }],
    },
  };
}
