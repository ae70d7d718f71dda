import type { AnyNode } from '../../yaml/node.ts';

export const PROVIDERS = ['aesgcm', 'aescbc', 'secretbox', 'kms', 'identity'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export interface EncryptionKey {
  /** `keys[i]` */
  readonly node: AnyNode;
  readonly name: string;
  readonly secret: AnyNode;
  readonly provider: ProviderName;
}

export interface Provider {
  readonly node: AnyNode;
  /** Undefined where the element names none, or more than one. */
  readonly name: ProviderName | undefined;
  readonly keys: readonly EncryptionKey[];
}

export interface ResourceWord {
  readonly node: AnyNode;
  readonly text: string;
  readonly resource: string;
  readonly group: string;
}

export interface EncryptionEntry {
  readonly node: AnyNode;
  readonly resources: readonly ResourceWord[];
  readonly providers: readonly Provider[];
}

/** The entries of an EncryptionConfiguration. */
export function entriesOf(root: AnyNode): readonly EncryptionEntry[] {
  return (root.get('resources').items() as readonly AnyNode[]).map((node) => ({
    node,
    resources: (node.get('resources').items() as readonly AnyNode[]).flatMap((word): readonly ResourceWord[] => {
      const text = word.string;
      return text === undefined ? [] : [{ node: word, text, ...parseGroupResource(text) }];
    }),
    providers: (node.get('providers').items() as readonly AnyNode[]).map(readProvider),
  }));
}

/**
 * The entry whose first provider writes a resource. The server keeps providers by resource: those of `secrets` are
 * used before those of `*.`, and these before those of `*.*`, in whatever order they are written; of several entries
 * for the same resource the first writes and all read (apiserver/pkg/server/options/encryptionconfig).
 */
export function effectiveEntry(
  entries: readonly EncryptionEntry[],
  resource: string,
  group: string,
): EncryptionEntry | undefined {
  for (const [wantedResource, wantedGroup] of [
    [resource, group],
    ['*', group],
    ['*', '*'],
  ]) {
    const found = entries.find(({ resources }) =>
      resources.some((word) => word.text !== '*' && word.resource === wantedResource && word.group === wantedGroup),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

export function keysOf(entries: readonly EncryptionEntry[]): readonly EncryptionKey[] {
  return entries.flatMap(({ providers }) => providers.flatMap(({ keys }) => keys));
}

/** `pods.metrics.k8s.io` → pods of metrics.k8s.io; `*.` is the core group. */
export function parseGroupResource(text: string): { readonly resource: string; readonly group: string } {
  const dot = text.indexOf('.');
  return dot === -1 ? { resource: text, group: '' } : { resource: text.slice(0, dot), group: text.slice(dot + 1) };
}

/** base64.StdEncoding, which skips line breaks; undefined for what it refuses. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const joined = text.replace(/[\r\n]/g, '');
  if (joined.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(joined)) return undefined;
  return Buffer.from(joined, 'base64');
}

function readProvider(node: AnyNode): Provider {
  const named = PROVIDERS.filter((name) => node.get(name).present);
  const name = named.length === 1 ? named[0] : undefined;
  if (name === undefined) return { node, name, keys: [] };
  const keys = (node.at([name, 'keys']).items() as readonly AnyNode[]).map(
    (key): EncryptionKey => ({
      node: key,
      name: key.get('name').string ?? '',
      secret: key.get('secret'),
      provider: name,
    }),
  );
  return { node, name, keys };
}
