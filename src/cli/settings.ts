import { resolve } from 'node:path';
import { findConfig } from '../config/find.ts';
import { type LoadedConfig, loadConfig } from '../config/load.lazy.ts';
import { type PartialConfig, resolveConfig } from '../config/resolve.ts';
import { PRESETS, type ResolvedConfig, type RuleSetting, WORLDS } from '../engine/config.ts';
import { SEVERITIES } from '../engine/finding.ts';
import type { AnyRule } from '../engine/rule.ts';
import { readSchemaFolder } from '../input/schema-folder.lazy.ts';
import type { SchemaFiles } from '../k8s/schema/file-schema.ts';
import { NEWEST_MINOR, OLDEST_MINOR, parseVersion } from '../k8s/version.ts';
import { rules as builtinRules } from '../rules/index.ts';
import { nearest } from '../text/nearest.ts';
import { type Arguments, type OptionSpecs, oneOf } from './args.ts';
import { type Terminal, UsageError } from './command.ts';

/** The options that every command which reads manifests has. */
export const SETTINGS_OPTIONS = {
  config: { short: 'c', value: 'FILE', text: 'configuration file; else kubesec-lint.yaml here or above' },
  'no-config': { text: 'do not look for a configuration file' },
  preset: { value: 'NAME', text: `${PRESETS.join(', ')}; repeatable` },
  rule: { value: 'ID[=SEVERITY|off]', text: 'switch a rule on, off or to another severity; repeatable' },
  'fail-on': { value: 'SEVERITY', text: 'critical, high, medium (default), low, info, never' },
  'kubernetes-version': { value: '1.NN', text: `target release, 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR} (default)` },
  world: { value: 'KIND', text: 'whether objects outside the input may exist: open, closed, auto (default)' },
  'schema-dir': { value: 'DIR', text: 'schemas of custom resources: JSON Schemas or their definitions; repeatable' },
  ignore: { value: 'GLOB', text: 'leave files out, as .gitignore does; repeatable' },
  'stdin-filename': { value: 'NAME', text: 'the name that findings on standard input carry' },
} as const satisfies OptionSpecs;

export interface Settings {
  readonly config: ResolvedConfig;
  /** Built-in rules and those of plugins. */
  readonly rules: readonly AnyRule[];
  readonly ignore: readonly { readonly folder: string; readonly patterns: readonly string[] }[];
}

/** Joins configuration file and command line. Without a file, nothing that reads one is loaded. */
export function readSettings(args: Arguments, { cwd }: Terminal): Settings {
  const named = args.value('config');
  const path = args.has('no-config') ? undefined : named === undefined ? findConfig(cwd) : resolve(cwd, named);
  const loaded: LoadedConfig | undefined = path === undefined ? undefined : loadConfig(path, cwd, builtinRules);
  const rules = loaded === undefined ? builtinRules : [...builtinRules, ...loaded.pluginRules];
  const fromLine = commandLineConfig(args, rules, cwd);
  const ignored = args.values('ignore');
  return {
    config: resolveConfig(loaded === undefined ? [fromLine] : [loaded.config, fromLine], rules),
    rules,
    ignore: [
      ...(loaded?.config.ignore === undefined ? [] : [{ folder: loaded.folder, patterns: loaded.config.ignore }]),
      ...(ignored.length === 0 ? [] : [{ folder: cwd, patterns: ignored }]),
    ],
  };
}

/** The id that a user means by a name, aliases included. */
export function resolveRuleId(id: string, rules: readonly AnyRule[]): string {
  const rule = rules.find((each) => each.id === id || each.aliases?.includes(id) === true);
  if (rule !== undefined) return rule.id;
  const meant = nearest(
    id,
    rules.map((each) => each.id),
  );
  throw new UsageError(
    `there is no rule "${id}"${meant === undefined ? '; kubesec-lint rules lists them' : `; did you mean ${meant}`}`,
  );
}

function commandLineConfig(args: Arguments, rules: readonly AnyRule[], cwd: string): PartialConfig {
  const presets = args.values('preset');
  const version = args.value('kubernetes-version');
  const failOn = args.value('fail-on');
  const world = args.value('world');
  return {
    ...(presets.length === 0 ? {} : { presets: presets.map((name) => oneOf('--preset', name, PRESETS)) }),
    ...(version === undefined ? {} : { kubernetesVersion: targetVersion(version) }),
    ...(failOn === undefined ? {} : { failOn: oneOf('--fail-on', failOn, [...SEVERITIES, 'never']) }),
    ...(world === undefined ? {} : { world: oneOf('--world', world, WORLDS) }),
    rules: withSchemas(
      args.values('schema-dir'),
      cwd,
      Object.fromEntries(args.values('rule').map((text) => ruleSetting(text, rules))),
    ),
  };
}

/** Schemas are an option of the rule that uses them. */
function withSchemas(
  folders: readonly string[],
  cwd: string,
  rules: Readonly<Record<string, RuleSetting>>,
): Readonly<Record<string, RuleSetting>> {
  if (folders.length === 0) return rules;
  let schemas: SchemaFiles['schemas'] = {};
  for (const folder of folders) {
    let found: SchemaFiles;
    try {
      found = readSchemaFolder(resolve(cwd, folder));
    } catch (error) {
      throw new UsageError(`--schema-dir "${folder}" cannot be read: ${(error as Error).message}`);
    }
    if (Object.keys(found.schemas).length === 0) {
      throw new UsageError(`--schema-dir "${folder}" holds neither JSON Schemas nor CustomResourceDefinitions`);
    }
    schemas = { ...schemas, ...found.schemas };
  }
  const id = 'schema-custom-resource';
  return { ...rules, [id]: { ...rules[id], options: { schemas } } };
}

function ruleSetting(text: string, rules: readonly AnyRule[]): [string, RuleSetting] {
  const equals = text.indexOf('=');
  if (equals === -1) return [resolveRuleId(text, rules), {}];
  const severity = oneOf('--rule', text.slice(equals + 1), [...SEVERITIES, 'off']);
  return [resolveRuleId(text.slice(0, equals), rules), { severity }];
}

function targetVersion(text: string): ResolvedConfig['kubernetesVersion'] {
  const version = parseVersion(text);
  if (version === undefined)
    throw new UsageError(`--kubernetes-version "${text}" is not of the form 1.${NEWEST_MINOR}`);
  const minor = Number(version.slice(2));
  if (minor < OLDEST_MINOR || minor > NEWEST_MINOR) {
    throw new UsageError(
      `Kubernetes ${version} is not among the releases known here, 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`,
    );
  }
  return version;
}
