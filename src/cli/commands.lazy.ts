import { command as audit } from './audit.ts';
import type { Command } from './command.ts';
import { UsageError } from './command.ts';
import type { CommandName } from './commands.ts';
import { command as explain } from './explain.ts';
import { command as init } from './init.ts';
import { command as merge } from './merge.ts';
import { command as network } from './network.ts';
import { command as podSecurity } from './pod-security.ts';
import { command as rbac } from './rbac.ts';
import { command as rules } from './rules.ts';

const LOADED: Partial<Record<CommandName, Command>> = {
  'pod-security': podSecurity,
  network,
  rbac,
  audit,
  rules,
  explain,
  merge,
  init,
};

export function loadCommand(name: CommandName): Command {
  const command = LOADED[name];
  if (command === undefined) throw new UsageError(`the command ${name} is not there yet`);
  return command;
}
