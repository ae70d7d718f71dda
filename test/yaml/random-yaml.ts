/** A small generator that gives the same numbers for the same seed everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state / 0x1_0000_0000;
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/** Changes a text in a few places the way people and hostile people do. */
export function mutate(random: Random, text: string): string {
  let changed = random.chance(0.5) ? excerpt(random, text) : text;
  const edits = 1 + random.below(4);
  for (let edit = 0; edit < edits; edit++) changed = mutateOnce(random, changed);
  return changed;
}

/** Changes how a text is written in one place or two, and mostly not what it means. */
export function restyle(random: Random, text: string): string {
  let changed = text;
  const edits = 1 + random.below(2);
  for (let edit = 0; edit < edits; edit++) changed = restyleOnce(random, changed);
  return changed;
}

/** Makes a short YAML text up from the grammar, mostly sound. */
export function synthesize(random: Random): string {
  const documents = random.chance(0.1) ? 2 : 1;
  const texts: string[] = [];
  for (let document = 0; document < documents; document++) {
    texts.push(block(random, 0, 3));
  }
  const text = texts.join('---\n');
  return random.chance(0.3) ? mutateOnce(random, text) : text;
}

const FRAGMENTS = [
  ' ',
  '  ',
  '\t',
  '\n',
  '\r\n',
  '\n\n',
  ':',
  ': ',
  '- ',
  '-',
  '? ',
  '#',
  ' # c',
  '"',
  "'",
  '|',
  '>',
  '|-\n',
  '>+\n',
  '|2\n',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '!!str ',
  '!!int ',
  '! ',
  '!x ',
  '<<: *a',
  '<<: {a: 1}',
  '---\n',
  '\n---\n',
  '...\n',
  '%YAML 1.1\n',
  '\\',
  '\\n',
  '\\/',
  '\\x41',
  '\\u00e9',
  '@',
  '`',
  '~',
  'null',
  'yes',
  'y: 1',
  '0644',
  '0x1F',
  '1_000',
  '1.5',
  '1e3',
  '.inf',
  '12:30:45',
  '2001-01-01',
  '\ufeff',
  '\u00a0',
  '\u2028',
  '\u0085',
  '\u0001',
  '\r',
  'é',
  '😀',
  'a: b',
  'key:',
  '- a\n',
  '  k: v\n',
  '? k\n',
  ': v\n',
  '""',
  "''",
  '[]',
  '{}',
  'a',
  'b c',
] as const;

function excerpt(random: Random, text: string): string {
  const lines = text.split('\n');
  const from = random.below(lines.length);
  return lines.slice(from, from + 1 + random.below(8)).join('\n');
}

function mutateOnce(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  switch (random.below(11)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
    case 2:
    case 3:
      return text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at);
    case 4: {
      const length = random.below(6);
      return text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at + length);
    }
    case 5: {
      const lines = text.split('\n');
      const line = random.below(lines.length);
      lines.splice(line, 1);
      return lines.join('\n');
    }
    case 6: {
      const lines = text.split('\n');
      const line = random.below(lines.length);
      lines.splice(line, 0, lines[random.below(lines.length)]!);
      return lines.join('\n');
    }
    case 7: {
      const lines = text.split('\n');
      const line = random.below(lines.length);
      lines[line] = random.chance(0.5) ? ` ${lines[line]}` : lines[line]!.replace(/^ {1,2}/, '');
      return lines.join('\n');
    }
    case 8: {
      const lines = text.split('\n');
      const line = random.below(lines.length);
      lines[line] += random.pick([' # comment', '#', ' ', '\t', ' \t# c', ':', ' |', ' >-', '\r']);
      return lines.join('\n');
    }
    case 9:
      return random.chance(0.3) ? text.replaceAll('\n', '\r\n') : text.slice(0, at);
    default: {
      const from = random.below(text.length + 1);
      return text.slice(0, at) + text.slice(from, from + random.below(20)) + text.slice(at);
    }
  }
}

function restyleOnce(random: Random, text: string): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = lines[at]!;
  switch (random.below(12)) {
    case 0:
      lines[at] = `${line}${random.pick(['  # comment', ' #', '   ', ' # "quoted: {text"'])}`;
      break;
    case 1:
      lines.splice(at, 0, random.pick(['# comment', '', '   ', '      # deeper', '#']));
      break;
    case 2:
      lines[at] = line.replace(/: (\S.*)$/, (_, value: string) => `: ${JSON.stringify(value)}`);
      break;
    case 3:
      lines[at] = line.replace(/: (\S.*)$/, (_, value: string) => `: '${value.replaceAll("'", "''")}'`);
      break;
    case 4:
      lines[at] = line.replace(/: /, random.pick([':  ', ' : ', ':   ']));
      break;
    case 5:
      return lines.join('\r\n');
    case 6:
      lines[at] = line.replace(
        /: (\S.*)$/,
        (_, value: string) => `: ${random.pick(SCALARS)} ${random.chance(0.5) ? value : ''}`,
      );
      break;
    case 7:
      lines[at] = line.replace(/^( *)(- )?(.*?): .*$/, (_, pad: string, dash = '', key: string) => {
        const inner = `${pad}${dash === '' ? '' : '  '}`;
        const header = random.pick(['|', '>', '|-', '>-', '|+', '>+', '|2', '>3-']);
        return `${pad}${dash}${key}: ${header}\n${inner}  text\n${random.pick(['', '\n', `${inner}    more\n`, `${inner}  # no comment\n`])}${inner}  end`;
      });
      break;
    case 8:
      lines[at] = line.replace(
        /: .*$/,
        `: ${random.pick(['{a: 1, b: [x, "y"]}', '[]', '{}', '[a, 1, yes, ~]', '[\n  a,\n  b\n]', '{a: {b: c}, }'])}`,
      );
      break;
    case 9:
      lines[at] = line.replace(
        /: (\S+)$/,
        (_, value: string) =>
          `: ${value}\n${' '.repeat(random.below(12))}${random.pick(['more', 'and - more', '# comment'])}`,
      );
      break;
    case 10:
      lines[at] = ` ${line}`;
      break;
    default:
      lines[at] = line.replace(
        /^( *)([\w-]+):/,
        (_, pad: string, key: string) => `${pad}${random.pick([`"${key}"`, `'${key}'`, 'yes', '0644', 'a b'])}:`,
      );
  }
  return lines.join('\n');
}

const SCALARS = [
  'a',
  'b',
  'word',
  'two words',
  '1',
  '0',
  '-1',
  '0644',
  '0o17',
  '0899',
  '1_000',
  '0x1F',
  '0b101',
  '1.5',
  '.5',
  '1e3',
  '-0',
  '1.',
  '+1',
  '12e',
  '123456789012345678',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551616',
  'true',
  'False',
  'yes',
  'No',
  'on',
  'OFF',
  'y',
  'n',
  '~',
  'null',
  '',
  'Null',
  '12:30:45',
  '2001-01-01',
  '2001-12-14t21:59:43.10-05:00',
  '"quoted"',
  '"esc \\n \\t \\"x\\""',
  '"\\x41\\u00e9"',
  '"a\\\\b"',
  "'single'",
  "'it''s'",
  '""',
  "''",
  '[]',
  '{}',
  'http://a.b/c',
  'a:b',
  'a#b',
  'a-b',
  '-a',
  '?a',
  ':a',
  'img:1.2',
  'img@sha256:abc',
  '*.example',
  '<none>',
  '/path',
  '$(VAR)',
  '50%',
  '{{ x }}',
  '@at',
  '`tick',
  '"multi\n  line"',
  "'multi\n\n  line'",
  'fold\n  ed',
] as const;

const KEYS = [
  'a',
  'b',
  'c',
  'name',
  'y',
  'on',
  '1',
  '0644',
  '1.5',
  '"q"',
  "'s'",
  'a b',
  'a/b.c',
  'a-b',
  '~',
  'null',
  '__proto__',
  'constructor',
  'image',
  'metadata',
  'x:y',
  '<<',
  '? a',
  '!!str a',
  '&k a',
] as const;

function block(random: Random, indent: number, depth: number): string {
  const pad = ' '.repeat(indent);
  const isMap = random.chance(0.7);
  const count = 1 + random.below(3);
  let text = '';
  for (let entry = 0; entry < count; entry++) {
    if (random.chance(0.08))
      text += random.pick(['\n', '# comment\n', `${pad}# comment\n`, `${pad}  # deeper\n`, '   \n']);
    const key = isMap ? `${random.chance(0.85) ? random.pick(KEYS.slice(0, 20)) : random.pick(KEYS)}:` : '-';
    const deeper = depth > 0 && random.chance(0.45);
    if (!deeper) {
      text += `${pad}${key}${inline(random, indent)}`;
      continue;
    }
    if (!isMap && random.chance(0.6)) {
      text += `${pad}- ${block(random, indent + 2, depth - 1).slice(indent + 2)}`;
      continue;
    }
    const step = random.pick(isMap ? [0, 1, 2, 2, 2, 4] : [1, 2, 2, 4]);
    text += `${pad}${key}${random.pick(['', '', '', ' # c', ' ', ' &a', ' !!map'])}\n${block(random, indent + step, depth - 1)}`;
  }
  return text;
}

function inline(random: Random, indent: number): string {
  const end = random.pick(['\n', '\n', '\n', '\n', ' # comment\n', ' \n', '\r\n', ' #\n']);
  const props = random.chance(0.06)
    ? random.pick(['&a ', '!!str ', '!!int ', '!x ', '! ', '!!null ', '!!binary ', '!!float ', '&b !!str '])
    : '';
  const roll = random.next();
  if (roll < 0.65) return ` ${props}${random.pick(SCALARS)}${end}`;
  if (roll < 0.7) return ` ${random.pick(['*a', '*b', '&a x', '*a '])}${end}`;
  if (roll < 0.85) return ` ${props}${flow(random, 2)}${end}`;
  const header = random.pick(['|', '>', '|-', '>-', '|+', '>+', '|2', '>1-', '|-2']);
  const pad = ' '.repeat(indent + random.pick([1, 2, 2, 2, 3]));
  let text = ` ${header}${random.pick(['', '', '', ' # c', ' '])}\n`;
  const lines = random.below(5);
  for (let line = 0; line < lines; line++) {
    text += random.pick([
      `${pad}text\n`,
      `${pad}text\n`,
      `${pad}more text # no comment\n`,
      '\n',
      `${pad}\n`,
      `${pad}  deeper\n`,
      `${pad}- x: "y\n`,
      `${pad}\ttab\n`,
      ' \n',
      '# comment\n',
    ]);
  }
  return text;
}

function flow(random: Random, depth: number): string {
  const isMap = random.chance(0.5);
  const count = random.below(4);
  const items: string[] = [];
  for (let item = 0; item < count; item++) {
    const value = depth > 0 && random.chance(0.3) ? flow(random, depth - 1) : random.pick(SCALARS);
    items.push(isMap ? `${random.pick(KEYS)}${random.pick([': ', ': ', ': ', ':', ' : ', ''])}${value}` : value);
  }
  const inner = items.join(random.pick([', ', ',', ' , ', ',\n  ', ', # c\n  ']));
  const last = random.chance(0.1) ? ',' : '';
  const [open, close] = isMap ? ['{', '}'] : ['[', ']'];
  return `${open}${random.pick(['', '', ' ', '\n  '])}${inner}${last}${random.pick(['', '', ' ', '\n  '])}${close}`;
}
