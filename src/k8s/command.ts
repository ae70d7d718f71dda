import type { AnyNode } from '../yaml/node.ts';
import { scalarOffsets } from '../yaml/scalar-offsets.ts';
import { isList, isMap } from '../yaml/value.ts';

/** A word of a command line with its quotes taken off. Offsets are into the string of the list item it stands in. */
export interface Word {
  readonly text: string;
  readonly node: AnyNode;
  readonly start: number;
  readonly end: number;
}

/**
 * One program that a container starts: the argument vector itself, or one simple command of a shell script in it.
 * Scripts are split as a POSIX shell would, in one pass; nothing is expanded.
 */
export interface Command {
  /** `command` and `args` of the container, a lifecycle hook, or a probe. */
  readonly source: 'command' | 'hook' | 'probe';
  /** Base name of the program: `curl` for `/usr/bin/curl`. Empty where the image's entrypoint decides. */
  readonly program: string;
  /** The program and its arguments; of an argument vector without `command`, the arguments alone. */
  readonly words: readonly Word[];
  /** What the program was started through: sudo, env, nohup. */
  readonly wrappers: readonly Word[];
  /** Files that output is redirected into. */
  readonly writes: readonly Word[];
  /** Files that input is redirected from. */
  readonly reads: readonly Word[];
  /** Leading `NAME=value`, those of `env` among them. */
  readonly assignments: readonly Word[];
  /** A command of a shell script, not an argument vector that is executed as it is. */
  readonly shell: boolean;
  /** The command that reads this one's output through a pipe. */
  readonly pipedTo: Command | undefined;
  /** The command whose argument, or whose input, this one's output becomes: `$(…)`, `` `…` `` or `<(…)`. */
  readonly feeds: { readonly command: Command; readonly as: 'argument' | 'file' } | undefined;
}

/** Everything that a container starts by itself: entrypoint, hooks and probes. */
export function commandsOf(container: AnyNode): readonly Command[] {
  const { raw } = container;
  if (!isMap(raw)) return NONE;
  // Most containers say nothing of this kind, and the question is asked for each of them.
  const entry = raw['command'] !== undefined || raw['args'] !== undefined || raw['source'] !== undefined;
  const others =
    raw['lifecycle'] !== undefined ||
    raw['livenessProbe'] !== undefined ||
    raw['readinessProbe'] !== undefined ||
    raw['startupProbe'] !== undefined;
  if (!entry && !others) return NONE;
  const into: Building[] = [];
  if (entry) {
    const vector = addStrings(container.get('command'), []);
    const named = vector.length > 0;
    readVector(addStrings(container.get('args'), vector), 'command', named, into);
    // The script of an Argo workflow template.
    const script: AnyNode = container.get('source');
    if (script.string !== undefined) parseScript(script, script.string, 'command', into);
  }
  if (others) {
    for (const hook of raw['lifecycle'] === undefined ? [] : ['postStart', 'preStop']) {
      readVector(addStrings(container.at(['lifecycle', hook, 'exec', 'command']), []), 'hook', true, into);
    }
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      if (raw[probe] === undefined) continue;
      readVector(addStrings(container.at([probe, 'exec', 'command']), []), 'probe', true, into);
    }
  }
  return into;
}

/** Where words stand in the written text of their list item, for the `part` of a finding. */
export function partOf(first: Word, last: Word = first): { readonly start: number; readonly end: number } | undefined {
  const { node } = first;
  const offsets = last.node === node || last.node.tapeIndex() === node.tapeIndex() ? scalarOffsets(node) : undefined;
  if (offsets === undefined || last.end <= first.start) return undefined;
  const begin = node.span.start;
  const start = offsets(first.start);
  const end = offsets(last.end);
  const { text } = node.document.file;
  // What follows may stand on another line; the place of the last character is then the better end.
  const stop = text.slice(start, end).trimEnd().includes('\n') ? offsets(last.end - 1) + 1 : end;
  return stop > start ? { start: start - begin, end: stop - begin } : undefined;
}

/** The words in one line, for messages: cut where they are long. */
export function quote(words: readonly Word[], limit = 60): string {
  const text = words
    .map((word) => word.text)
    .join(' ')
    .replace(/\s+/g, ' ');
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** Has one of these words as an argument. */
export function hasWord(command: Command, ...texts: readonly string[]): boolean {
  return command.words.some(({ text }) => texts.includes(text));
}

/** A short option, alone or together with others: `-k` in `-sk`. */
export function hasShortOption(command: Command, letter: string): boolean {
  return command.words.some(({ text }) => /^-[A-Za-z]+$/.test(text) && text.includes(letter));
}

export function baseNameOf(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh']);

const NONE: readonly Command[] = [];

/** Programs that start another one which they are given. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'sudo',
  'doas',
  'env',
  'exec',
  'nohup',
  'time',
  'command',
  'busybox',
  'setsid',
  'stdbuf',
  'nice',
  'ionice',
  'timeout',
  'tini',
  'dumb-init',
  'xargs',
]);
/** Words of the shell's grammar that stand where a program would. */
const RESERVED: ReadonlySet<string> = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'do',
  'done',
  'while',
  'until',
  'esac',
  '!',
  '{',
  '}',
  '[[',
  'time',
]);

/** Deep enough for every honest script; a bound for the others. */
const MAX_DEPTH = 6;
/** A script beyond this is cut. */
const MAX_SCRIPT = 256 * 1024;

type Source = Command['source'];

interface Building {
  source: Source;
  program: string;
  words: Word[];
  wrappers: Word[];
  writes: Word[];
  reads: Word[];
  assignments: Word[];
  shell: boolean;
  pipedTo: Building | undefined;
  feeds: { command: Building; as: 'argument' | 'file' } | undefined;
}

/** The strings of a list, added to `into`. */
function addStrings(list: AnyNode, into: Word[]): Word[] {
  const { raw } = list;
  if (!isList(raw)) return into;
  for (let index = 0; index < raw.length; index++) {
    const text = raw[index];
    if (typeof text === 'string') into.push(new ListedWord(list, index, text));
  }
  return into;
}

/** A whole list item. Its node is made for those that are looked at closer. */
class ListedWord implements Word {
  readonly text: string;
  readonly start = 0;
  readonly end: number;
  readonly #list: AnyNode;
  readonly #index: number;
  #node: AnyNode | undefined;

  constructor(list: AnyNode, index: number, text: string) {
    this.#list = list;
    this.#index = index;
    this.text = text;
    this.end = text.length;
  }

  get node(): AnyNode {
    this.#node ??= this.#list.at([this.#index]);
    return this.#node;
  }
}

function readVector(vector: Word[], source: Source, named: boolean, into: Building[]): void {
  if (vector.length === 0) return;
  const command = newCommand(source, false, vector);
  into.push(command);
  settle(command, named);
  const script = scriptOf(command, named);
  if (script !== undefined) parseScript(script.node, script.text, source, into);
}

/** The argument of `sh -c`. Without a `command`, `args: [-c, …]` are for an entrypoint that is a shell. */
function scriptOf(command: Building, named: boolean): Word | undefined {
  const { words } = command;
  if (!SHELLS.has(command.program) && !(!named && words[0] !== undefined && SHELL_C.test(words[0].text)))
    return undefined;
  const option = words.findIndex(({ text }) => SHELL_C.test(text));
  if (option === -1) return undefined;
  // `sh -c -- script`
  return words[option + 1]?.text === '--' ? words[option + 2] : words[option + 1];
}

const SHELL_C = /^-[a-z]*c$/;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

function newCommand(source: Source, shell: boolean, words: Word[] = []): Building {
  return {
    source,
    program: '',
    words,
    wrappers: [],
    writes: [],
    reads: [],
    assignments: [],
    shell,
    pipedTo: undefined,
    feeds: undefined,
  };
}

/** Takes assignments, grammar and wrappers off the front, and finds the program. */
function settle(command: Building, named: boolean): void {
  if (!named) return;
  const { words } = command;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at]!;
    if (command.shell && RESERVED.has(word.text)) continue;
    if (command.shell && ASSIGNMENT.test(word.text)) {
      command.assignments.push(word);
      continue;
    }
    if (!WRAPPERS.has(baseNameOf(word.text)) || at === words.length - 1) break;
    command.wrappers.push(word);
    // Options of the wrapper, the user of `sudo -u`, the variables of `env`, the duration of `timeout`.
    while (at + 1 < words.length && /^(?:-|\d+[smhd]?$|[A-Za-z_]\w*=)/.test(words[at + 1]!.text)) {
      at++;
      if (ASSIGNMENT.test(words[at]!.text)) command.assignments.push(words[at]!);
      if (/^-[ugU]$/.test(words[at]!.text) && at + 2 < words.length) at++;
    }
  }
  if (at > 0) command.words.splice(0, at);
  command.program = command.words.length === 0 ? '' : baseNameOf(command.words[0]!.text);
}

function parseScript(node: AnyNode, script: string, source: Source, into: Building[]): void {
  new ShellReader(node, script.slice(0, MAX_SCRIPT), source, into).read();
}

interface Frame {
  /** What ends it: `)` of a substitution, a backtick, or the end of the text. */
  readonly close: ')' | '`' | '';
  readonly feeds: Building['feeds'];
}

/** Splits a script into simple commands. Never fails: what is no shell comes out as odd words. */
class ShellReader {
  readonly #node: AnyNode;
  readonly #text: string;
  readonly #source: Source;
  readonly #into: Building[];
  #at = 0;
  #depth = 0;
  /** Between backticks, where the next one closes. */
  #backtick = false;
  #skipsSubstitutions = false;

  constructor(node: AnyNode, text: string, source: Source, into: Building[]) {
    this.#node = node;
    this.#text = text;
    this.#source = source;
    this.#into = into;
  }

  read(): void {
    while (this.#at < this.#text.length) {
      this.list({ close: '', feeds: undefined });
      // A closing mark without an opening one.
      this.#at++;
    }
  }

  /** Commands up to the end of the frame. */
  private list(frame: Frame): void {
    const text = this.#text;
    let command = newCommand(this.#source, true);
    command.feeds = frame.feeds;
    const heredocs: { readonly mark: string; readonly of: Building }[] = [];
    const finish = (piped: boolean): void => {
      // A line break behind `|` or `&&` ends nothing.
      if (command.words.length === 0 && command.writes.length === 0) return;
      const done = command;
      command = newCommand(this.#source, true);
      command.feeds = frame.feeds;
      settle(done, true);
      if (done.words.length > 0 || done.writes.length > 0) {
        this.#into.push(done);
        if (piped) done.pipedTo = command;
        this.nested(done);
      }
    };
    while (this.#at < text.length) {
      const char = text[this.#at]!;
      if (char === frame.close) break;
      if (char === ' ' || char === '\t' || char === '\r') {
        this.#at++;
      } else if (char === '\\' && text[this.#at + 1] === '\n') {
        this.#at += 2;
      } else if (char === '\n') {
        this.#at++;
        finish(false);
        for (const { mark, of } of heredocs.splice(0)) this.heredoc(mark, of);
      } else if (char === '#') {
        this.skipLine();
      } else if (char === ';') {
        this.#at++;
        finish(false);
      } else if (char === '|') {
        const or = text[this.#at + 1] === '|';
        this.#at += or || text[this.#at + 1] === '&' ? 2 : 1;
        finish(!or);
      } else if (char === '&') {
        const redirects = text[this.#at + 1] === '>';
        this.#at += text[this.#at + 1] === '&' ? 2 : 1;
        if (!redirects) finish(false);
      } else if (char === ')' || (char === '(' && this.#depth >= MAX_DEPTH)) {
        this.#at++;
        finish(false);
      } else if (char === '(') {
        finish(false);
        this.#at++;
        this.#depth++;
        this.list({ close: ')', feeds: frame.feeds });
        this.#depth--;
        this.#at++;
      } else if (char === '>' || char === '<') {
        this.redirect(command, heredocs);
      } else {
        const word = this.word(command);
        // The number of a file descriptor in front of a redirection is no word.
        const next = text[this.#at];
        if (!((next === '>' || next === '<') && /^\d$/.test(word.text))) command.words.push(word);
      }
    }
    finish(false);
  }

  /** `sh -c 'script'` and `eval` inside a script. */
  private nested(command: Building): void {
    if (this.#depth >= MAX_DEPTH) return;
    const script = scriptOf(command, true);
    if (script === undefined || script.text === '') return;
    const first = this.#into.length;
    // Positions inside hold where quoting does not change the text; otherwise the whole word stands for all of it.
    const inner = this.#text.slice(script.start + 1, script.end - 1);
    const exact = inner === script.text;
    const reader = new ShellReader(this.#node, script.text, this.#source, this.#into);
    reader.#depth = this.#depth + 1;
    // The outer shell has run these already, unless single quotes kept it from it.
    reader.#skipsSubstitutions = this.#text[script.start] !== "'";
    reader.read();
    for (const command of this.#into.slice(first)) {
      for (const words of [command.words, command.wrappers, command.writes, command.reads, command.assignments]) {
        words.forEach((word, index) => {
          const start = exact ? word.start + script.start + 1 : script.start;
          const end = exact ? word.end + script.start + 1 : script.end;
          words[index] = { text: word.text, node: word.node, start, end };
        });
      }
    }
  }

  private redirect(command: Building, heredocs: { readonly mark: string; readonly of: Building }[]): void {
    const text = this.#text;
    const char = text[this.#at]!;
    if (text[this.#at + 1] === '(') {
      // Process substitution: `source <(curl …)`.
      this.#at += 2;
      this.substitution(')', command, 'file');
      return;
    }
    let length = 1;
    while (length < 3 && text[this.#at + length] === char) length++;
    this.#at += length;
    if (char === '<' && length === 2 && text[this.#at] === '-') this.#at++;
    // `3<>/dev/tcp/…` opens for both.
    const both = char === '<' && length === 1 && text[this.#at] === '>';
    if (both) this.#at++;
    if (text[this.#at] === '&' || text[this.#at] === '|') this.#at++;
    while (text[this.#at] === ' ' || text[this.#at] === '\t') this.#at++;
    const next = text[this.#at];
    if (next === undefined || next === '\n') return;
    const target = this.word(command);
    if (char === '>' || both) command.writes.push(target);
    else if (length === 2) heredocs.push({ mark: target.text, of: command });
    else if (length === 1) command.reads.push(target);
  }

  /** The lines up to the mark; a shell that reads them runs them. */
  private heredoc(mark: string, of: Building): void {
    const text = this.#text;
    const start = this.#at;
    let end = text.length;
    this.#at = text.length;
    for (let line = start; line < text.length; ) {
      const lineEnd = text.indexOf('\n', line);
      const stop = lineEnd === -1 ? text.length : lineEnd;
      if (text.slice(line, stop).trim() === mark) {
        end = line;
        this.#at = stop;
        break;
      }
      line = stop + 1;
    }
    if (!SHELLS.has(of.program) || this.#depth >= MAX_DEPTH) return;
    const after = this.#at;
    const reader = new ShellReader(this.#node, text.slice(0, end), this.#source, this.#into);
    reader.#depth = this.#depth + 1;
    reader.#at = start;
    reader.read();
    this.#at = after;
  }

  private word(command: Building): Word {
    const text = this.#text;
    const start = this.#at;
    let built = '';
    while (this.#at < text.length) {
      const char = text[this.#at]!;
      if (char === '\\') {
        if (text[this.#at + 1] !== '\n') built += text[this.#at + 1] ?? '';
        this.#at += 2;
      } else if (char === "'") {
        const close = text.indexOf("'", this.#at + 1);
        const end = close === -1 ? text.length : close;
        built += text.slice(this.#at + 1, end);
        this.#at = end + 1;
      } else if (char === '"') {
        built += this.doubleQuoted(command);
      } else if (char === '$' && text[this.#at + 1] === '(') {
        built += this.dollar(command);
      } else if (char === '`') {
        if (this.#backtick) break;
        const from = this.#at;
        this.#at++;
        this.substitution('`', command, 'argument');
        built += text.slice(from, this.#at);
      } else if (char === '$' && text[this.#at + 1] === '{') {
        const close = text.indexOf('}', this.#at);
        const end = close === -1 ? text.length : close + 1;
        built += text.slice(this.#at, end);
        this.#at = end;
      } else if (BREAKS.has(char)) {
        break;
      } else {
        built += char;
        this.#at++;
      }
    }
    if (this.#at > text.length) this.#at = text.length;
    // A mark that ends nothing here would be met again for ever.
    if (this.#at === start) this.#at++;
    return { text: built, node: this.#node, start, end: this.#at };
  }

  private doubleQuoted(command: Building): string {
    const text = this.#text;
    let built = '';
    this.#at++;
    while (this.#at < text.length) {
      const char = text[this.#at]!;
      if (char === '"') {
        this.#at++;
        break;
      }
      if (char === '\\') {
        built += text[this.#at + 1] === '\n' ? '' : (text[this.#at + 1] ?? '');
        this.#at += 2;
      } else if (char === '$' && text[this.#at + 1] === '(') {
        built += this.dollar(command);
      } else if (char === '`') {
        if (this.#backtick) break;
        const from = this.#at;
        this.#at++;
        this.substitution('`', command, 'argument');
        built += text.slice(from, this.#at);
      } else {
        built += char;
        this.#at++;
      }
    }
    return built;
  }

  /** `$(…)`: the text as it stands, its commands read on the way. `$((…))` is arithmetic. */
  private dollar(command: Building): string {
    const text = this.#text;
    const from = this.#at;
    if (text[from + 2] === '(') {
      const close = text.indexOf('))', from);
      this.#at = close === -1 ? text.length : close + 2;
    } else {
      this.#at += 2;
      this.substitution(')', command, 'argument');
    }
    return text.slice(from, this.#at);
  }

  private substitution(close: ')' | '`', command: Building, as: 'argument' | 'file'): void {
    if (this.#depth >= MAX_DEPTH) {
      const end = this.#text.indexOf(close, this.#at);
      this.#at = end === -1 ? this.#text.length : end + 1;
      return;
    }
    const outer = this.#backtick;
    const known = this.#into.length;
    this.#depth++;
    this.#backtick = close === '`';
    this.list({ close, feeds: { command, as } });
    this.#backtick = outer;
    this.#depth--;
    this.#at++;
    if (this.#skipsSubstitutions) this.#into.length = known;
  }

  private skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }
}

const BREAKS: ReadonlySet<string> = new Set([' ', '\t', '\r', '\n', ';', '|', '&', '(', ')', '<', '>']);
