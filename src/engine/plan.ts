import { type PodTemplates, podTemplates } from '../k8s/kinds.ts';
import { type KubeVersion, minorOf } from '../k8s/version.ts';
import type { ResolvedConfig } from './config.ts';
import type { Severity } from './finding.ts';
import type { AnyFact } from './project.ts';
import type { AnyRule, Preset, Target, World } from './rule.ts';

/** A rule with the check that the target release picks and the settings that the configuration gives it. */
export interface PlannedCheck {
  readonly rule: AnyRule;
  readonly severity: Severity;
  /** The configuration names the severity: then it stands above what the rule makes of the single case. */
  readonly isSeverityGiven: boolean;
  /** Findings that belong to a wider preset than this are not made. */
  readonly preset: Preset;
  readonly options: unknown;
  // The subject's type follows from `rule.on`, which decides the bucket that the check is put in.
  readonly check: (subject: never, context: never) => void;
}

export interface ChecksOfKind {
  readonly resource: readonly PlannedCheck[];
  readonly pod: readonly PlannedCheck[];
  readonly container: readonly PlannedCheck[];
  readonly facts: readonly AnyFact[];
}

/** Rules, configuration and target release, compiled once. */
export interface Plan {
  readonly config: ResolvedConfig;
  readonly version: KubeVersion;
  readonly minor: number;
  readonly world: World;
  /** Every rule that runs. */
  readonly rules: readonly AnyRule[];
  readonly planned: readonly PlannedCheck[];
  readonly podTemplates: PodTemplates;
  readonly documentChecks: readonly PlannedCheck[];
  readonly projectChecks: readonly PlannedCheck[];
  readonly facts: readonly AnyFact[];
  checksFor(groupKind: string): ChecksOfKind;
}

export const PRESET_RANK: Readonly<Record<Preset, number>> = { recommended: 0, strict: 1, all: 2 };

export interface PlanOptions {
  /** What a command other than lint wants to ask the project for. */
  readonly facts?: readonly AnyFact[];
}

export function compile(rules: readonly AnyRule[], config: ResolvedConfig, options: PlanOptions = {}): Plan {
  const minor = minorOf(config.kubernetesVersion);
  const chosen: PlannedCheck[] = [];
  for (const rule of rules) {
    const setting = config.rules[rule.id];
    const overridden = config.overrides.some((override) => {
      const there = override.rules[rule.id];
      return there !== undefined && there.severity !== 'off';
    });
    if (setting?.severity === 'off' && !overridden) continue;
    if (setting === undefined && !overridden && !inPresets(rule, config)) continue;
    const check = newestCheck(rule, minor);
    if (check === undefined) continue;
    const given = setting?.severity === 'off' ? undefined : setting?.severity;
    const named = setting !== undefined || overridden;
    const preset = named ? 'all' : widestPreset(rule, config);
    chosen.push({
      rule,
      severity: given ?? rule.severity,
      isSeverityGiven: given !== undefined,
      preset,
      options: setting?.options ?? rule.options?.defaults ?? {},
      check,
    });
  }
  const planned = chosen.filter(({ rule }) => config.rules[rule.id] !== undefined || !yields(rule, chosen));
  const facts = closure([...planned.flatMap(({ rule }) => rule.facts ?? []), ...(options.facts ?? [])]);
  const of = (target: Target) => planned.filter(({ rule }) => rule.on === target);
  const byKind = new Map<string, ChecksOfKind>();
  const [resource, pod, container] = [of('resource'), of('pod'), of('container')];
  return {
    config,
    version: config.kubernetesVersion,
    minor,
    world: config.world,
    rules: planned.map(({ rule }) => rule),
    planned,
    podTemplates: podTemplates(config.podTemplates),
    documentChecks: of('document'),
    projectChecks: of('project'),
    facts,
    checksFor(groupKind) {
      let checks = byKind.get(groupKind);
      if (checks === undefined) {
        const wanted = ({ rule }: PlannedCheck) => matchesKind(rule.kinds, groupKind);
        checks = {
          resource: resource.filter(wanted),
          pod: pod.filter(wanted),
          container: container.filter(wanted),
          facts: facts.filter(
            (fact) =>
              fact.collect !== undefined &&
              (fact.pods === true || (fact.kinds === undefined ? true : matchesKind(fact.kinds, groupKind))),
          ),
        };
        byKind.set(groupKind, checks);
      }
      return checks;
    },
  };
}

/** All that a result of the map phase depends on besides the file and the version of this program. */
export function planKeyOf(plan: Plan): string {
  const { config, version, world, planned, facts } = plan;
  return JSON.stringify([
    version,
    world,
    config.podTemplates,
    config.defaultNamespace,
    planned.map(({ rule, severity, isSeverityGiven, preset, options }) => [
      rule.id,
      severity,
      isSeverityGiven,
      preset,
      options,
    ]),
    facts.map(({ name }) => name),
  ]);
}

/** Rules that say in detail what this one sums up all run. */
function yields({ yieldsTo }: AnyRule, chosen: readonly PlannedCheck[]): boolean {
  return yieldsTo?.every((id) => chosen.some(({ rule }) => rule.id === id)) ?? false;
}

/** No list of kinds means every kind; `*.group` means every kind of a group. */
function matchesKind(kinds: readonly string[] | undefined, groupKind: string): boolean {
  if (kinds === undefined) return true;
  for (const kind of kinds) {
    if (kind === groupKind) return true;
    if (
      kind.startsWith('*.') &&
      groupKind.endsWith(kind.slice(1)) &&
      groupKind.indexOf('.') === groupKind.length - kind.length + 1
    )
      return true;
  }
  return false;
}

function inPresets(rule: AnyRule, config: ResolvedConfig): boolean {
  return config.presets.some((preset) => {
    if (preset === 'recommended' || preset === 'strict' || preset === 'all') {
      return PRESET_RANK[rule.preset] <= PRESET_RANK[preset];
    }
    return config.presetRules[preset]?.includes(rule.id) ?? false;
  });
}

/** A preset that follows a control catalog wants all that its rules have to say. */
function widestPreset(rule: AnyRule, config: ResolvedConfig): Preset {
  let widest = rule.preset;
  for (const preset of config.presets) {
    if (preset !== 'recommended' && preset !== 'strict' && preset !== 'all') {
      if (config.presetRules[preset]?.includes(rule.id)) return 'all';
    } else if (PRESET_RANK[preset] > PRESET_RANK[widest]) widest = preset;
  }
  return widest;
}

function newestCheck(rule: AnyRule, minor: number): PlannedCheck['check'] | undefined {
  let newest: PlannedCheck['check'] | undefined;
  for (const { since, check } of rule.checks) {
    if (minorOf(since) <= minor) newest = check as PlannedCheck['check'];
  }
  return newest;
}

function closure(facts: readonly AnyFact[]): readonly AnyFact[] {
  const all = new Map<string, AnyFact>();
  const visit = (fact: AnyFact): void => {
    if (all.has(fact.name)) return;
    all.set(fact.name, fact);
    for (const used of fact.uses ?? []) visit(used);
  };
  for (const fact of facts) visit(fact);
  return [...all.values()];
}
