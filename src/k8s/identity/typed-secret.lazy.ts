import type { AnyNode } from '../../yaml/node.ts';
import { isUnresolved } from '../placeholder.ts';
import type { ResourceHead } from '../resource.ts';
import { decodeBase64, printable } from './base64.ts';
import { tlsFault } from './inspect.lazy.ts';

/** Something wrong with the data of a Secret. Plain data. */
export interface SecretFault {
  readonly at: readonly string[];
  readonly reason: string;
  readonly severity?: 'medium' | 'low';
  readonly atKey?: boolean;
  readonly strict?: boolean;
  /** Wrong only after this day, `2027-01-01`. */
  readonly expires?: string;
}

/** What the API server refuses of a Secret of a type, or what its users cannot read. */
export function secretFaults(root: AnyNode, type: string, head: ResourceHead): readonly SecretFault[] {
  const faults: SecretFault[] = [];
  if (root.at(['sops']).present) return faults;
  for (const [key, node] of root.at(['data']).entries()) {
    const written = node.string;
    if (written === undefined || isUnresolved(written) || /^(?:<.*>|ENC\[)/.test(written)) continue;
    const bytes = decodeBase64(written);
    const at = ['data', key];
    if (bytes === undefined)
      faults.push({ at, reason: `"${key}" is no base64; clear text belongs under stringData`, severity: 'medium' });
    else if (isEncodedTwice(bytes)) faults.push({ at, reason: `"${key}" is encoded twice`, strict: true });
  }
  if (faults.length > 0) return faults;
  const value = (key: string): string | undefined => storedValue(root, key);
  const keys = [...root.at(['data']).entries(), ...root.at(['stringData']).entries()].map(([key]) => key);
  const field = root.at(['stringData']).present && !root.at(['data']).present ? 'stringData' : 'data';
  const missing = (...wanted: readonly string[]): string[] => wanted.filter((key) => !keys.includes(key));
  // Without any data it is a place for a controller to fill.
  if (keys.length === 0 && type !== 'bootstrap.kubernetes.io/token') return faults;
  const lacks = (absent: readonly string[]): SecretFault => ({
    at: [field],
    reason: `type ${type} wants ${absent.map((key) => `"${key}"`).join(' and ')}`,
    atKey: true,
  });
  switch (type) {
    case 'kubernetes.io/tls': {
      const absent = missing('tls.crt', 'tls.key');
      if (absent.length > 0) return [lacks(absent)];
      const [certificate, key] = [value('tls.crt'), value('tls.key')];
      if (
        certificate === undefined ||
        key === undefined ||
        certificate.trim() === '' ||
        isStandIn(certificate) ||
        isStandIn(key)
      )
        return faults;
      const fault = tlsFault(certificate, key);
      if (fault !== undefined) {
        const { expires } = fault;
        faults.push({
          at: placeOf(root, fault.key),
          reason: `"${fault.key}" ${fault.reason}`,
          severity: expires === undefined ? 'medium' : 'low',
          ...(expires === undefined ? {} : { expires }),
        });
      }
      return faults;
    }
    case 'kubernetes.io/dockerconfigjson': {
      if (missing('.dockerconfigjson').length > 0) return [lacks(['.dockerconfigjson'])];
      const fault = dockerFault(value('.dockerconfigjson'));
      if (fault !== undefined) faults.push({ at: placeOf(root, '.dockerconfigjson'), ...fault });
      return faults;
    }
    case 'kubernetes.io/dockercfg':
      return [
        { at: ['type'], reason: 'type kubernetes.io/dockercfg is the legacy form of dockerconfigjson', strict: true },
      ];
    case 'kubernetes.io/ssh-auth':
      return missing('ssh-privatekey').length > 0 ? [lacks(['ssh-privatekey'])] : faults;
    case 'kubernetes.io/basic-auth':
      return missing('username', 'password').length === 2 ? [lacks(['username', 'password'])] : faults;
    case 'kubernetes.io/service-account-token':
      if (head.annotations['kubernetes.io/service-account.name'] === undefined) {
        faults.push({
          at: ['type'],
          reason: 'a service account token wants annotation kubernetes.io/service-account.name',
        });
      }
      return faults;
    case 'bootstrap.kubernetes.io/token':
      if (head.namespace !== 'kube-system')
        faults.push({ at: ['type'], reason: 'bootstrap tokens are looked for in namespace kube-system alone' });
      else if (!/^bootstrap-token-[a-z0-9]{6}$/.test(head.name)) {
        faults.push({
          at: ['metadata', 'name'],
          reason: 'a bootstrap token is called bootstrap-token- and its id of six characters',
        });
      }
      return faults;
    default:
      return faults;
  }
}

function dockerFault(
  text: string | undefined,
): { readonly reason: string; readonly severity?: 'medium' | 'low' } | undefined {
  if (text === undefined || isStandIn(text)) return undefined;
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    // The kubelet cannot read it either.
    return { reason: '".dockerconfigjson" is no JSON' };
  }
  const auths = typeof config === 'object' && config !== null && 'auths' in config ? config.auths : undefined;
  if (typeof auths !== 'object' || auths === null) return { reason: '".dockerconfigjson" has no "auths"' };
  const plain = Object.keys(auths).find((registry) => registry.startsWith('http://'));
  return plain === undefined
    ? undefined
    : { reason: `the login for "${plain}" goes over the wire without TLS`, severity: 'medium' };
}

/** What the API server will store under a key: stringData is written over data. */
function storedValue(root: AnyNode, key: string): string | undefined {
  const plain: AnyNode = root.at(['stringData', key]);
  if (plain.present) return plain.string;
  const written: string | undefined = root.at(['data', key]).string;
  const bytes = written === undefined ? undefined : decodeBase64(written);
  return bytes === undefined ? undefined : printable(bytes);
}

function placeOf(root: AnyNode, key: string): readonly string[] {
  return [root.at(['stringData', key]).present ? 'stringData' : 'data', key];
}

/** Stands for something that is put there later. */
function isStandIn(text: string): boolean {
  return isUnresolved(text) || /^\s*(?:<.*>|\.\.\.|REPLACE.*|CHANGE.*|ENC\[.*)\s*$/i.test(text);
}

/** Long enough that it is no word that happens to be base64, and text again when it is decoded. */
function isEncodedTwice(bytes: Uint8Array): boolean {
  if (bytes.length < 12 || bytes.length % 4 !== 0) return false;
  const once = printable(bytes);
  const twice = once === undefined ? undefined : decodeBase64(once.trim());
  const text = twice === undefined ? undefined : printable(twice);
  return text !== undefined && /^[\x20-\x7e\s]+$/.test(text) && /[a-z0-9]{3}/i.test(text);
}
