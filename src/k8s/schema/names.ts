/**
 * What Kubernetes takes for a name, as k8s.io/apimachinery v0.37 decides it (pkg/api/validate/content, pkg/util/
 * validation). Each function says what is wrong, and undefined where nothing is.
 */

export function faultInSubdomain(text: string): string | undefined {
  if (isSimple(text, 0, text.length, true)) return undefined;
  if (text.length > 253) return 'it may have 253 characters';
  return SUBDOMAIN.test(text)
    ? undefined
    : 'lower-case letters, digits, "-" and "." are allowed, a letter or digit at both ends';
}

export function faultInLabelName(text: string): string | undefined {
  if (isSimple(text, 0, text.length, false)) return undefined;
  if (text.length > 63) return 'it may have 63 characters';
  return DNS_LABEL.test(text)
    ? undefined
    : 'lower-case letters, digits and "-" are allowed, a letter or digit at both ends';
}

export function faultInDns1035(text: string): string | undefined {
  if (text.length > 63) return 'it may have 63 characters';
  return DNS_1035.test(text)
    ? undefined
    : 'it has to begin with a lower-case letter, then lower-case letters, digits and "-" are allowed';
}

/** Names of RBAC objects: anything that can stand between two slashes of a URL. */
export function faultInPathSegment(text: string): string | undefined {
  if (text === '.' || text === '..') return '"." and ".." are no names';
  return /[/%]/.test(text) ? '"/" and "%" are not allowed' : undefined;
}

/** Keys of labels, annotations (in lower case), taints and topology: `prefix/name`. */
export function faultInQualifiedName(text: string): string | undefined {
  const slash = text.indexOf('/');
  if (isSimple(text, slash + 1, text.length, true) && (slash === -1 || isSimple(text, 0, slash, true)))
    return undefined;
  const name = slash === -1 ? text : text.slice(slash + 1);
  if (slash !== -1) {
    const prefix = text.slice(0, slash);
    if (faultInSubdomain(prefix) !== undefined) return 'what is before "/" has to be a DNS name';
  }
  if (name.length > 63) return slash === -1 ? 'it may have 63 characters' : 'what is behind "/" may have 63 characters';
  return WORD.test(name) ? undefined : 'letters, digits, "-", "_" and "." are allowed, a letter or digit at both ends';
}

export function faultInLabelValue(text: string): string | undefined {
  if (isSimple(text, 0, text.length, true)) return undefined;
  if (text.length > 63) return 'it may have 63 characters';
  return text === '' || WORD.test(text)
    ? undefined
    : 'letters, digits, "-", "_" and "." are allowed, a letter or digit at both ends';
}

/** Names of container ports and named target ports. */
export function faultInPortName(text: string): string | undefined {
  if (text.length > 15) return 'it may have 15 characters';
  if (!/^[-a-z0-9]+$/.test(text)) return 'lower-case letters, digits and "-" are allowed';
  if (!/[a-z]/.test(text)) return 'it needs a letter';
  return text.includes('--') || text.startsWith('-') || text.endsWith('-')
    ? '"-" may stand between two others only'
    : undefined;
}

/** From 1.32 on (RelaxedEnvironmentVariableValidation) everything printable but `=`. */
export function faultInEnvName(text: string, minor: number): string | undefined {
  if (minor >= 32)
    return /^[\x20-\x3c\x3e-\x7e]+$/.test(text) ? undefined : 'printable ASCII characters but "=" are allowed';
  if (text === '.' || text.startsWith('..')) return 'it may not begin with ".."';
  return /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(text)
    ? undefined
    : 'letters, digits, "_", "-" and "." are allowed, no digit first';
}

/** Keys of ConfigMaps and Secrets. */
export function faultInConfigKey(text: string): string | undefined {
  if (text.length > 253) return 'it may have 253 characters';
  if (text === '.' || text.startsWith('..')) return 'it may not begin with ".."';
  return /^[-._a-zA-Z0-9]+$/.test(text) ? undefined : 'letters, digits, "-", "_" and "." are allowed';
}

/** What `metadata.name` has to be for a kind of Kubernetes' own. */
export function faultInObjectName(group: string, kind: string, name: string, minor: number): string | undefined {
  if (group === 'rbac.authorization.k8s.io') return faultInPathSegment(name);
  if (group === '') {
    if (kind === 'Namespace') return faultInLabelName(name);
    // RelaxedServiceNameValidation is on by default from 1.36.
    if (kind === 'Service') return minor >= 36 ? faultInLabelName(name) : faultInDns1035(name);
  }
  // A StatefulSet's name becomes the host name of its pods: a label from 1.27 on.
  if (group === 'apps' && kind === 'StatefulSet' && minor >= 27) return faultInLabelName(name);
  if (group === 'batch' && kind === 'CronJob' && name.length > 52)
    return 'a CronJob needs room for the names of its Jobs: it may have 52 characters';
  if (NAMES_OF_THEIR_OWN.has(kind)) return undefined;
  if (ANY_NAME.has(kind)) return faultInPathSegment(name);
  return faultInSubdomain(name);
}

/** Reviews are answered and not kept, and some objects have names with a meaning. */
const NAMES_OF_THEIR_OWN: ReadonlySet<string> = new Set([
  'APIService',
  'IPAddress',
  'ClusterTrustBundle',
  'StorageVersion',
  'Binding',
]);

/** Their validation does not look at the name, so that only the general rule of the registry is left. */
const ANY_NAME: ReadonlySet<string> = new Set(['CertificateSigningRequest', 'PodDisruptionBudget']);

/**
 * The names that are nearly all there are, without a regular expression: up to 63 lower-case letters and digits with
 * "-" between them, and single dots where they may be. What is not simple need not be wrong.
 */
function isSimple(text: string, start: number, end: number, dots: boolean): boolean {
  if (end - start < 1 || end - start > 63) return false;
  let between = true;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) between = false;
    else if (between || (code !== 45 && (code !== 46 || !dots))) return false;
    else between = true;
  }
  return !between;
}

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const DNS_1035 = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const WORD = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
