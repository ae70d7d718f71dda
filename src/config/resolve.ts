import type { PresetName, ResolvedConfig, RuleSetting } from '../engine/config.ts';
import { DEFAULT_CONFIG } from '../engine/config.ts';
import { docsOf } from '../engine/docs.ts';
import type { AnyRule } from '../engine/rule.ts';

/** What a configuration file or a command line says; the rest is left to who comes before. */
export type PartialConfig = Partial<Omit<ResolvedConfig, 'presetRules'>>;

/** Joins defaults, file and command line, the later with the last word; rule by rule, list by list. */
export function resolveConfig(layers: readonly PartialConfig[], known: readonly AnyRule[]): ResolvedConfig {
  let config: ResolvedConfig = DEFAULT_CONFIG;
  for (const layer of layers) {
    config = {
      ...config,
      ...layer,
      rules: joinRules(config.rules, layer.rules ?? {}),
      ignore: [...config.ignore, ...(layer.ignore ?? [])],
    };
  }
  const rules: Record<string, RuleSetting> = {};
  if (config.requireReason) rules['suppression-without-reason'] = {};
  for (const [id, setting] of Object.entries(config.rules)) rules[id] = withDefaults(setting, id, known);
  return { ...config, rules, presetRules: presetRules(config.presets, known) };
}

/** The rules of a preset that follows a control catalog. */
export function rulesOfCatalog(preset: PresetName, known: readonly AnyRule[]): readonly string[] {
  return known
    .filter((rule) => {
      const { pss, cis, nsa } = docsOf(rule).frameworks;
      if (preset === 'pss-baseline') return pss === 'baseline';
      if (preset === 'pss-restricted') return pss !== undefined;
      return (preset === 'cis' ? cis : nsa) !== undefined;
    })
    .map(({ id }) => id);
}

function presetRules(presets: readonly PresetName[], known: readonly AnyRule[]): ResolvedConfig['presetRules'] {
  const lists: Partial<Record<PresetName, readonly string[]>> = {};
  for (const preset of presets) {
    if (preset === 'recommended' || preset === 'strict' || preset === 'all' || preset === 'none') continue;
    lists[preset] = rulesOfCatalog(preset, known);
  }
  return lists;
}

function joinRules(
  base: ResolvedConfig['rules'],
  more: ResolvedConfig['rules'],
): Readonly<Record<string, RuleSetting>> {
  const joined: Record<string, RuleSetting> = { ...base };
  for (const [id, setting] of Object.entries(more)) joined[id] = { ...joined[id], ...setting };
  return joined;
}

/** Options that are not given keep their defaults. */
function withDefaults(setting: RuleSetting, id: string, known: readonly AnyRule[]): RuleSetting {
  if (setting.options === undefined) return setting;
  const defaults: unknown = known.find((rule) => rule.id === id)?.options?.defaults;
  return { ...setting, options: { ...(defaults as object), ...(setting.options as object) } };
}
