import { didYouMean } from '../schema/did-you-mean.ts';

/** A fault at a stretch of a Rego module. */
export interface RegoFault {
  readonly message: string;
  /** What follows: the template is refused, or it is accepted and reports nothing. */
  readonly effect: 'refused' | 'ineffective';
  readonly start: number;
  readonly end: number;
}

export interface RegoModule {
  /** `lib.exempt_container`; undefined where the module names none. */
  readonly package: string | undefined;
  readonly faults: readonly RegoFault[];
  /** Parameters that the module reads by name: `input.parameters.labels`. */
  readonly parameters: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  /** `data.inventory.cluster["v1"]["Namespace"]`: the kinds it reads, `version` with its group. */
  readonly inventory: readonly { readonly version: string; readonly kind: string }[];
  /** Packages of libraries that it names: `data.lib.x.y`. */
  readonly libraries: readonly { readonly path: string; readonly start: number; readonly end: number }[];
}

interface Token {
  readonly text: string;
  readonly kind: 'name' | 'string' | 'number' | 'sign';
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it. */
  readonly depth: number;
  /** The first of its line. */
  readonly leads: boolean;
}

/**
 * Reads what can be told of a Rego module without compiling it: brackets, package, the heads of its rules, what it
 * reads. `version` is the language that the template asks for: v1 has `if` and `contains` as keywords.
 */
export function readRego(text: string, isLibrary: boolean, version: 'v0' | 'v1'): RegoModule {
  const read = tokenize(text);
  const nothing = { package: undefined, parameters: [], inventory: [], libraries: [] };
  if ('fault' in read) return { ...nothing, faults: [read.fault] };
  const { tokens } = read;
  const faults: RegoFault[] = [];
  const fault = (message: string, effect: RegoFault['effect'], { start, end }: { start: number; end: number }) =>
    faults.push({ message, effect, start, end });

  const top = tokens.filter(({ depth }) => depth === 0);
  const [first] = tokens;
  const name = first?.text === 'package' ? dotted(tokens, 1) : undefined;
  if (name === undefined) {
    fault(
      'the module does not begin with its package',
      'refused',
      first ?? { start: 0, end: Math.min(1, text.length) },
    );
  } else if (isLibrary && !/^lib(?:\.|$)/.test(name.path)) {
    fault(`the package of a library begins with lib, not "${name.path}"`, 'refused', tokens[1]!);
  }
  const imports = top.flatMap((token, index) =>
    token.leads && token.text === 'import' ? [pathAt(top, index + 1)] : [],
  );
  const hasKeywords =
    version === 'v1' || imports.some((path) => path === 'rego.v1' || path.startsWith('future.keywords'));
  if (!isLibrary && name !== undefined) faultsOfRules(tokens, hasKeywords, fault);

  const parameters: { name: string; start: number; end: number }[] = [];
  const inventory: { version: string; kind: string }[] = [];
  const libraries: { path: string; start: number; end: number }[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind !== 'name' || tokens[at - 1]?.text === '.') continue;
    if (token.text === 'input') faultsOfInput(tokens, at, parameters, fault);
    else if (token.text === 'data') {
      const path = dotted(tokens, at);
      const [, root] = path?.path.split('.') ?? [];
      if (path === undefined || root === undefined) continue;
      if (root === 'inventory') {
        const kind = inventoryKind(tokens, at);
        if (kind !== undefined) inventory.push(kind);
      } else if (root === 'lib')
        libraries.push({ path: path.path.slice('data.'.length), start: token.start, end: path.end });
      else {
        fault(`a template reads data.inventory and data.lib alone, not data.${root}`, 'refused', {
          start: token.start,
          end: path.end,
        });
      }
    } else if (token.text === 'http' && tokens[at + 1]?.text === '.' && tokens[at + 2]?.text === 'send') {
      fault('http.send is switched off in Gatekeeper as it installs itself', 'refused', {
        start: token.start,
        end: tokens[at + 2]!.end,
      });
    }
  }
  return { package: name?.path, faults, parameters, inventory, libraries };
}

type Report = (message: string, effect: RegoFault['effect'], place: { start: number; end: number }) => void;

function faultsOfRules(tokens: readonly Token[], hasKeywords: boolean, fault: Report): void {
  const heads = tokens.flatMap((token, index) =>
    token.leads && token.depth === 0 && token.kind === 'name' && !NO_RULE.has(token.text) ? [index] : [],
  );
  const violations = heads.filter((index) => tokens[index]!.text === 'violation');
  if (violations.length === 0) {
    const near = heads.find((index) => {
      const { text } = tokens[index]!;
      return text === 'deny' || didYouMean(text, ['violation']) !== undefined;
    });
    const place = tokens[near ?? 0]!;
    const hint = near === undefined ? '' : `: "${tokens[near]!.text}" is not asked`;
    fault(`no rule is named violation${hint}`, 'refused', place);
  }
  for (const index of violations) faultsOfHead(tokens, index, hasKeywords, fault);
}

const NO_RULE: ReadonlySet<string> = new Set([
  'package',
  'import',
  'default',
  'else',
  'as',
  'with',
  'some',
  'not',
  'if',
]);

/** `violation[{"msg": msg}]`, or `violation contains {"msg": msg} if`. */
function faultsOfHead(tokens: readonly Token[], index: number, hasKeywords: boolean, fault: Report): void {
  const rule = tokens[index]!;
  const next = tokens[index + 1];
  let at = index + 2;
  if (next?.text === 'contains') {
    if (!hasKeywords) {
      fault('"contains" is no keyword before Rego v1: import future.keywords, or set version v1', 'refused', next);
      return;
    }
  } else if (next?.text !== '[') {
    fault('the rule violation has to make a set: violation[{"msg": msg}]', 'refused', rule);
    return;
  }
  if (tokens[at]?.text !== '{') return;
  const { depth } = tokens[at]!;
  const keys: string[] = [];
  let isObject = false;
  for (at++; at < tokens.length && !(tokens[at]!.text === '}' && tokens[at]!.depth === depth); at++) {
    const token = tokens[at]!;
    if (token.depth !== depth + 1 || token.kind !== 'string' || tokens[at + 1]?.text !== ':') continue;
    isObject = true;
    keys.push(token.text.slice(1, -1));
  }
  if (isObject && !keys.includes('msg')) {
    const near = didYouMean('msg', keys) ?? keys[0]!;
    const key = tokens.slice(index, at).find(({ text }) => text.slice(1, -1) === near)!;
    fault(`the object of a violation has the key "msg", not "${near}"`, 'ineffective', key);
  }
}

function faultsOfInput(
  tokens: readonly Token[],
  at: number,
  parameters: { name: string; start: number; end: number }[],
  fault: Report,
): void {
  const path = dotted(tokens, at);
  const [, root, name] = path?.path.split('.') ?? [];
  if (path === undefined || root === undefined) return;
  const place = { start: tokens[at]!.start, end: path.end };
  if (root === 'parameters') {
    const literal = literalAfter(tokens, at + 3);
    if (name !== undefined) parameters.push({ name, ...place });
    else if (literal !== undefined) parameters.push({ name: literal, ...place });
  } else if (root === 'constraint' && path.path.startsWith('input.constraint.spec.parameters')) {
    fault('the parameters of a constraint are input.parameters', 'ineffective', place);
  } else if (root === 'object' || root === 'request' || root === 'oldObject') {
    const meant = root === 'request' ? 'input.review' : `input.review.${root}`;
    fault(`there is no input.${root}: the object under review is ${meant}`, 'ineffective', place);
  }
}

/** `data.inventory.cluster[version][kind]`, `data.inventory.namespace[namespace][version][kind]`, where these are literal. */
function inventoryKind(
  tokens: readonly Token[],
  start: number,
): { readonly version: string; readonly kind: string } | undefined {
  const steps: (string | undefined)[] = [];
  let at = start + 1;
  for (;;) {
    const token = tokens[at];
    if (token?.text === '.') {
      steps.push(tokens[at + 1]?.text);
      at += 2;
    } else if (token?.text === '[' && tokens[at + 2]?.text === ']') {
      steps.push(tokens[at + 1]?.kind === 'string' ? tokens[at + 1]!.text.slice(1, -1) : undefined);
      at += 3;
    } else break;
  }
  const skip = steps[1] === 'cluster' ? 2 : steps[1] === 'namespace' ? 3 : -1;
  const version = steps[skip];
  const kind = steps[skip + 1];
  return skip === -1 || version === undefined || kind === undefined ? undefined : { version, kind };
}

function literalAfter(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at + 1];
  return tokens[at]?.text === '[' && token?.kind === 'string' ? token.text.slice(1, -1) : undefined;
}

/** `a.b.c` from a token on, as far as names go. */
function dotted(tokens: readonly Token[], at: number): { readonly path: string; readonly end: number } | undefined {
  if (tokens[at]?.kind !== 'name') return undefined;
  let path = tokens[at]!.text;
  let last = at;
  while (tokens[last + 1]?.text === '.' && tokens[last + 2]?.kind === 'name') {
    last += 2;
    path += `.${tokens[last]!.text}`;
  }
  return { path, end: tokens[last]!.end };
}

function pathAt(tokens: readonly Token[], at: number): string {
  return dotted(tokens, at)?.path ?? '';
}

const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

function tokenize(text: string): { readonly tokens: readonly Token[] } | { readonly fault: RegoFault } {
  const tokens: Token[] = [];
  const open: { readonly text: string; readonly start: number }[] = [];
  const refuse = (message: string, start: number): { readonly fault: RegoFault } => ({
    fault: { message, effect: 'refused', start, end: start + 1 },
  });
  let line = true;
  for (let at = 0; at < text.length; ) {
    const char = text[at]!;
    if (char === '\n') {
      line = true;
      at++;
      continue;
    }
    if (char === ' ' || char === '\t' || char === '\r') {
      at++;
      continue;
    }
    if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
      continue;
    }
    let end = at + 1;
    let kind: Token['kind'] = 'sign';
    if (char === '"' || char === '`') {
      kind = 'string';
      while (end < text.length && text[end] !== char && !(char === '"' && text[end] === '\n')) {
        end += char === '"' && text[end] === '\\' ? 2 : 1;
      }
      if (text[end] !== char) return refuse('a string is not closed', at);
      end++;
    } else if (isWord(char)) {
      while (end < text.length && isWord(text[end]!)) end++;
      kind = /[0-9]/.test(char) ? 'number' : 'name';
    } else if (char in CLOSES) {
      const last = open.pop();
      if (last?.text !== CLOSES[char]) return refuse(`"${char}" closes nothing`, at);
    }
    tokens.push({ text: text.slice(at, end), kind, start: at, end, depth: open.length, leads: line });
    if (char === '(' || char === '[' || char === '{') open.push({ text: char, start: at });
    line = false;
    at = end;
  }
  const last = open.at(-1);
  return last === undefined ? { tokens } : refuse(`"${last.text}" is not closed`, last.start);
}

function isWord(char: string): boolean {
  return /\w/.test(char);
}
