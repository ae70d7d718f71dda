/**
 * Text from a manifest as it may be shown: no control character reaches a terminal, no change of writing direction
 * hides what follows, and no line becomes a command to the CI system that reads our output.
 */
export function plain(text: string): string {
  if (!/[^ -~]|##|::/.test(text)) return text;
  return text
    .replaceAll(HARMFUL, escaped)
    .replaceAll(COMMAND_MARK, '#\\#')
    .replace(/^(\s*):(?=:)/, '$1\\:');
}

/** The same for JSON and other formats in which `\uXXXX` stands for a character: what JSON itself leaves as it is. */
export function plainJson(json: string): string {
  const harmless = UNESCAPED_BY_JSON.test(json) ? json.replaceAll(HARMFUL_BEYOND_ASCII, unicodeEscape) : json;
  return harmless.includes('##') ? harmless.replaceAll(COMMAND_MARK, '#\\u0023') : harmless;
}

// `##[error]` and `##vso[task…]` are commands wherever they stand in a line.
const COMMAND_MARK = /##(?=\w*\[)/g;

// C0 and C1 controls, line and paragraph separators, marks and overrides of direction, invisible tags, lone surrogates.
const BEYOND_ASCII = '\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ufff9-\\ufffb';
const HARMFUL = new RegExp(
  `[\\u0000-\\u001f${BEYOND_ASCII}]|${'[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]'}`,
  'g',
);
const HARMFUL_BEYOND_ASCII = new RegExp(`[${BEYOND_ASCII}]`, 'g');
const UNESCAPED_BY_JSON = new RegExp(`[${BEYOND_ASCII}]`);

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  return SHORT[character] ?? unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
