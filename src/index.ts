import { resolve } from 'node:path';
import { FORMATS, type FormatName, formatNamed } from './cli/formats.ts';
import { TOOL_VERSION } from './cli/version.ts';
import { findConfig } from './config/find.ts';
import { loadConfig } from './config/load.lazy.ts';
import { type PartialConfig, resolveConfig } from './config/resolve.ts';
import { docsOf, firstStepOf } from './engine/docs.ts';
import { lint } from './engine/lint.ts';
import { compile } from './engine/plan.ts';
import type { Report } from './engine/report.ts';
import type { AnyRule } from './engine/rule.ts';
import { suppressionSettings } from './engine/suppress.ts';
import { discover } from './input/discover.ts';
import { read } from './input/read.ts';
import { rules as builtinRules } from './rules/index.ts';
import { SourceFile } from './text/source-file.ts';
import { editsFor } from './yaml/edit.ts';

export type { PresetName, ResolvedConfig, RuleSetting } from './engine/config.ts';
export type { Finding, Fix, Place, Problem, Related, Severity, SkippedFile, Suppression } from './engine/finding.ts';
export { exitStatus, type Report, type ReportSummary } from './engine/report.ts';
export { docsOf, FORMATS, type FormatName, type PartialConfig, SourceFile };

/** Every built-in rule. */
export const rules: readonly AnyRule[] = builtinRules;
/** The version of this package. */
export const version: string = TOOL_VERSION;

export interface LintOptions {
  /** Paths in the report are relative to it; default: the working folder of the process. */
  readonly cwd?: string;
  /** A configuration file, or `false` for none; default: the one in force for `cwd`. */
  readonly configFile?: string | false;
  /** Settings on top of the file's. */
  readonly config?: PartialConfig;
  /** The day on which suppressions are judged, `2026-11-23`; default: today. */
  readonly today?: string;
}

/** Lints files, folders and patterns, as the command does. Throws an error with a sentence for a wrong configuration. */
export function lintFiles(paths: readonly string[], options: LintOptions = {}): Report {
  const cwd = options.cwd ?? process.cwd();
  const { settings, known, ignore } = settingsFor(options, cwd);
  const found = discover(paths, { cwd, ignore }).flatMap((target) => target.found);
  const { sources, reopen } = read(found, {
    readStdin: () => Buffer.alloc(0),
    stdinName: 'stdin',
  });
  return run(settings, known, { sources, reopen }, options);
}

/** Lints texts that are held in memory, by the names that their findings shall carry. */
export function lintTexts(texts: Readonly<Record<string, string>>, options: LintOptions = {}): Report {
  const { settings, known } = settingsFor(options, options.cwd ?? process.cwd());
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, new SourceFile(path, text)]));
  const reopen = (path: string): SourceFile => {
    const file = files.get(path);
    if (file === undefined) throw new Error(`"${path}" was not part of the input`);
    return file;
  };
  return run(
    settings,
    known,
    { sources: [...files.values()].map((file) => ({ kind: 'text', file })), reopen },
    options,
  );
}

/** A report in one of `FORMATS`. */
export function formatReport(report: Report, format: FormatName, options: { readonly color?: boolean } = {}): string {
  return [
    ...formatNamed(format)(report, {
      toolVersion: TOOL_VERSION,
      color: options.color ?? false,
      width: 100,
      docsOf,
      firstStepOf,
    }),
  ].join('');
}

function settingsFor({ configFile, config = {} }: LintOptions, cwd: string) {
  const path = configFile === false ? undefined : configFile === undefined ? findConfig(cwd) : resolve(cwd, configFile);
  const loaded = path === undefined ? undefined : loadConfig(path, cwd, builtinRules);
  const known = [...builtinRules, ...(loaded?.pluginRules ?? [])];
  const patterns = (folder: string, list: readonly string[] | undefined) =>
    list === undefined ? [] : [{ folder, patterns: list }];
  return {
    settings: resolveConfig(loaded === undefined ? [config] : [loaded.config, config], known),
    known,
    ignore: [...patterns(loaded?.folder ?? cwd, loaded?.config.ignore), ...patterns(cwd, config.ignore)],
  };
}

function run(
  config: ReturnType<typeof resolveConfig>,
  known: readonly AnyRule[],
  input: Pick<Parameters<typeof lint>[0], 'sources' | 'reopen'>,
  { today = new Date().toISOString().slice(0, 10) }: LintOptions,
): Report {
  const plan = compile(known, config);
  return lint({
    ...input,
    plan,
    editsFor,
    keepsChanges: true,
    suppressions: suppressionSettings(plan, known, () => today),
  });
}
