/** The build puts the first steps of all rules here; in the source every rule carries its own page. */
export function builtinStep(id: string): string {
  throw new Error(`rule ${id} has no page`);
}
