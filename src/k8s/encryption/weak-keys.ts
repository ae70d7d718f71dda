/** Keys that stand in documentation, as the text that is encoded there. */
const SAMPLES = [
  'secret is secure',
  'this is password',
  'abcdefghijklmnopqrstuvwxyz123456',
  'abcdefghijklmnopqrstuvwxyz012345',
  '0123456789abcdef',
  '0123456789abcdef0123456789abcdef',
  '01234567890123456789012345678901',
];

/** Why a key protects nothing; undefined for one that may be random. */
export function weaknessOf(key: Uint8Array): 'sample' | 'repetitive' | 'printable' | undefined {
  let text = '';
  for (const byte of key) text += String.fromCharCode(byte);
  const bare = text.replace(/[\n\r]+$/, '');
  if (SAMPLES.includes(bare)) return 'sample';
  if (new Set(key).size <= 4) return 'repetitive';
  // Hexadecimal digits of a random number are text too, and still 128 bits or more.
  if (/^(?:[0-9a-f]{32}|[0-9A-F]{32})$/.test(bare) && new Set(bare).size >= 8) return undefined;
  return /^[\x20-\x7e\n\r]+$/.test(text) ? 'printable' : undefined;
}
