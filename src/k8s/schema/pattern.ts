/**
 * Regular expressions as Go's regexp reads them, matched in time proportional to the text: the patterns come from
 * CustomResourceDefinitions that anyone may have written, and JavaScript's own matcher can be kept busy for ever by ten
 * characters. Undefined for patterns that are malformed, use what is not supported here, or grow beyond all measure.
 */
export function compilePattern(source: string): Pattern | undefined {
  if (source.length > MAX_SOURCE) return undefined;
  try {
    const program: Instruction[] = [];
    const tree = new Parser(source).parse();
    emit(tree, program);
    program.push({ op: 'match' });
    return new Pattern(program);
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

const MAX_SOURCE = 4096;
const MAX_PROGRAM = 4000;
const MAX_REPEAT = 1000;
/** Steps of the matcher for one text; beyond it the answer is not known. */
const MAX_STEPS = 4_000_000;

export class Pattern {
  readonly #program: readonly Instruction[];

  constructor(program: readonly Instruction[]) {
    this.#program = program;
  }

  /** Whether the pattern matches anywhere in the text; undefined where that would take too long. */
  matches(text: string): boolean | undefined {
    const program = this.#program;
    const characters = Array.from(text, (character) => character.codePointAt(0)!);
    if (characters.length * program.length > MAX_STEPS) return undefined;
    let current: number[] = [];
    let next: number[] = [];
    const seen = new Int32Array(program.length).fill(-1);
    for (let at = 0; at <= characters.length; at++) {
      // A match may begin anywhere.
      if (this.#add(0, at, characters, current, seen)) return true;
      const character = characters[at];
      if (character === undefined) return false;
      next = [];
      for (const index of current) {
        const instruction = program[index]!;
        if (
          instruction.op === 'set' &&
          instruction.has(character) &&
          this.#add(index + 1, at + 1, characters, next, seen)
        ) {
          return true;
        }
      }
      current = next;
    }
    return false;
  }

  /** Follows what consumes nothing; true where that arrives at the end. `seen` holds the position, so each is added once. */
  #add(start: number, at: number, characters: readonly number[], into: number[], seen: Int32Array): boolean {
    const todo = [start];
    while (todo.length > 0) {
      const index = todo.pop()!;
      if (seen[index] === at) continue;
      seen[index] = at;
      const instruction = this.#program[index]!;
      switch (instruction.op) {
        case 'match':
          return true;
        case 'set':
          into.push(index);
          break;
        case 'split':
          todo.push(instruction.second, instruction.first);
          break;
        case 'jump':
          todo.push(instruction.to);
          break;
        case 'assert':
          if (instruction.holds(characters[at - 1], characters[at])) todo.push(index + 1);
          break;
      }
    }
    return false;
  }
}

type Instruction =
  | { readonly op: 'set'; readonly has: (character: number) => boolean }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { readonly op: 'assert'; readonly holds: (before: number | undefined, after: number | undefined) => boolean }
  | { readonly op: 'match' };

type Tree =
  | { readonly is: 'empty' }
  | { readonly is: 'set'; readonly has: (character: number) => boolean }
  | { readonly is: 'assert'; readonly holds: (before: number | undefined, after: number | undefined) => boolean }
  | { readonly is: 'sequence'; readonly items: readonly Tree[] }
  | { readonly is: 'choice'; readonly items: readonly Tree[] }
  | { readonly is: 'repeat'; readonly item: Tree; readonly least: number; readonly most: number };

class Unsupported extends Error {}

interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
}

/** Recursive descent over RE2's syntax. */
class Parser {
  readonly #source: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = Array.from(source);
  }

  parse(): Tree {
    const tree = this.#choice({ ignoreCase: false, dotAll: false, multiline: false });
    if (this.#at < this.#source.length) throw new Unsupported();
    return tree;
  }

  #choice(flags: Flags): Tree {
    if (++this.#depth > 200) throw new Unsupported();
    const items = [this.#sequence(flags)];
    while (this.#take('|')) items.push(this.#sequence(flags));
    this.#depth--;
    return items.length === 1 ? items[0]! : { is: 'choice', items };
  }

  #sequence(outer: Flags): Tree {
    let flags = outer;
    const items: Tree[] = [];
    while (this.#at < this.#source.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const changed = this.#flagsOnly(flags);
      if (changed !== undefined) {
        flags = changed;
        continue;
      }
      items.push(this.#repeated(this.#atom(flags)));
    }
    return items.length === 0 ? { is: 'empty' } : items.length === 1 ? items[0]! : { is: 'sequence', items };
  }

  #repeated(atom: Tree): Tree {
    let tree = atom;
    let times = 0;
    for (;;) {
      const range = this.#quantifier();
      if (range === undefined) return tree;
      // RE2 refuses `a**`.
      if (++times > 1) throw new Unsupported();
      this.#take('?');
      tree = { is: 'repeat', item: tree, ...range };
    }
  }

  #quantifier(): { readonly least: number; readonly most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { least: 0, most: 1 };
    if (this.#peek() !== '{') return undefined;
    const match = /^\{(\d{1,5})(,?)(\d{0,5})\}/.exec(this.#source.slice(this.#at, this.#at + 16).join(''));
    // To RE2 a brace that is no count is itself.
    if (match === null) return undefined;
    this.#at += match[0].length;
    const least = Number(match[1]);
    const most = match[2] === '' ? least : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (least > MAX_REPEAT || (most !== Number.POSITIVE_INFINITY && (most > MAX_REPEAT || most < least))) {
      throw new Unsupported();
    }
    return { least, most };
  }

  #flagsOnly(flags: Flags): Flags | undefined {
    const match = /^\(\?([imsU-]+)\)/.exec(this.#source.slice(this.#at, this.#at + 12).join(''));
    if (match === null) return undefined;
    this.#at += match[0].length;
    return withFlags(flags, match[1]!);
  }

  #atom(flags: Flags): Tree {
    const character = this.#next();
    switch (character) {
      case '(': {
        let inner = flags;
        const head = /^\?(?:P?<\w+>|([imsU-]*):)/.exec(this.#source.slice(this.#at, this.#at + 80).join(''));
        if (head !== null) {
          this.#at += Array.from(head[0]).length;
          if (head[1] !== undefined && head[1] !== '') inner = withFlags(flags, head[1]);
        } else if (this.#peek() === '?') throw new Unsupported();
        const tree = this.#choice(inner);
        if (!this.#take(')')) throw new Unsupported();
        return tree;
      }
      case '[':
        return { is: 'set', has: fold(this.#class(), flags) };
      case '.':
        return { is: 'set', has: flags.dotAll ? () => true : (each) => each !== NEWLINE };
      case '^':
        return { is: 'assert', holds: (before) => before === undefined || (flags.multiline && before === NEWLINE) };
      case '$':
        return { is: 'assert', holds: (_, after) => after === undefined || (flags.multiline && after === NEWLINE) };
      case '\\':
        return this.#escape(flags);
      case '*':
      case '+':
      case '?':
      case ')':
        throw new Unsupported();
      default: {
        const code = character.codePointAt(0)!;
        return { is: 'set', has: fold((each) => each === code, flags) };
      }
    }
  }

  #escape(flags: Flags): Tree {
    const character = this.#next();
    switch (character) {
      case 'b':
        return { is: 'assert', holds: (before, after) => isWord(before) !== isWord(after) };
      case 'B':
        return { is: 'assert', holds: (before, after) => isWord(before) === isWord(after) };
      case 'A':
        return { is: 'assert', holds: (before) => before === undefined };
      case 'z':
        return { is: 'assert', holds: (_, after) => after === undefined };
    }
    const set = PERL_CLASSES[character];
    if (set !== undefined) return { is: 'set', has: set };
    const code = this.#escapedCode(character);
    return { is: 'set', has: fold((each) => each === code, flags) };
  }

  #escapedCode(character: string): number {
    const plain = CONTROL[character];
    if (plain !== undefined) return plain;
    if (character === 'x') {
      const match = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(
        this.#source.slice(this.#at, this.#at + 10).join(''),
      );
      if (match === null) throw new Unsupported();
      this.#at += match[0].length;
      return Number.parseInt(match[1] ?? match[2]!, 16);
    }
    if (/^[A-Za-z0-9]$/.test(character)) throw new Unsupported();
    return character.codePointAt(0)!;
  }

  #class(): (character: number) => boolean {
    const negated = this.#take('^');
    const tests: ((character: number) => boolean)[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const character = this.#next();
      if (character === '[' && this.#peek() === ':') {
        tests.push(this.#posix());
        continue;
      }
      let low: number;
      if (character === '\\') {
        const escaped = this.#next();
        const set = PERL_CLASSES[escaped];
        if (set !== undefined) {
          tests.push(set);
          continue;
        }
        low = this.#escapedCode(escaped);
      } else low = character.codePointAt(0)!;
      let high = low;
      if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']') {
        this.#at++;
        const end = this.#next();
        high = end === '\\' ? this.#escapedCode(this.#next()) : end.codePointAt(0)!;
        if (high < low) throw new Unsupported();
      }
      tests.push((each) => each >= low && each <= high);
    }
    this.#at++;
    return (each) => tests.some((test) => test(each)) !== negated;
  }

  #posix(): (character: number) => boolean {
    const match = /^:(\^?)(\w+):\]/.exec(this.#source.slice(this.#at, this.#at + 12).join(''));
    const pattern = match === null ? undefined : POSIX_CLASSES[match[2]!];
    if (match === null || pattern === undefined) throw new Unsupported();
    this.#at += match[0].length;
    const negated = match[1] === '^';
    return (each) => pattern.test(String.fromCodePoint(each)) !== negated;
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #next(): string {
    const character = this.#source[this.#at++];
    if (character === undefined) throw new Unsupported();
    return character;
  }

  #take(character: string): boolean {
    if (this.#source[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

const NEWLINE = 10;
const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

const isDigit = (character: number) => character >= 48 && character <= 57;
const isSpace = (character: number) => character === 32 || (character >= 9 && character <= 13 && character !== 11);

function isWord(character: number | undefined): boolean {
  if (character === undefined) return false;
  return (
    isDigit(character) ||
    (character >= 65 && character <= 90) ||
    (character >= 97 && character <= 122) ||
    character === 95
  );
}

const PERL_CLASSES: Readonly<Record<string, (character: number) => boolean>> = {
  d: isDigit,
  D: (character) => !isDigit(character),
  w: isWord,
  W: (character) => !isWord(character),
  s: isSpace,
  S: (character) => !isSpace(character),
};

const POSIX_CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /^[0-9A-Za-z]$/,
  alpha: /^[A-Za-z]$/,
  ascii: /^[\x00-\x7f]$/,
  blank: /^[\t ]$/,
  cntrl: /^[\x00-\x1f\x7f]$/,
  digit: /^[0-9]$/,
  graph: /^[!-~]$/,
  lower: /^[a-z]$/,
  print: /^[ -~]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[\t\n\v\f\r ]$/,
  upper: /^[A-Z]$/,
  word: /^[0-9A-Za-z_]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};

function withFlags(flags: Flags, letters: string): Flags {
  if (letters.includes('U')) throw new Unsupported();
  const [on, off = ''] = letters.split('-') as [string, string | undefined];
  const set = (letter: string, before: boolean) => (on.includes(letter) ? true : off.includes(letter) ? false : before);
  return {
    ignoreCase: set('i', flags.ignoreCase),
    dotAll: set('s', flags.dotAll),
    multiline: set('m', flags.multiline),
  };
}

function fold(has: (character: number) => boolean, { ignoreCase }: Flags): (character: number) => boolean {
  if (!ignoreCase) return has;
  return (character) => {
    const text = String.fromCodePoint(character);
    return has(character) || has(text.toLowerCase().codePointAt(0)!) || has(text.toUpperCase().codePointAt(0)!);
  };
}

function emit(tree: Tree, program: Instruction[]): void {
  if (program.length > MAX_PROGRAM) throw new Unsupported();
  switch (tree.is) {
    case 'empty':
      return;
    case 'set':
      program.push({ op: 'set', has: tree.has });
      return;
    case 'assert':
      program.push({ op: 'assert', holds: tree.holds });
      return;
    case 'sequence':
      for (const item of tree.items) emit(item, program);
      return;
    case 'choice': {
      const ends: { op: 'jump'; to: number }[] = [];
      for (let index = 0; index < tree.items.length; index++) {
        const last = index === tree.items.length - 1;
        const split: Instruction & { op: 'split' } = { op: 'split', first: 0, second: 0 };
        if (!last) {
          program.push(split);
          split.first = program.length;
        }
        emit(tree.items[index]!, program);
        if (last) break;
        const end: { op: 'jump'; to: number } = { op: 'jump', to: 0 };
        program.push(end);
        ends.push(end);
        split.second = program.length;
      }
      for (const end of ends) end.to = program.length;
      return;
    }
    case 'repeat': {
      const { item, least, most } = tree;
      for (let times = 0; times < least; times++) emit(item, program);
      if (most === Number.POSITIVE_INFINITY) {
        const split: Instruction & { op: 'split' } = { op: 'split', first: program.length + 1, second: 0 };
        const start = program.length;
        program.push(split);
        emit(item, program);
        program.push({ op: 'jump', to: start });
        split.second = program.length;
        return;
      }
      const splits: (Instruction & { op: 'split' })[] = [];
      for (let times = least; times < most; times++) {
        const split: Instruction & { op: 'split' } = { op: 'split', first: program.length + 1, second: 0 };
        program.push(split);
        splits.push(split);
        emit(item, program);
      }
      for (const split of splits) split.second = program.length;
      return;
    }
  }
}
