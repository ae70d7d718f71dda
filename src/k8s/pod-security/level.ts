/** The three Pod Security Standards, from no demands to the strictest. */
export const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

/** The newest release whose policy differs from the one before: `latest`, and every newer version, means this. */
export const NEWEST_POLICY = 37;

/** The minor release of a policy version; `latest` stays what it is until somebody asks what that is today. */
export type PolicyVersion = number | 'latest';

export interface LevelVersion {
  readonly level: Level;
  readonly version: PolicyVersion;
}

/** Exactly as written: admission knows no other case and no blanks. */
export function parseLevel(text: string): Level | undefined {
  return (LEVELS as readonly string[]).includes(text) ? (text as Level) : undefined;
}

/** `latest` or `v1.N` without leading zeros; undefined for anything else. */
export function parsePolicyVersion(text: string): PolicyVersion | undefined {
  if (text === 'latest') return 'latest';
  const match = /^v1\.(0|[1-9][0-9]*)$/.exec(text);
  if (match === null) return undefined;
  // Admission reads the number into 64 bits and refuses what does not fit.
  return BigInt(match[1]!) > 0x7fff_ffff_ffff_ffffn ? undefined : Number(match[1]);
}

/** The release whose tables apply on an API server of the release `server`: newer versions are clamped to it. */
export function policyMinor(version: PolicyVersion, server: number = NEWEST_POLICY): number {
  const newest = Math.min(server, NEWEST_POLICY);
  return version === 'latest' ? newest : Math.min(version, newest);
}

/** Positive where `a` is the stricter of the two. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

export function formatPolicyVersion(version: PolicyVersion): string {
  return version === 'latest' ? 'latest' : `v1.${version}`;
}

export function formatLevelVersion({ level, version }: LevelVersion): string {
  return `${level}:${formatPolicyVersion(version)}`;
}
