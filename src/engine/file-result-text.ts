import type { FileResult } from './run-file.ts';

/** An integer that JSON has no word for; a NUL cannot begin a string of a manifest by accident. */
const BIGINT = '\0integer:';

/** A result as one line of JSON: what a cache stores and a shard hands on. */
export function encodeResult(result: FileResult): string {
  return JSON.stringify(result, (_, value: unknown) => (typeof value === 'bigint' ? `${BIGINT}${value}` : value));
}

export function decodeResult(text: string): FileResult {
  if (!text.includes('\\u0000integer:')) return JSON.parse(text) as FileResult;
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(BIGINT) ? BigInt(value.slice(BIGINT.length)) : value,
  ) as FileResult;
}
