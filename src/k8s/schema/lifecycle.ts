import { splitApiVersion } from '../resource.ts';
import { NOTES } from './kinds-table.ts';
import { kindEntry } from './scope.ts';

/** The life of one version of a kind, in minors of Kubernetes 1. */
export interface ApiLife {
  readonly version: string;
  readonly introduced: number;
  readonly deprecated: number | undefined;
  /** The first release that does not serve it. */
  readonly removed: number | undefined;
  /** Another kind or group that takes its place: `apps/v1/Deployment`. */
  readonly successor: { readonly apiVersion: string; readonly kind: string } | undefined;
  /** Changing apiVersion is the whole migration. */
  readonly pure: boolean;
}

export type ApiState =
  | { readonly is: 'served' }
  | { readonly is: 'removed'; readonly life: ApiLife; readonly replacement: Replacement | undefined }
  | { readonly is: 'deprecated'; readonly life: ApiLife; readonly replacement: Replacement | undefined }
  | { readonly is: 'too-new'; readonly life: ApiLife; readonly replacement: Replacement | undefined }
  /** The kind is known, but no release has had it in this version. */
  | { readonly is: 'unknown-version'; readonly replacement: Replacement | undefined };

export interface Replacement {
  readonly apiVersion: string;
  readonly kind: string;
  /** Nothing but apiVersion has to change. */
  readonly pure: boolean;
  /** What else changes. */
  readonly note: string | undefined;
}

/** How the target release stands to a version of a kind; undefined where the kind is not one of Kubernetes' own. */
export function apiState(group: string, version: string, kind: string, minor: number): ApiState | undefined {
  const entry = kindEntry(group, kind);
  if (entry === undefined) return undefined;
  if (isPlain(entry, version, minor)) return SERVED;
  const life = lifeOf(entry, version);
  if (life === undefined)
    return { is: 'unknown-version', replacement: replacementOf(entry, group, version, kind, minor) };
  if (life.removed !== undefined && minor >= life.removed)
    return { is: 'removed', life, replacement: replacementOf(entry, group, version, kind, minor) };
  if (minor < life.introduced)
    return { is: 'too-new', life, replacement: replacementOf(entry, group, version, kind, minor) };
  if (life.deprecated !== undefined && minor >= life.deprecated)
    return { is: 'deprecated', life, replacement: replacementOf(entry, group, version, kind, minor) };
  return SERVED;
}

const SERVED: ApiState = { is: 'served' };

/** Every version of a kind, newest first. */
export function livesOf(group: string, kind: string): readonly ApiLife[] {
  const entry = kindEntry(group, kind);
  return entry === undefined ? [] : entry.split(' ').slice(1).map(parseLife);
}

/** Why the kind itself has gone, or what its replacement asks for besides another apiVersion. */
export function noteOf(group: string, version: string, kind: string): string | undefined {
  const key = `${group}/${version}/${kind}`;
  return Object.hasOwn(NOTES, key) ? NOTES[key] : undefined;
}

/** A version that has come and has no end: nearly always, and worth no more than a look. */
function isPlain(entry: string, version: string, minor: number): boolean {
  let at = entry.indexOf(version) + version.length;
  if (entry[at] !== ':' || entry[at - version.length - 1] !== ' ') return false;
  let introduced = 0;
  for (at++; at < entry.length; at++) {
    const digit = entry.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    introduced = introduced * 10 + digit;
  }
  return (at === entry.length || entry[at] === ' ') && minor >= introduced;
}

function lifeOf(entry: string, version: string): ApiLife | undefined {
  const start = entry.indexOf(` ${version}:`);
  if (start === -1) return undefined;
  const end = entry.indexOf(' ', start + 1);
  return parseLife(entry.slice(start + 1, end === -1 ? undefined : end));
}

function parseLife(text: string): ApiLife {
  const match = /^(\w+):(\d+)(?:,(\d*))?(?:,(\d+))?(!?)(?:>(.*)\/(\w+))?$/.exec(text)!;
  const minor = (digits: string | undefined) => (digits === undefined || digits === '' ? undefined : Number(digits));
  return {
    version: match[1]!,
    introduced: Number(match[2]),
    deprecated: minor(match[3]),
    removed: minor(match[4]),
    successor: match[6] === undefined ? undefined : { apiVersion: match[6], kind: match[7]! },
    pure: match[5] === '!',
  };
}

/** What to write for the target release: the best version that it serves, of the same kind or of its successor. */
function replacementOf(
  entry: string,
  group: string,
  version: string,
  kind: string,
  minor: number,
): Replacement | undefined {
  const own = lifeOf(entry, version);
  const lives = entry.split(' ').slice(1).map(parseLife);
  if (own?.successor !== undefined) {
    const { apiVersion, kind: other } = own.successor;
    const target = splitApiVersion(apiVersion);
    const served = apiState(target.group, target.version, other, minor)?.is === 'served';
    return served ? { apiVersion, kind: other, pure: own.pure, note: noteOf(group, version, kind) } : undefined;
  }
  // Newest first, so the first that the release serves and does not call deprecated is the one it prefers.
  const best =
    lives.find((life) => serves(life, minor) && (life.deprecated === undefined || life.deprecated > minor)) ??
    lives.find((life) => serves(life, minor));
  if (best === undefined || best.version === version) return undefined;
  // The table says what is pure of the way to the newest version only.
  const pure = own?.pure === true && best.version === lives[0]!.version;
  const apiVersion = group === '' ? best.version : `${group}/${best.version}`;
  return { apiVersion, kind, pure, note: noteOf(group, version, kind) };
}

function serves(life: ApiLife, minor: number): boolean {
  return life.introduced <= minor && (life.removed === undefined || minor < life.removed);
}
