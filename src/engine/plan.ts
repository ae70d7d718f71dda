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
  const presets = new Presets(config);
  const hasOverrides = config.overrides.length > 0;
  const chosen: PlannedCheck[] = [];
  for (const rule of rules) {
    const setting = config.rules[rule.id];
    const overridden = hasOverrides && isSwitchedOnSomewhere(rule, config);
    if (setting?.severity === 'off' && !overridden) continue;
    const named = setting !== undefined || overridden;
    if (!named && !presets.hold(rule)) continue;
    const newest = newestCheck(rule, minor);
    if (newest === undefined) continue;
    const given = setting?.severity === 'off' ? undefined : setting?.severity;
    chosen.push(new Planned(rule, newest, given, named ? 'all' : presets.widest(rule), setting?.options));
  }
  const byTarget: Record<Target, PlannedCheck[]> = { document: [], resource: [], pod: [], container: [], project: [] };
  const planned: PlannedCheck[] = [];
  const running: AnyRule[] = [];
  const facts = new Map<string, AnyFact>();
  for (const check of chosen) {
    const { rule } = check;
    if (rule.yieldsTo !== undefined && config.rules[rule.id] === undefined && yields(rule, chosen)) continue;
    planned.push(check);
    running.push(rule);
    byTarget[rule.on].push(check);
    if (rule.facts !== undefined) for (const fact of rule.facts) addFact(facts, fact);
  }
  for (const fact of options.facts ?? []) addFact(facts, fact);
  const collecting = [...facts.values()].filter((fact) => fact.collect !== undefined);
  const byKind = new Map<string, ChecksOfKind>();
  const { resource, pod, container } = byTarget;
  return {
    config,
    version: config.kubernetesVersion,
    minor,
    world: config.world,
    rules: running,
    planned,
    podTemplates: podTemplates(config.podTemplates),
    documentChecks: byTarget.document,
    projectChecks: byTarget.project,
    facts: [...facts.values()],
    checksFor(groupKind) {
      let checks = byKind.get(groupKind);
      if (checks === undefined) {
        const wanted = ({ rule }: PlannedCheck) => matchesKind(rule.kinds, groupKind);
        checks = {
          resource: resource.filter(wanted),
          pod: pod.filter(wanted),
          container: container.filter(wanted),
          facts: collecting.filter((fact) => fact.pods === true || matchesKind(fact.kinds, groupKind)),
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

function isSwitchedOnSomewhere({ id }: AnyRule, { overrides }: ResolvedConfig): boolean {
  return overrides.some(({ rules }) => {
    const there = rules[id];
    return there !== undefined && there.severity !== 'off';
  });
}

/** The presets of a configuration, read once for all rules. */
class Presets {
  /** Of recommended, strict and all the widest that is chosen. */
  readonly #general: Preset | undefined;
  /** The rules of those that follow a control catalog. */
  readonly #catalogs: readonly (readonly string[])[];

  constructor({ presets, presetRules }: ResolvedConfig) {
    let general: Preset | undefined;
    const catalogs: (readonly string[])[] = [];
    for (const preset of presets) {
      if (preset === 'recommended' || preset === 'strict' || preset === 'all') {
        if (general === undefined || PRESET_RANK[preset] > PRESET_RANK[general]) general = preset;
      } else catalogs.push(presetRules[preset] ?? []);
    }
    this.#general = general;
    this.#catalogs = catalogs;
  }

  hold(rule: AnyRule): boolean {
    if (this.#general !== undefined && PRESET_RANK[rule.preset] <= PRESET_RANK[this.#general]) return true;
    return this.#isInCatalog(rule);
  }

  /** A preset that follows a control catalog wants all that its rules have to say. */
  widest(rule: AnyRule): Preset {
    if (this.#isInCatalog(rule)) return 'all';
    const general = this.#general ?? rule.preset;
    return PRESET_RANK[general] > PRESET_RANK[rule.preset] ? general : rule.preset;
  }

  #isInCatalog({ id }: AnyRule): boolean {
    return this.#catalogs.length > 0 && this.#catalogs.some((ids) => ids.includes(id));
  }
}

type Versioned = { readonly since: KubeVersion; readonly check: unknown };

/** Of most rules a run never needs more than that they are there: their check and options are asked for when they are bound. */
class Planned implements PlannedCheck {
  readonly rule: AnyRule;
  readonly severity: Severity;
  readonly isSeverityGiven: boolean;
  readonly preset: Preset;
  readonly #versioned: Versioned;
  readonly #options: unknown;

  constructor(rule: AnyRule, versioned: Versioned, given: Severity | undefined, preset: Preset, options: unknown) {
    this.rule = rule;
    this.severity = given ?? rule.severity;
    this.isSeverityGiven = given !== undefined;
    this.preset = preset;
    this.#versioned = versioned;
    this.#options = options;
  }

  get options(): unknown {
    return this.#options ?? this.rule.options?.defaults ?? {};
  }

  get check(): PlannedCheck['check'] {
    return this.#versioned.check as PlannedCheck['check'];
  }
}

function newestCheck(rule: AnyRule, minor: number): Versioned | undefined {
  let newest: Versioned | undefined;
  for (const versioned of rule.checks) {
    if (versioned.since === '1.0' || minorOf(versioned.since) <= minor) newest = versioned;
  }
  return newest;
}

function addFact(facts: Map<string, AnyFact>, fact: AnyFact): void {
  if (facts.has(fact.name)) return;
  facts.set(fact.name, fact);
  if (fact.uses !== undefined) for (const used of fact.uses) addFact(facts, used);
}
