/** A Kubernetes minor release, `1.31`. */
export type KubeVersion = `1.${number}`;

/** The oldest and the newest release this linter has tables for. */
export const OLDEST_MINOR = 25;
export const NEWEST_MINOR = 37;
export const NEWEST_VERSION: KubeVersion = `1.${NEWEST_MINOR}`;

/** Reads `1.31`, `v1.31` and `1.31.4`; undefined for anything else. */
export function parseVersion(text: string): KubeVersion | undefined {
  const match = /^v?1\.(0|[1-9]\d{0,3})(?:\.\d+)?(?:[-+].*)?$/.exec(text);
  return match === null ? undefined : `1.${Number(match[1])}`;
}

export function minorOf(version: KubeVersion): number {
  return Number(version.slice(2));
}
