import type { Credential } from '../../k8s/secret-patterns.ts';
import { hintOf } from '../../k8s/secret-patterns.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { scalarOffsets } from '../../yaml/scalar-offsets.ts';

/** `GitHub token (ghp_…, 40 characters)`: what was found, never the thing itself. */
export function describe(found: Credential, value: string): string {
  return found.isDefault === true ? found.kind : `${found.kind} (${hintOf(value.slice(found.start, found.end))})`;
}

/** The place of the credential inside its scalar. */
export function partOf(
  node: AnyNode,
  start: number,
  end: number,
): { readonly part?: { readonly start: number; readonly end: number } } {
  const offsets = scalarOffsets(node);
  if (offsets === undefined || end <= start) return {};
  const begin = node.span.start;
  const from = offsets(start) - begin;
  const to = offsets(end - 1) + 1 - begin;
  return to > from ? { part: { start: from, end: to } } : {};
}
