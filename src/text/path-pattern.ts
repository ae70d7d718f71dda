/**
 * Path patterns as in .gitignore: `*` and `?` stop at `/`, `**` does not, a pattern without an inner `/` matches at
 * any depth, a match of a folder covers what is in it, `!` takes back. Paths are '/'-separated and relative to the
 * folder that the patterns speak of.
 */
export interface PathPattern {
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  readonly expression: RegExp;
}

export function parsePathPatterns(lines: readonly string[]): readonly PathPattern[] {
  const patterns: PathPattern[] = [];
  for (const line of lines) {
    const pattern = parsePathPattern(line);
    if (pattern !== undefined) patterns.push(pattern);
  }
  return patterns;
}

/** The last pattern with an opinion wins: true for matched, false for taken back, undefined for not mentioned. */
export function matchPath(patterns: readonly PathPattern[], path: string, isFolder: boolean): boolean | undefined {
  for (let index = patterns.length - 1; index >= 0; index--) {
    const { negated, foldersOnly, expression } = patterns[index]!;
    if (foldersOnly && !isFolder) continue;
    if (expression.test(path)) return !negated;
  }
  return undefined;
}

/** Whether a file is meant, by itself or through a folder that it is in. */
export function matchesFile(patterns: readonly PathPattern[], path: string): boolean {
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    if (matchPath(patterns, path.slice(0, slash), true) === true) return true;
  }
  return matchPath(patterns, path, false) === true;
}

/** A name with `*` and `?` for any text and any character. */
export function parseNamePattern(pattern: string): RegExp {
  const source = pattern.replace(/[\\^$.|+()[\]{}*?]/g, (sign) =>
    sign === '*' ? '.*' : sign === '?' ? '.' : `\\${sign}`,
  );
  return new RegExp(`^${source}$`, 's');
}

function parsePathPattern(line: string): PathPattern | undefined {
  // Blanks at the end do not count, unless a backslash keeps them.
  let rest = line.replace(/\r$/, '').replace(/(?<!\\) +$/, '');
  if (rest === '' || rest.startsWith('#')) return undefined;
  const negated = rest.startsWith('!');
  if (negated) rest = rest.slice(1);
  const foldersOnly = rest.endsWith('/');
  if (foldersOnly) rest = rest.slice(0, -1);
  if (rest === '' || rest === '/') return undefined;
  const anchored = rest.includes('/');
  if (rest.startsWith('/')) rest = rest.slice(1);
  const source = globSource(rest);
  if (source === undefined) return undefined;
  return { negated, foldersOnly, expression: new RegExp(anchored ? `^${source}$` : `(?:^|/)${source}$`, 's') };
}

function globSource(glob: string): string | undefined {
  let source = '';
  for (let at = 0; at < glob.length; at++) {
    const sign = glob[at]!;
    if (sign === '\\') {
      if (++at === glob.length) return undefined;
      source += escaped(glob[at]!);
    } else if (sign === '?') {
      source += '[^/]';
    } else if (sign === '[') {
      const set = bracket(glob, at);
      if (set === undefined) return undefined;
      source += set.source;
      at = set.end;
    } else if (sign !== '*') {
      source += escaped(sign);
    } else {
      const start = at;
      while (glob[at + 1] === '*') at++;
      const whole = at - start === 1 && (start === 0 || glob[start - 1] === '/');
      if (whole && glob[at + 1] === '/') {
        source += '(?:[^/]+/)*';
        at++;
      } else if (whole && at + 1 === glob.length) {
        source += '.+';
      } else {
        source += '[^/]*';
      }
    }
  }
  return source;
}

function bracket(glob: string, open: number): { readonly source: string; readonly end: number } | undefined {
  let at = open + 1;
  const negated = glob[at] === '!' || glob[at] === '^';
  if (negated) at++;
  let set = '';
  for (const first = at; at < glob.length; at++) {
    let sign = glob[at]!;
    if (sign === ']' && at > first) {
      const source = negated ? `[^/${set}]` : `(?!/)[${set}]`;
      try {
        new RegExp(source);
      } catch {
        // A range from high to low: git takes such a pattern to match nothing.
        return undefined;
      }
      return { source, end: at };
    }
    if (sign === '[' && glob[at + 1] === ':') {
      const end = glob.indexOf(':]', at + 2);
      const members = end === -1 ? undefined : CHARACTER_CLASSES[glob.slice(at + 2, end)];
      if (members === undefined) return undefined;
      set += members;
      at = end + 1;
      continue;
    }
    if (sign === '\\') sign = glob[++at] ?? '';
    set += sign === '-' ? '-' : escaped(sign);
  }
  return undefined;
}

const CHARACTER_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  xdigit: '0-9A-Fa-f',
  punct: '!-\\/:-@\\[-`{-~',
};

function escaped(sign: string): string {
  return /[\\^$.|+()[\]{}*?/-]/.test(sign) ? `\\${sign}` : sign;
}
