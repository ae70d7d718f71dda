/** A word of a Corefile, quotes taken off. Offsets are into the text, quotes included. */
export interface CorefileWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One line of a Corefile, `forward . 9.9.9.9 { … }`, with the lines of its block. */
export interface Directive {
  readonly words: readonly CorefileWord[];
  readonly block: readonly Directive[];
}

/** A server of a Corefile: the zones it answers for, and its plugins. A snippet is one with a name in brackets. */
export type ServerBlock = Directive;

/**
 * Reads a Corefile as the Caddyfile that it is: words parted by blanks, comments from a `#` that begins a word, and a
 * `{` at the end of a line that opens a block. Undefined where the braces do not match, with which CoreDNS does not
 * start. Nothing is imported and no `{$VARIABLE}` replaced.
 */
export function parseCorefile(text: string): readonly Directive[] | undefined {
  const root: Directive[] = [];
  const open: { readonly lines: Directive[]; readonly words: readonly CorefileWord[] }[] = [];
  let lines = root;
  for (const words of linesOf(text)) {
    const last = words.at(-1)!;
    if (words.length === 1 && last.text === '}' && !isQuoted(text, last)) {
      const closed = open.pop();
      if (closed === undefined) return undefined;
      closed.lines.push({ words: closed.words, block: lines });
      lines = closed.lines;
    } else if (last.text === '{' && !isQuoted(text, last)) {
      if (open.length >= MAX_DEPTH) return undefined;
      open.push({ lines, words: words.slice(0, -1) });
      lines = [];
    } else {
      lines.push({ words, block: [] });
    }
  }
  return open.length === 0 ? root : undefined;
}

const MAX_DEPTH = 20;

/** The words of each line that has any; quotes may go over lines. */
function linesOf(text: string): readonly (readonly CorefileWord[])[] {
  const lines: CorefileWord[][] = [];
  let line: CorefileWord[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '\n') {
      if (line.length > 0) lines.push(line);
      line = [];
      at++;
    } else if (char === ' ' || char === '\t' || char === '\r') {
      at++;
    } else if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else {
      const word = char === '"' ? quotedWord(text, at) : plainWord(text, at);
      line.push(word);
      at = word.end;
    }
  }
  if (line.length > 0) lines.push(line);
  return lines;
}

function plainWord(text: string, start: number): CorefileWord {
  let end = start;
  while (end < text.length && !' \t\r\n'.includes(text[end]!)) end++;
  return { text: text.slice(start, end), start, end };
}

function quotedWord(text: string, start: number): CorefileWord {
  let value = '';
  let at = start + 1;
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\' && text[at + 1] === '"') at++;
    value += text[at];
    at++;
  }
  return { text: value, start, end: Math.min(at + 1, text.length) };
}

function isQuoted(text: string, word: CorefileWord): boolean {
  return text[word.start] === '"';
}
