import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, relative } from 'node:path';
import type { z } from 'zod';
import type { RuleSetting } from '../engine/config.ts';
import type { AnyRule } from '../engine/rule.ts';
import { NEWEST_MINOR, OLDEST_MINOR, parseVersion } from '../k8s/version.ts';
import { nearest } from '../text/nearest.ts';
import { SourceFile, type Span } from '../text/source-file.ts';
import type { Document } from '../yaml/document.ts';
import { parse } from '../yaml/parse.ts';
import { checkOptions } from './options.ts';
import { checkPlugin } from './plugins.ts';
import type { PartialConfig } from './resolve.ts';
import { type ConfigFile, configSchema, type RuleSettingInFile } from './schema.ts';
import { UsageError } from './usage-error.ts';

export interface LoadedConfig {
  readonly config: PartialConfig;
  /** The folder that patterns speak of. */
  readonly folder: string;
  readonly pluginRules: readonly AnyRule[];
}

/** Reads a configuration file. Every mistake in it is told at once, each with its line, as one usage error. */
export function loadConfig(path: string, cwd: string, builtin: readonly AnyRule[]): LoadedConfig {
  const shown = shownPath(path, cwd);
  const file = new SourceFile(shown, readConfig(path, shown));
  const [document, second] = parse(file);
  const folder = dirname(path);
  if (document === undefined) return { config: {}, folder, pluginRules: [] };
  const faults = new Faults(file, document);
  for (const error of document.errors) faults.add(error.span, error.message);
  for (const { key, span } of document.duplicates) faults.add(span, `key "${key}" comes twice`);
  if (second !== undefined) faults.add(second.span, 'a configuration is one document');
  faults.throwIfAny();

  const parsed = configSchema.safeParse(document.value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.addIssue(issue);
    faults.throwIfAny();
  }
  const config = parsed.data as ConfigFile;
  const pluginRules = loadPlugins(config, path, faults);
  faults.throwIfAny();
  const resolved = resolveFile(config, [...builtin, ...pluginRules], faults);
  faults.throwIfAny();
  return { config: resolved, folder, pluginRules };
}

/** What is wrong with a configuration file, with places. */
class Faults {
  readonly #file: SourceFile;
  readonly #document: Document;
  readonly #found: { readonly offset: number; readonly text: string }[] = [];

  constructor(file: SourceFile, document: Document) {
    this.#file = file;
    this.#document = document;
  }

  add(span: Span, message: string): void {
    const { line, column } = this.#file.position(span.start);
    this.#found.push({ offset: span.start, text: `${this.#file.path}:${line}:${column}: ${message}` });
  }

  /** At the value, or with `atKey` at the key, that a path leads to. */
  addAt(path: readonly PropertyKey[], message: string, atKey = false): void {
    const node = this.#document.root.at(path.map((step) => (typeof step === 'number' ? step : String(step))));
    this.add(atKey || node.isMap || node.isList ? node.anchor : node.span, message);
  }

  addIssue(issue: z.core.$ZodIssue): void {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const known = knownKeys(path);
        const meant = nearest(key, known);
        const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean "${meant}"`;
        this.addAt([...path, key], `unknown key "${key}"; ${hint}`, true);
      }
      return;
    }
    if (issue.code === 'invalid_union') {
      // Of several forms that a value may have, the one meant is the one whose fault lies inside the value.
      const inside = leavesOf(issue).filter(
        (each) => each.path.length > path.length || each.code === 'unrecognized_keys',
      );
      if (inside.length > 0) {
        for (const each of inside) this.addIssue(each);
        return;
      }
    }
    this.addAt(path, this.describe(issue));
  }

  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const lines = [...this.#found].sort((one, other) => one.offset - other.offset).map(({ text }) => text);
    throw new UsageError(lines.join('\n'));
  }

  private describe(issue: z.core.$ZodIssue): string {
    const { path } = issue;
    const node = this.#document.root.at(path.map((step) => (typeof step === 'number' ? step : String(step))));
    const name = path.length === 0 ? 'the configuration' : `"${formatKey(path)}"`;
    if (issue.code === 'invalid_value') return `${name} ${notOneOf(node.raw, issue.values)}`;
    if (issue.code === 'invalid_type') {
      if (path.at(-1) === 'kubernetesVersion')
        return `${name} has to be a string in quotes: "1.33", since 1.30 is the number 1.3`;
      return `${name} has to be ${article(issue.expected)}`;
    }
    if (issue.code === 'invalid_union') {
      const values = leavesOf(issue).flatMap((each) => (each.code === 'invalid_value' ? each.values : []));
      return values.length > 0 ? `${name} ${notOneOf(node.raw, values)}` : `${name} has a value of the wrong type`;
    }
    if (issue.code === 'too_small') return `${name} is empty`;
    if (issue.code === 'invalid_format') return `${name} ${issue.message}`;
    return `${name}: ${issue.message}`;
  }
}

/** What the forms of a union complain about, with whole paths. */
function leavesOf(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  return issue.errors.flat().flatMap((inner) => leavesOf({ ...inner, path: [...issue.path, ...inner.path] }));
}

function resolveFile(config: ConfigFile, rules: readonly AnyRule[], faults: Faults): PartialConfig {
  const { kubernetesVersion, extends: presets, overrides, plugins } = config;
  const version = kubernetesVersion === undefined ? undefined : parseVersion(kubernetesVersion);
  if (kubernetesVersion !== undefined && !isKnownVersion(version)) {
    faults.addAt(
      ['kubernetesVersion'],
      `"${kubernetesVersion}" is not a release known here, 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`,
    );
  }
  const byName = new Map<string, AnyRule>();
  for (const rule of rules) for (const id of [rule.id, ...(rule.aliases ?? [])]) byName.set(id, rule);
  const readRules = (
    settings: Readonly<Record<string, RuleSettingInFile>> | undefined,
    path: readonly PropertyKey[],
  ): Record<string, RuleSetting> => {
    const read: Record<string, RuleSetting> = {};
    for (const [id, setting] of Object.entries(settings ?? {})) {
      const rule = byName.get(id);
      if (rule === undefined) {
        const meant = nearest(id, byName.keys());
        faults.addAt(
          [...path, id],
          `there is no rule "${id}"${meant === undefined ? '; kubesec-lint rules lists them' : `; did you mean "${meant}"`}`,
          true,
        );
        continue;
      }
      const plain = readSetting(setting);
      for (const fault of checkOptions(plain.options, rule)) {
        faults.addAt([...path, id, 'options', ...fault.path], fault.message, fault.atKey);
      }
      read[rule.id] = plain;
    }
    return read;
  };
  return {
    ...(version === undefined ? {} : { kubernetesVersion: version }),
    ...(presets === undefined ? {} : { presets: typeof presets === 'string' ? [presets] : presets }),
    rules: readRules(config.rules, ['rules']),
    ...(config.ignore === undefined ? {} : { ignore: config.ignore }),
    ...(overrides === undefined
      ? {}
      : {
          overrides: overrides.map(({ files, namespaces, kinds, names, rules: settings, reason }, index) => {
            if ((files ?? namespaces ?? kinds ?? names) === undefined) {
              faults.addAt(['overrides', index], 'an override says where it holds: files, namespaces, kinds or names');
            }
            return {
              ...(files === undefined ? {} : { files }),
              ...(namespaces === undefined ? {} : { namespaces }),
              ...(kinds === undefined ? {} : { kinds }),
              ...(names === undefined ? {} : { names }),
              rules: readRules(settings, ['overrides', index, 'rules']),
              reason,
            };
          }),
        }),
    ...(plugins === undefined ? {} : { plugins }),
    ...(config.podTemplates === undefined ? {} : { podTemplates: config.podTemplates }),
    ...(config.world === undefined ? {} : { world: config.world }),
    ...(config.failOn === undefined ? {} : { failOn: config.failOn }),
    ...(config.requireReason === undefined ? {} : { requireReason: config.requireReason }),
    ...(config.defaultNamespace === undefined ? {} : { defaultNamespace: config.defaultNamespace }),
  };
}

function readSetting(setting: RuleSettingInFile): RuleSetting {
  if (setting === false || setting === 'off') return { severity: 'off' };
  if (setting === true || setting === 'on') return {};
  if (typeof setting === 'string') return { severity: setting };
  const { severity, options } = setting;
  return {
    ...(severity === undefined ? {} : { severity: severity === false ? 'off' : severity }),
    ...(options === undefined ? {} : { options }),
  };
}

/** Node 20.19 requires ES modules like any other, so plugins load without a turn of the event loop. */
function loadPlugins({ plugins = [] }: ConfigFile, configPath: string, faults: Faults): readonly AnyRule[] {
  const load = createRequire(configPath);
  return plugins.flatMap((specifier, index) => {
    const where = ['plugins', index];
    let loaded: unknown;
    try {
      loaded = load(specifier);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const reason =
        code === 'ERR_REQUIRE_ASYNC_MODULE'
          ? 'it uses await at its top level'
          : code === 'ERR_UNKNOWN_FILE_EXTENSION'
            ? `this Node.js (${process.version}) does not run .ts files; compile it, or use Node.js 22.18 or newer`
            : error instanceof Error
              ? error.message.split('\n')[0]
              : String(error);
      faults.addAt(where, `plugin "${specifier}" cannot be loaded: ${reason}`);
      return [];
    }
    const { rules, fault } = checkPlugin(loaded);
    if (fault !== undefined) faults.addAt(where, `plugin "${specifier}" ${fault}`);
    return rules;
  });
}

function readConfig(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw new UsageError(
      `cannot read configuration ${shown}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function isKnownVersion(version: string | undefined): boolean {
  if (version === undefined) return false;
  const minor = Number(version.slice(2));
  return minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
}

const KEYS_OF: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(configSchema.shape).filter((key) => key !== '$schema'),
  overrides: ['files', 'namespaces', 'kinds', 'names', 'rules', 'reason'],
  podTemplates: ['group', 'kind', 'path'],
  rules: ['severity', 'options'],
};

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  return KEYS_OF[String(path[0] ?? '')] ?? [];
}

function notOneOf(value: unknown, allowed: readonly unknown[]): string {
  const words = [...new Set(allowed.map(String))];
  const meant = typeof value === 'string' ? nearest(value, words) : undefined;
  const hint = meant === undefined ? `one of ${words.join(', ')}` : `did you mean "${meant}"`;
  return `cannot be ${typeof value === 'string' ? `"${value}"` : JSON.stringify(value)}; ${hint}`;
}

function article(type: string): string {
  const names: Readonly<Record<string, string>> = {
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
    boolean: 'true or false',
  };
  return names[type] ?? `a ${type}`;
}

function formatKey(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`))
    .join('');
}

function shownPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === '' || isAbsolute(inside) ? path : inside;
}
