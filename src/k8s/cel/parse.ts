/** What a node is, beside a name, a field and a call. */
export type CelForm =
  | 'literal'
  /** An even number of signs is none: `!!a`. */
  | 'not'
  | 'negative'
  | 'sum'
  | 'relation'
  | 'and'
  | 'or'
  | 'conditional'
  | 'index'
  | 'list'
  /** Keys and values by turns. */
  | 'map'
  | 'message';

/** An expression of the Common Expression Language. */
export type CelNode = {
  /** Offsets into the expression. */
  readonly start: number;
  readonly end: number;
} & (
  | { readonly is: 'identifier'; readonly name: string }
  | {
      readonly is: 'select';
      readonly of: CelNode;
      readonly name: string;
      readonly nameStart: number;
      /** `.?name` */
      readonly optional: boolean;
    }
  | {
      readonly is: 'call';
      readonly of: CelNode | undefined;
      readonly name: string;
      readonly nameStart: number;
      readonly args: readonly CelNode[];
    }
  /** Literals, operators, lists, maps, messages, and `index`: what stands at an index of the first part. */
  | {
      readonly is: 'other';
      readonly form: CelForm;
      readonly parts: readonly CelNode[];
      readonly type?: string;
      /** Of a literal: as written. */
      readonly text?: string;
      /** Between the parts, which are taken from left to right; of `not` and `negative`, the signs. */
      readonly signs?: readonly string[];
      /** Which parts have a question mark before them. */
      readonly optional?: readonly number[];
    }
);

interface Fault {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads an expression by the grammar of cel-go, with the extensions that the API server switches on: optional fields
 * (`.?`), fields in backticks, message literals (`Object{…}`).
 */
export function parseCel(text: string): { readonly root: CelNode } | { readonly fault: Fault } {
  try {
    return { root: new Parser(text).whole() };
  } catch (error) {
    if (error instanceof CelError) return { fault: { message: error.message, start: error.start, end: error.end } };
    throw error;
  }
}

class CelError extends Error {
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

interface Token {
  readonly kind: 'name' | 'field' | 'string' | 'bytes' | 'int' | 'double' | 'sign' | 'end';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SIGNS = /==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/y;
const NUMBER = /0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?/y;
const NAME = /[A-Za-z_]\w*/y;
const STRING = /([rRbB]{0,2})("""|'''|"|')/y;
const ESCAPE = /\\(?:[abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y;
const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const RELATIONS: ReadonlySet<string> = new Set(['<', '<=', '>=', '>', '==', '!=', 'in']);
const SUMS: ReadonlySet<string> = new Set(['+', '-']);
const PRODUCTS: ReadonlySet<string> = new Set(['*', '/', '%']);
/** The parser of the API server gives up at this depth too. */
const MAX_DEPTH = 250;
/** Fields behind one another: more than anyone writes, and few enough to walk. */
const MAX_CHAIN = 1000;

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  whole(): CelNode {
    const root = this.#expression();
    if (this.#next.kind !== 'end') this.#unexpected();
    return root;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #is(sign: string): boolean {
    const { kind, text } = this.#next;
    return text === sign && (kind === 'sign' || kind === 'name');
  }

  #take(sign: string): boolean {
    if (!this.#is(sign)) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) this.#unexpected(sign);
  }

  #unexpected(wanted?: string): never {
    const { kind, text, start, end } = this.#next;
    const what = kind === 'end' ? 'the expression ends' : `"${text}" stands`;
    throw new CelError(
      wanted === undefined ? `${what} where it cannot` : `${what} where "${wanted}" is expected`,
      Math.min(start, Math.max(0, this.#text.length - 1)),
      Math.max(end, Math.min(start + 1, this.#text.length)),
    );
  }

  #expression(): CelNode {
    if (++this.#depth > MAX_DEPTH) {
      throw new CelError('nests too deeply', this.#next.start, this.#next.end);
    }
    const condition = this.#or();
    let node = condition;
    if (this.#take('?')) {
      const yes = this.#or();
      this.#expect(':');
      const no = this.#expression();
      const type = typeOf(yes);
      node = other(
        'conditional',
        [condition, yes, no],
        condition.start,
        no.end,
        type === typeOf(no) ? type : undefined,
      );
    }
    this.#depth--;
    return node;
  }

  #or(): CelNode {
    return this.#chain('||', 'or', () => this.#and());
  }

  #and(): CelNode {
    return this.#chain('&&', 'and', () => this.#relation());
  }

  #chain(sign: string, form: CelForm, inner: () => CelNode): CelNode {
    const first = inner();
    const parts = [first];
    while (this.#take(sign)) parts.push(inner());
    return parts.length === 1 ? first : other(form, parts, first.start, parts.at(-1)!.end, 'bool');
  }

  #relation(): CelNode {
    const first = this.#sum();
    const parts = [first];
    const signs: string[] = [];
    while (RELATIONS.has(this.#next.text) && (this.#next.kind === 'sign' || this.#next.text === 'in')) {
      signs.push(this.#next.text);
      this.#at++;
      parts.push(this.#sum());
    }
    return parts.length === 1 ? first : other('relation', parts, first.start, parts.at(-1)!.end, 'bool', { signs });
  }

  #sum(): CelNode {
    return this.#arithmetic(SUMS, () => this.#arithmetic(PRODUCTS, () => this.#unary()));
  }

  #arithmetic(operators: ReadonlySet<string>, inner: () => CelNode): CelNode {
    const first = inner();
    const parts = [first];
    const signs: string[] = [];
    while (this.#next.kind === 'sign' && operators.has(this.#next.text)) {
      signs.push(this.#next.text);
      this.#at++;
      parts.push(inner());
    }
    if (parts.length === 1) return first;
    const types = new Set(parts.map(typeOf));
    const type = types.has('string') ? 'string' : types.size === 1 ? typeOf(first) : undefined;
    return other('sum', parts, first.start, parts.at(-1)!.end, type, { signs });
  }

  #unary(): CelNode {
    const { start } = this.#next;
    const sign = this.#is('!') ? '!' : this.#is('-') ? '-' : undefined;
    if (sign === undefined) return this.#member();
    const signs: string[] = [];
    while (this.#take(sign)) signs.push(sign);
    // A minus before a number belongs to the number, as the smallest integer needs it.
    const number = sign === '-' && signs.length === 1 && (this.#next.kind === 'int' || this.#next.kind === 'double');
    if (number) return this.#member('-', start);
    const inner = this.#member();
    if (sign === '!') return other('not', [inner], start, inner.end, 'bool', { signs });
    return other('negative', [inner], start, inner.end, typeOf(inner), { signs });
  }

  #member(sign?: string, start?: number): CelNode {
    let node = this.#primary(sign, start);
    for (let links = 0; ; links++) {
      if (links > MAX_CHAIN) throw new CelError('the chain of fields is too long to be read', node.start, node.end);
      if (this.#take('.')) {
        const optional = this.#take('?');
        const token = this.#next;
        if (token.kind !== 'name' && token.kind !== 'field') this.#unexpected('a name');
        this.#at++;
        if (KEYWORDS.has(token.text) && token.kind === 'name') {
          throw new CelError(`"${token.text}" is no name of a field`, token.start, token.end);
        }
        if (!optional && token.kind === 'name' && this.#take('(')) {
          const args = this.#list(')', () => this.#expression());
          node = {
            is: 'call',
            of: node,
            name: token.text,
            nameStart: token.start,
            args,
            start: node.start,
            end: this.#last,
          };
        } else if (!optional && token.kind === 'name' && this.#is('{') && isQualifiedName(node)) {
          this.#at++;
          const fields = this.#fields();
          node = other('message', fields, node.start, this.#last, 'message');
        } else {
          const { text: name, start: nameStart, end } = token;
          node = { is: 'select', of: node, name, nameStart, optional, start: node.start, end };
        }
      } else if (this.#take('[')) {
        const optional = this.#take('?') ? [1] : [];
        const index = this.#expression();
        this.#expect(']');
        node = other('index', [node, index], node.start, this.#last, 'index', { optional });
      } else return node;
    }
  }

  #primary(sign = '', signStart?: number): CelNode {
    const token = this.#next;
    const { end } = token;
    const start = signStart ?? token.start;
    switch (token.kind) {
      case 'string':
      case 'bytes':
      case 'int':
      case 'double':
        this.#at++;
        return other('literal', [], start, end, token.kind, { text: sign + token.text });
      case 'name':
        return this.#name(token);
      case 'sign':
        break;
      default:
        this.#unexpected();
    }
    if (this.#take('.')) {
      const name = this.#next;
      if (name.kind !== 'name') this.#unexpected('a name');
      return this.#name(name);
    }
    if (this.#take('(')) {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (this.#take('[')) {
      const optional: number[] = [];
      let count = 0;
      const items = this.#list(']', () => {
        if (this.#take('?')) optional.push(count);
        count++;
        return this.#expression();
      });
      return other('list', items, start, this.#last, 'list', { optional });
    }
    if (this.#take('{')) {
      const parts: CelNode[] = [];
      const optional: number[] = [];
      this.#list('}', () => {
        if (this.#take('?')) optional.push(parts.length);
        parts.push(this.#expression());
        this.#expect(':');
        const value = this.#expression();
        parts.push(value);
        return value;
      });
      return other('map', parts, start, this.#last, 'map', { optional });
    }
    this.#unexpected();
  }

  #name(token: Token): CelNode {
    const { text: name, start, end } = token;
    this.#at++;
    if (name === 'true' || name === 'false') return other('literal', [], start, end, 'bool', { text: name });
    if (name === 'null') return other('literal', [], start, end, 'null', { text: name });
    if (name === 'in') throw new CelError('"in" stands where it cannot', start, end);
    if (RESERVED.has(name)) throw new CelError(`"${name}" is a reserved word`, start, end);
    if (this.#take('(')) {
      const args = this.#list(')', () => this.#expression());
      return { is: 'call', of: undefined, name, nameStart: start, args, start, end: this.#last };
    }
    if (this.#take('{')) {
      const fields = this.#fields();
      return other('message', fields, start, this.#last, 'message');
    }
    return { is: 'identifier', name, start, end };
  }

  #fields(): readonly CelNode[] {
    return this.#list('}', () => {
      this.#take('?');
      const { kind } = this.#next;
      if (kind !== 'name' && kind !== 'field') this.#unexpected('the name of a field');
      this.#at++;
      this.#expect(':');
      return this.#expression();
    });
  }

  #list(close: string, item: () => CelNode): readonly CelNode[] {
    const items: CelNode[] = [];
    while (!this.#take(close)) {
      items.push(item());
      // Lists, maps and messages may end with a comma; arguments may not.
      if (this.#take(',')) {
        if (close === ')' && this.#is(close)) this.#unexpected();
      } else if (!this.#is(close)) this.#unexpected(close);
    }
    return items;
  }

  get #last(): number {
    return this.#tokens[this.#at - 1]!.end;
  }
}

const KEYWORDS: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null']);

function other(
  form: CelForm,
  parts: readonly CelNode[],
  start: number,
  end: number,
  type?: string,
  more: { readonly text?: string; readonly signs?: readonly string[]; readonly optional?: readonly number[] } = {},
): CelNode {
  return { is: 'other', form, parts, start, end, ...(type === undefined ? {} : { type }), ...more };
}

/** The type that the form of an expression shows. What stands at an index may be of any. */
function typeOf(node: CelNode): string | undefined {
  return node.is === 'other' && node.type !== 'index' ? node.type : undefined;
}

/** `Object.spec.template`: what a message literal may begin with. */
function isQualifiedName(node: CelNode): boolean {
  return node.is === 'identifier' || (node.is === 'select' && isQualifiedName(node.of));
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: Token['kind'], end: number) => {
    tokens.push({ kind, text: text.slice(at, end), start: at, end });
    at = end;
  };
  while (at < text.length) {
    const char = text[at]!;
    if (char === ' ' || char === '\n' || char === '\t' || char === '\r' || char === '\f') at++;
    else if (char === '/' && text[at + 1] === '/') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (char === '`') {
      const end = text.indexOf('`', at + 1);
      if (end === -1) throw new CelError('a backtick is not closed', at, at + 1);
      tokens.push({ kind: 'field', text: text.slice(at + 1, end), start: at, end: end + 1 });
      at = end + 1;
    } else {
      STRING.lastIndex = at;
      const quote = STRING.exec(text);
      if (quote !== null) {
        push(/b/i.test(quote[1]!) ? 'bytes' : 'string', endOfString(text, at, quote[1]!, quote[2]!));
        continue;
      }
      const previous = tokens.at(-1);
      const end =
        matchEnd(NAME, text, at) ??
        (char === '.' && previous !== undefined && previous.kind !== 'sign' ? undefined : matchEnd(NUMBER, text, at));
      if (end !== undefined) {
        const isName = /[A-Za-z_]/.test(char);
        push(
          isName ? 'name' : /[.eE]/.test(text.slice(at, end)) && !/^0x/i.test(text.slice(at, end)) ? 'double' : 'int',
          end,
        );
        continue;
      }
      const sign = matchEnd(SIGNS, text, at);
      if (sign === undefined) {
        const hint = char === '=' ? ': == compares' : char === '&' || char === '|' ? `: ${char}${char} connects` : '';
        throw new CelError(`"${char}" is no part of the language${hint}`, at, at + 1);
      }
      push('sign', sign);
    }
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function endOfString(text: string, start: number, prefix: string, quote: string): number {
  const raw = /r/i.test(prefix);
  for (let at = start + prefix.length + quote.length; at < text.length; ) {
    if (text.startsWith(quote, at)) return at + quote.length;
    if (quote.length === 1 && (text[at] === '\n' || text[at] === '\r')) break;
    if (text[at] !== '\\') at++;
    else if (raw) at += 2;
    else {
      const end = matchEnd(ESCAPE, text, at);
      if (end === undefined)
        throw new CelError(`"${text.slice(at, at + 2)}" is no escape of a string`, at, Math.min(at + 2, text.length));
      at = end;
    }
  }
  throw new CelError('a string is not closed', start, Math.min(text.length, start + prefix.length + quote.length));
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
