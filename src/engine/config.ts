import type { KubeVersion } from '../k8s/version.ts';
import { NEWEST_VERSION } from '../k8s/version.ts';
import type { Severity } from './finding.ts';
import type { World } from './rule.ts';

/** What `--preset` and `extends` take: the three that nest, cuts by a control catalog, and none but what is named. */
export const PRESETS = [
  'recommended',
  'strict',
  'all',
  'pss-baseline',
  'pss-restricted',
  'cis',
  'nsa',
  'none',
] as const;
export type PresetName = (typeof PRESETS)[number];

export const WORLDS = ['open', 'closed', 'auto'] as const satisfies readonly World[];

/** What the user says about one rule. Naming a rule switches it on, unless it says `off`. */
export interface RuleSetting {
  /** Undefined keeps the rule's own severity. */
  readonly severity?: Severity | 'off';
  readonly options?: unknown;
}

/** Other settings for a part of the input. A finding is meant when every list that is given has a match. */
export interface Override {
  /** Patterns as in .gitignore, against the path as shown. */
  readonly files?: readonly string[];
  /** Names with `*` and `?`. */
  readonly namespaces?: readonly string[];
  /** `Deployment` or `Deployment.apps`, with `*` and `?`. */
  readonly kinds?: readonly string[];
  readonly names?: readonly string[];
  /** `off` keeps the finding as a suppressed one; a severity replaces the rule's, and runs a rule that is off elsewhere. */
  readonly rules: Readonly<Record<string, RuleSetting>>;
  readonly reason: string | undefined;
}

/** Where a custom workload keeps its pod template. */
export interface PodTemplate {
  readonly group: string;
  readonly kind: string;
  /** Keys from the object's root to what holds `metadata` and `spec` of the pod: `spec.podTemplate`. */
  readonly path: string;
}

/** Settings after files and command line are joined: plain values, no source left behind. Rule ids are resolved ones. */
export interface ResolvedConfig {
  readonly kubernetesVersion: KubeVersion;
  /** The union of these is run. */
  readonly presets: readonly PresetName[];
  /** The rules of the presets that follow a control catalog, as far as they are asked for: rule prose says which. */
  readonly presetRules: Readonly<Partial<Record<PresetName, readonly string[]>>>;
  readonly rules: Readonly<Record<string, RuleSetting>>;
  readonly overrides: readonly Override[];
  /** Patterns as in .gitignore. */
  readonly ignore: readonly string[];
  readonly failOn: Severity | 'never';
  readonly world: World;
  /** Modules with rules, absolute paths or package names. */
  readonly plugins: readonly string[];
  readonly podTemplates: readonly PodTemplate[];
  /** A suppression without a reason is a finding. */
  readonly requireReason: boolean;
  /** The namespace of namespaced objects that name none, as kubectl would fill it in. */
  readonly defaultNamespace: string;
}

export const DEFAULT_CONFIG: ResolvedConfig = {
  kubernetesVersion: NEWEST_VERSION,
  presets: ['recommended'],
  presetRules: {},
  rules: {},
  overrides: [],
  ignore: [],
  failOn: 'medium',
  world: 'auto',
  plugins: [],
  podTemplates: [],
  requireReason: false,
  defaultNamespace: 'default',
};
