import { compareLevels, type Level, type LevelVersion, parseLevel, parsePolicyVersion } from './level.ts';

export const LABEL_PREFIX = 'pod-security.kubernetes.io/';
export const MODES = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof MODES)[number];

/** What a namespace demands in each mode. */
export type Policy = Readonly<Record<Mode, LevelVersion>>;

export interface InvalidLabel {
  readonly key: string;
  readonly value: string;
  readonly mode: Mode;
  readonly about: 'level' | 'version';
}

export interface ResolvedPolicy extends Policy {
  /** For any of these the API server refuses to create the namespace. */
  readonly invalid: readonly InvalidLabel[];
}

/** What is in force where nobody configured the plugin. */
export const BUILT_IN_DEFAULTS: Policy = {
  enforce: { level: 'privileged', version: 'latest' },
  audit: { level: 'privileged', version: 'latest' },
  warn: { level: 'privileged', version: 'latest' },
};

/**
 * The policy that labels ask for, over the defaults, as the admission plugin reads them: an enforce level that it does
 * not know acts as restricted, an audit or warn level that it does not know as privileged, a version as latest. A label
 * without a value is the empty string, and that is none of the levels.
 */
export function policyOf(
  labels: Readonly<Record<string, string>>,
  defaults: Policy = BUILT_IN_DEFAULTS,
): ResolvedPolicy {
  const invalid: InvalidLabel[] = [];
  const resolve = (mode: Mode, fallback: Level): LevelVersion => {
    let { level, version } = defaults[mode];
    const levelKey = LABEL_PREFIX + mode;
    const levelText = labels[levelKey];
    if (levelText !== undefined) {
      const parsed = parseLevel(levelText);
      if (parsed === undefined) invalid.push({ key: levelKey, value: levelText, mode, about: 'level' });
      level = parsed ?? fallback;
    }
    const versionText = labels[`${levelKey}-version`];
    if (versionText !== undefined) {
      const parsed = parsePolicyVersion(versionText);
      if (parsed === undefined) {
        invalid.push({ key: `${levelKey}-version`, value: versionText, mode, about: 'version' });
      }
      version = parsed ?? 'latest';
    }
    return { level, version };
  };
  const enforce = resolve('enforce', 'restricted');
  const audit = resolve('audit', 'privileged');
  let warn = resolve('warn', 'privileged');
  // Who enforces more than the default warns of, and says nothing about warn, is warned of what is enforced.
  const asked = labels[`${LABEL_PREFIX}enforce`];
  if (
    labels[`${LABEL_PREFIX}warn`] === undefined &&
    asked !== undefined &&
    parseLevel(asked) !== undefined &&
    compareLevels(enforce.level, warn.level) > 0
  ) {
    const pinned = labels[`${LABEL_PREFIX}warn-version`] !== undefined;
    warn = { level: enforce.level, version: pinned ? warn.version : enforce.version };
  }
  return { enforce, audit, warn, invalid };
}
