/**
 * V8 makes a long substring by pointing into the text it was cut from, and so keeps the whole text alive. What outlives
 * its file has to own its characters. Shorter strings are copied by V8 anyway.
 */
const SLICED_FROM = 13;

export function ownString(text: string): string {
  // Joining copies the characters, and is the cheapest that does.
  return text.length < SLICED_FROM ? text : [text.slice(0, 1), text.slice(1)].join('');
}

/** A copy of plain data whose strings are its own. Keys are interned by V8 and never slices. */
export function ownValue<T>(value: T): T;
export function ownValue(value: unknown): unknown {
  if (typeof value === 'string') return ownString(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => ownValue(item));
  const prototype: object | null = Object.getPrototypeOf(value);
  const copy: Record<string, unknown> = prototype === Object.prototype ? {} : Object.create(prototype);
  for (const key in value) copy[key] = ownValue((value as Record<string, unknown>)[key]);
  return copy;
}
