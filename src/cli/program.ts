import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { nearest } from '../text/nearest.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { loadCommand } from './commands.lazy.ts';
import { COMMANDS, type CommandName, LATER_COMMANDS } from './commands.ts';
import { command as lint } from './lint.ts';
import { PipeClosed } from './terminal.ts';
import { TOOL_VERSION } from './version.ts';

/** The whole program: arguments in, text out, exit status back. */
export function runProgram(argv: readonly string[], terminal: Terminal): number {
  try {
    return dispatch(argv, terminal);
  } catch (error) {
    if (error instanceof PipeClosed) return 0;
    if (error instanceof UsageError) {
      terminal.err(`kubesec-lint: ${error.message}\n`);
      return 2;
    }
    const { stack } = error instanceof Error ? error : new Error(String(error));
    terminal.err(`kubesec-lint ${TOOL_VERSION}: a defect of kubesec-lint, please report it\n${stack}\n`);
    return 3;
  }
}

function dispatch(argv: readonly string[], terminal: Terminal): number {
  const [first = '', ...rest] = argv;
  if (first === '--version' || first === '-V') {
    terminal.out(`${TOOL_VERSION}\n`);
    return 0;
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    terminal.out(overview());
    return 0;
  }
  const command = subcommand(first, terminal.cwd);
  if (command === undefined) return lint.run(argv, terminal);
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out(command.help);
    return 0;
  }
  return command.run(rest, terminal);
}

/** A first word that is no command is a path; `./rules` names a folder that is called like a command. */
function subcommand(word: string, cwd: string): Command | undefined {
  if (!/^[a-z]+(-[a-z]+)?$/.test(word)) return undefined;
  if (word === 'lint') return lint;
  if (isCommandName(word)) return loadCommand(word);
  if (LATER_COMMANDS.includes(word)) throw new UsageError(`the command ${word} is not there yet`);
  if (existsSync(resolve(cwd, word))) return undefined;
  const meant = nearest(word, Object.keys(COMMANDS));
  if (meant === undefined) return undefined;
  throw new UsageError(`there is no command, file or folder "${word}"; did you mean ${meant}`);
}

function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function overview(): string {
  const names = Object.entries(COMMANDS);
  const width = Math.max(...names.map(([name]) => name.length));
  const lines = names.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `kubesec-lint ${TOOL_VERSION}: the security linter for Kubernetes manifests

  kubesec-lint [PATH…]            lint files, folders, patterns; - for standard input; default .
  kubesec-lint COMMAND [PATH…]

${lines.join('')}
  kubesec-lint COMMAND --help     the options of a command
  kubesec-lint --version
`;
}
