/** The order of UTF-16 units, which is the same on every machine and in every language. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
