import type { RuleDocs } from './rule.ts';

/** The build puts the pages of all rules here; in the source every rule carries its own. */
export function builtinDocs(id: string): RuleDocs {
  throw new Error(`rule ${id} has no page`);
}
