import type { AnyNode } from '../../yaml/node.ts';
import { isKnown } from '../control-plane/flags.ts';
import {
  decodeBase64,
  type EncryptionEntry,
  type EncryptionKey,
  entriesOf,
  PROVIDERS,
  type Provider,
  parseGroupResource,
} from './configuration.ts';

export interface EncryptionFault {
  readonly node: AnyNode;
  /** Points at the key of the node rather than at its value. */
  readonly atKey?: boolean;
  readonly message: string;
}

/**
 * What keeps kube-apiserver from starting with an EncryptionConfiguration: strict decoding, validation
 * (apiserver/pkg/apis/apiserver/validation) and the building of the transformers, which refuses masked resources.
 * Material of keys is never part of a message.
 */
export function validateEncryption(root: AnyNode): readonly EncryptionFault[] {
  const faults: EncryptionFault[] = [];
  unknownFields(root, faults);
  const list: AnyNode = root.get('resources');
  const entries = entriesOf(root);
  if (entries.length === 0) {
    faults.push({ node: list.present ? list : root.get('kind'), message: 'resources: at least one entry is required' });
    return faults;
  }
  const names = new Set<string>();
  const seen = new Set<string>();
  for (const entry of entries) {
    resourceFaults(entry, faults);
    maskFaults(entry, seen, faults);
    const providers: AnyNode = entry.node.get('providers');
    if (entry.providers.length === 0) faults.push({ node: providers, message: 'at least one provider is required' });
    for (const provider of entry.providers) providerFaults(provider, names, faults);
  }
  return faults;
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  root: ['apiVersion', 'kind', 'resources'],
  entry: ['resources', 'providers'],
  provider: PROVIDERS,
  aes: ['keys'],
  key: ['name', 'secret'],
  kms: ['apiVersion', 'name', 'cachesize', 'endpoint', 'timeout'],
  identity: [],
};

/** The file is decoded strictly: an unknown key is an error. */
function unknownFields(root: AnyNode, faults: EncryptionFault[]): void {
  const check = (node: AnyNode, kind: string): void => {
    for (const [key, child] of node.entries()) {
      if (!FIELDS[kind]!.includes(key)) faults.push({ node: child, atKey: true, message: `unknown field "${key}"` });
    }
  };
  check(root, 'root');
  for (const entry of root.get('resources').items() as readonly AnyNode[]) {
    check(entry, 'entry');
    for (const provider of entry.get('providers').items() as readonly AnyNode[]) {
      check(provider, 'provider');
      check(provider.get('kms'), 'kms');
      check(provider.get('identity'), 'identity');
      for (const name of ['aesgcm', 'aescbc', 'secretbox']) {
        check(provider.get(name), 'aes');
        for (const key of provider.at([name, 'keys']).items()) check(key, 'key');
      }
    }
  }
}

function resourceFaults({ node, resources }: EncryptionEntry, faults: EncryptionFault[]): void {
  const list: AnyNode = node.get('resources');
  if (resources.length === 0) faults.push({ node: list, message: 'at least one resource is required' });
  for (const word of resources) {
    const { text, resource, group } = word;
    if (!isKnown(text)) continue;
    const message =
      text !== text.toLowerCase()
        ? `"${text}" has capital letters: resources are in lower case and plural`
        : text === '*'
          ? '"*" is no resource: it is "*." for the core group and "*.*" for everything'
          : NO_REST.has(text)
            ? `"${text}" has no REST API and cannot be encrypted`
            : group === 'events.k8s.io'
              ? `"${text}" is stored as "events" of the core group`
              : group === 'extensions'
                ? `"${text}": the group extensions is gone`
                : group === '*' && resource !== '*'
                  ? `"${text}": one resource across all groups is not supported`
                  : undefined;
    if (message !== undefined) faults.push({ node: word.node, message });
  }
  const duplicate = resources.find(({ text }, index) => resources.findIndex((each) => each.text === text) < index);
  if (duplicate !== undefined)
    faults.push({ node: duplicate.node, message: `"${duplicate.text}" stands twice in the list` });
  if (resources.length < 2) return;
  const overlap = resources.find(
    (word) =>
      // A bare `*` is a fault by itself.
      word.resource === '*' &&
      word.text !== '*' &&
      resources.some((other) => other.text !== word.text && (word.group === '*' || other.group === word.group)),
  );
  if (overlap !== undefined) {
    faults.push({ node: overlap.node, message: `"${overlap.text}" overlaps with other resources of the same list` });
  }
}

const NO_REST = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']);

/** A resource behind a wildcard of an earlier entry is refused when the providers are built. */
function maskFaults({ resources }: EncryptionEntry, seen: Set<string>, faults: EncryptionFault[]): void {
  for (const { node, text } of resources) {
    const { group } = parseGroupResource(text);
    const masking = [`*.${group}`, '*.*'].find((wildcard) => seen.has(wildcard));
    if (masking !== undefined) {
      faults.push({ node, message: `"${text}" is masked by "${masking}" of an earlier entry` });
    }
  }
  for (const { text, resource } of resources) if (resource === '*' && text !== '*') seen.add(text);
}

function providerFaults(provider: Provider, names: Set<string>, faults: EncryptionFault[]): void {
  const { node, name } = provider;
  if (name === undefined) {
    const given = PROVIDERS.filter((each) => node.get(each).present);
    const empty = PROVIDERS.find((each) => node.get(each).written);
    const message =
      given.length > 1
        ? `one element names ${given.length} providers, ${given.join(' and ')}: each is an element of its own`
        : empty !== undefined
          ? `provider "${empty}" has no value: write "${empty}: {}" where there is nothing to say`
          : `none of the providers ${PROVIDERS.join(', ')}`;
    faults.push({ node: empty !== undefined && given.length === 0 ? node.get(empty) : node, message });
    return;
  }
  if (name === 'kms') kmsFaults(node.get('kms'), names, faults);
  if (name === 'identity' || name === 'kms') return;
  if (provider.keys.length === 0) faults.push({ node: node.get(name), message: `${name} needs at least one key` });
  for (const key of provider.keys) {
    const message = keyFault(key);
    if (message !== undefined) faults.push({ node: key.name === '' ? key.node.get('name') : key.secret, message });
  }
}

/** What is wrong with a key, told without its material. */
export function keyFault(key: EncryptionKey): string | undefined {
  if (key.name === '') return 'the key has no name';
  const text = key.secret.string;
  if (text === undefined || text === '') return `key "${key.name}" has no secret`;
  if (!isKnown(text) || isSealed(text)) return undefined;
  const bytes = decodeBase64(text);
  if (bytes === undefined) {
    const why = /[-_]/.test(text) ? ': it is in the alphabet for URLs' : '';
    return `the secret of key "${key.name}" is no standard base64${why}`;
  }
  const lengths = key.provider === 'secretbox' ? [32] : [16, 24, 32];
  if (lengths.includes(bytes.length)) return undefined;
  const wanted = lengths.length === 1 ? '32' : '16, 24 or 32';
  const newline = bytes.at(-1) === 0x0a ? ', the last a line break that `echo -n` would have left out' : '';
  return `the secret of key "${key.name}" has ${bytes.length} bytes${newline}: ${key.provider} takes ${wanted}`;
}

/** Encrypted by SOPS or a sealing tool: the text is no key. */
export function isSealed(text: string): boolean {
  return text.startsWith('ENC[') || text.startsWith('AgA') || text.startsWith('vault:');
}

function kmsFaults(kms: AnyNode, names: Set<string>, faults: EncryptionFault[]): void {
  const apiVersion = kms.get('apiVersion').string ?? 'v1';
  const name = kms.get('name').string ?? '';
  if (apiVersion !== 'v1' && apiVersion !== 'v2') {
    faults.push({ node: kms.get('apiVersion'), message: `KMS apiVersion "${apiVersion}" is neither v1 nor v2` });
  }
  if (name === '') faults.push({ node: kms.get('name'), message: 'the KMS provider has no name' });
  if (apiVersion !== 'v1' && name.includes(':')) {
    faults.push({ node: kms.get('name'), message: `KMS provider name "${name}" holds a colon` });
  }
  if (apiVersion !== 'v1' && names.has(name)) {
    faults.push({ node: kms.get('name'), message: `two KMS providers are called "${name}"` });
  }
  names.add(name);
  const timeout: AnyNode = kms.get('timeout');
  if (timeout.present && !isPositiveDuration(timeout.string)) {
    faults.push({ node: timeout, message: `KMS timeout "${String(timeout.raw)}" is no positive duration` });
  }
  const endpoint: AnyNode = kms.get('endpoint');
  const url = endpoint.string ?? '';
  if (url === '') faults.push({ node: endpoint, message: 'the KMS provider has no endpoint' });
  else if (isKnown(url) && !url.startsWith('unix:')) {
    faults.push({ node: endpoint, message: `KMS endpoint "${url}" is no unix socket` });
  }
  const cachesize: AnyNode = kms.get('cachesize');
  if (apiVersion !== 'v1' && cachesize.present)
    faults.push({ node: cachesize, message: 'cachesize is for KMS v1 only' });
  if (apiVersion === 'v1' && cachesize.number === 0)
    faults.push({ node: cachesize, message: 'cachesize must not be 0' });
}

function isPositiveDuration(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (!isKnown(text)) return true;
  return /^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text) && /[1-9]/.test(text);
}
