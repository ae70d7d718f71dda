import { isUnresolved } from './placeholder.ts';

/** A credential in a text. Offsets are into the text that was searched. */
export interface Credential {
  /** What it is, to follow "a": `GitHub token`, `password`. */
  readonly kind: string;
  /** `high`: the form of the value says so. `medium`: the name of the field does. `low`: hashes and test keys. */
  readonly confidence: 'high' | 'medium' | 'low';
  readonly start: number;
  readonly end: number;
  /** One of the passwords that everybody tries first. */
  readonly isDefault?: boolean;
}

/** Longer texts are cut: no credential in a manifest is found further down that matters more than the time. */
export const SEARCH_LIMIT = 256 * 1024;

/**
 * A credential that is recognised by its form, whatever the field is called. Every expression runs in linear time:
 * one pass looks for beginnings, and a beginning inside a word is none, so no stretch of text is read twice.
 */
export function findCredential(value: string): Credential | undefined {
  const text = value.length > SEARCH_LIMIT ? value.slice(0, SEARCH_LIMIT) : value;
  if (text.length < 12) return undefined;
  // Nearly every value ends here.
  BEGINNINGS.lastIndex = 0;
  for (let found = BEGINNINGS.exec(text); found !== null; found = BEGINNINGS.exec(text)) {
    const credential = credentialAt(text, found.index, found[0]);
    if (credential !== undefined) {
      BEGINNINGS.lastIndex = 0;
      return credential;
    }
  }
  return undefined;
}

/**
 * A credential that is recognised by the name of its field: a literal under `DB_PASSWORD`. What only names, points at
 * or stands for a credential is none.
 */
export function credentialInField(field: string, value: string): Credential | undefined {
  const kind = credentialKind(field);
  if (kind === undefined) return undefined;
  const text = value.trim();
  const start = value.indexOf(text);
  const end = start + text.length;
  if (DEFAULT_PASSWORDS.has(text.toLowerCase())) {
    return { kind: `default ${kind}`, confidence: 'medium', start, end, isDefault: true };
  }
  if (text.length < 6 || text.length > 4096 || isPlaceholder(text) || isReference(text) || isSetting(text))
    return undefined;
  if (sameWords(field, text)) return undefined;
  return { kind, confidence: entropy(text) >= 4 ? 'high' : 'medium', start, end };
}

/** Whether a field with this name holds a credential, and which: `password`, `token`, `key`. */
export function credentialKind(field: string): string | undefined {
  if (!MAY_NAME_CREDENTIAL.test(field)) return undefined;
  const words = wordsOf(field);
  const last = words.at(-1);
  if (last === undefined) return undefined;
  const kind = LAST_WORDS.get(last) ?? LAST_PAIRS.get(`${words.at(-2)} ${last}`);
  if (kind !== undefined) return kind;
  return /(?:password|passwd|passphrase)$/.test(last) ? 'password' : undefined;
}

/** Stands for a value that somebody fills in later, or is known from documentation. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim().replace(/^(["'])(.*)\1$/s, '$2');
  return (
    text === '' ||
    isUnresolved(text) ||
    PLACEHOLDER.test(text) ||
    isUniform(text) ||
    SAMPLES.some((sample) => text.includes(sample))
  );
}

/** What may be shown of a credential: its first characters, never more than a quarter, and its length. */
export function hintOf(secret: string): string {
  const shown = secret.slice(0, Math.min(4, Math.floor(secret.length / 4))).replace(/[^\x21-\x7e]/g, '?');
  return `${shown}…, ${secret.length} characters`;
}

/** One `name: value` or `name=value` of a configuration text. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  /** Where the value stands in the text. */
  readonly start: number;
  readonly line: number;
}

/** The settings of a text in the manner of .env, .properties, .ini, YAML, JSON or TOML, line by line; comments are left out. */
export function settingsOf(text: string): readonly Setting[] {
  const settings: Setting[] = [];
  let line = 0;
  for (let from = 0; from < text.length && from < SEARCH_LIMIT; line++) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    const setting = to - from > 4096 ? undefined : settingOf(text.slice(from, to), from, line + 1);
    if (setting !== undefined) settings.push(setting);
    from = to + 1;
  }
  return settings;
}

/** Those of `settingsOf` whose names may be those of credentials. Of other lines nothing but these words is looked for. */
export function* credentialSettingsOf(text: string): Generator<Setting> {
  let line = 1;
  let counted = 0;
  let from = 0;
  while (from < text.length && from < SEARCH_LIMIT) {
    CREDENTIAL_WORD.lastIndex = from;
    const word = CREDENTIAL_WORD.exec(text);
    if (word === null) return;
    const start = text.lastIndexOf('\n', word.index) + 1;
    if (start >= SEARCH_LIMIT) return;
    const newline = text.indexOf('\n', word.index);
    const to = newline === -1 ? text.length : newline;
    for (let at = text.indexOf('\n', counted); at !== -1 && at < start; at = text.indexOf('\n', at + 1)) line++;
    counted = start;
    const setting = to - start > 4096 ? undefined : settingOf(text.slice(start, to), start, line);
    if (setting !== undefined) yield setting;
    from = to + 1;
  }
}

interface Form {
  readonly kind: string;
  readonly confidence: Credential['confidence'];
  /** Sticky; what it captures, or else all of it, is the secret. */
  readonly form: RegExp;
  readonly accept?: (match: RegExpExecArray, text: string) => boolean;
}

/** Where a credential may begin; what follows is looked at by FORMS. */
const BEGINNINGS =
  /-----BEGIN |AGE-SECRET-KEY-1|A(?:KIA|SIA|BIA|CCA)[A-Z2-7]|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-|xox[abeoprs]-|xapp-\d|hooks\.slack\.com\/services\/|AIza|GOCSPX-|[sr]k_(?:live|test)_|sk-[A-Za-z0-9]|hf_|npm_|pypi-AgEI|dckr_(?:pat|oat)_|do[opr]_v1_|SG\.|hv[sbr]\.|\.atlasv1\.|AccountKey=|SharedAccessKey=|[?&]sig=|eyJ|:\/\/|[Aa]uthorization:|client-key-data:|"auths"|:\$(?:2[aby]|apr1)\$|:\{SHA\}/g;

const FORMS: readonly Form[] = [
  {
    kind: 'private key',
    confidence: 'high',
    form: /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----/y,
    // A header without a body is a search pattern or a piece of documentation.
    accept: (match, text) => hasKeyBody(text.slice(match.index + match[0].length, match.index + match[0].length + 400)),
  },
  { kind: 'age secret key', confidence: 'high', form: /AGE-SECRET-KEY-1[0-9A-Z]{58}/y },
  { kind: 'temporary AWS access key', confidence: 'medium', form: /ASIA[A-Z2-7]{16}(?!\w)/y, accept: notSample },
  { kind: 'AWS access key', confidence: 'high', form: /A(?:KIA|BIA|CCA)[A-Z2-7]{16}(?!\w)/y, accept: notSample },
  { kind: 'GitHub token', confidence: 'high', form: /gh[pousr]_[A-Za-z0-9]{36,255}(?!\w)/y, accept: notUniform },
  { kind: 'GitHub token', confidence: 'high', form: /github_pat_\w{82}(?!\w)/y, accept: notUniform },
  {
    kind: 'GitLab token',
    confidence: 'high',
    form: /gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[\w-]{20,300}/y,
    accept: notUniform,
  },
  { kind: 'Slack token', confidence: 'high', form: /xox[abeoprs]-[A-Za-z0-9-]{10,300}/y, accept: notUniform },
  { kind: 'Slack token', confidence: 'high', form: /xapp-\d-[A-Za-z0-9-]{20,300}/y, accept: notUniform },
  {
    kind: 'Slack webhook',
    confidence: 'high',
    form: /hooks\.slack\.com\/services\/T\w{1,20}\/B\w{1,20}\/\w{20,60}/y,
    accept: notUniform,
  },
  { kind: 'Google API key', confidence: 'high', form: /AIza[\w-]{35}(?![\w-])/y, accept: notUniform },
  { kind: 'Google client secret', confidence: 'high', form: /GOCSPX-[\w-]{28}(?![\w-])/y, accept: notUniform },
  { kind: 'Stripe key', confidence: 'high', form: /[sr]k_live_[0-9A-Za-z]{16,255}/y, accept: notUniform },
  { kind: 'Stripe test key', confidence: 'low', form: /[sr]k_test_[0-9A-Za-z]{16,255}/y, accept: notUniform },
  { kind: 'Anthropic API key', confidence: 'high', form: /sk-ant-[a-z0-9]{1,20}-[\w-]{80,300}/y, accept: notUniform },
  { kind: 'OpenAI API key', confidence: 'high', form: /sk-(?:proj|svcacct|admin)-[\w-]{20,300}/y, accept: notUniform },
  { kind: 'OpenAI API key', confidence: 'high', form: /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}(?!\w)/y },
  { kind: 'Hugging Face token', confidence: 'high', form: /hf_[A-Za-z0-9]{34}(?!\w)/y, accept: notUniform },
  { kind: 'npm token', confidence: 'high', form: /npm_[A-Za-z0-9]{36}(?!\w)/y, accept: notUniform },
  { kind: 'PyPI token', confidence: 'high', form: /pypi-AgEIcHlwaS5vcmc[\w-]{50,500}/y },
  { kind: 'Docker Hub token', confidence: 'high', form: /dckr_(?:pat|oat)_[\w-]{27,100}/y, accept: notUniform },
  { kind: 'DigitalOcean token', confidence: 'high', form: /do[opr]_v1_[a-f0-9]{64}(?!\w)/y, accept: notUniform },
  { kind: 'SendGrid key', confidence: 'high', form: /SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/y, accept: notUniform },
  { kind: 'Vault token', confidence: 'high', form: /hv[sbr]\.[\w-]{24,300}/y, accept: notUniform },
  { kind: 'Azure storage key', confidence: 'high', form: /AccountKey=([A-Za-z0-9+/]{86}==)/y, accept: notSample },
  { kind: 'Azure access key', confidence: 'high', form: /SharedAccessKey=([A-Za-z0-9+/]{43}=)/y },
  {
    kind: 'Azure signed URL',
    confidence: 'high',
    form: /[?&]sig=([A-Za-z0-9%]{40,300})/y,
    accept: (_, text) => /[?&]sv=/.test(text),
  },
  {
    kind: 'JSON Web Token',
    confidence: 'high',
    form: /eyJ[\w-]{10,4096}\.eyJ[\w-]{10,8192}\.[\w-]{10,4096}/y,
    accept: isToken,
  },
  {
    kind: 'Authorization header',
    confidence: 'high',
    form: /[Aa]uthorization:[ \t]{0,20}(?:[Bb]asic|[Bb]earer)[ \t]{1,20}([A-Za-z0-9+/=._-]{16,4096})/y,
    accept: (match) => !isPlaceholder(match[1]!),
  },
  {
    kind: 'kubeconfig with a client key',
    confidence: 'high',
    form: /client-key-data:[ \t]{0,20}["']?([A-Za-z0-9+/=]{40,16384})/y,
    accept: notUniform,
  },
];

/** Well-known values of documentation: AWS keys that end in EXAMPLE, the key of the Azure storage emulator. */
const SAMPLES: readonly string[] = ['EXAMPLE', 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'];

const PLACEHOLDER =
  /^(?:change[-_ ]?me.*|change[-_ ]?it|example.*|sample|dummy|fake|mock|(?:sample|dummy|fake|mock)[-_ ].*|test|testing|todo|tbd|fixme|foo|bar|foobar|\*+|<.*>|\[.*\]|\.{3}|…|null|nil|none|undefined|empty|placeholder|redacted|removed|hidden|insert[-_ ].*|enter[-_ ].*|put[-_ ].*|my[-_ ]?(?:password|secret|token|key|api[-_]?key)|some[-_ ].*|your[-_ ]?.*|replace.*|(?:secret|password|token)[-_ ]?(?:here|goes[-_ ]here|value))$/is;

const DEFAULT_PASSWORDS: ReadonlySet<string> = new Set([
  'admin',
  'administrator',
  'root',
  'postgres',
  'mysql',
  'mongo',
  'guest',
  'user',
  'password',
  'passw0rd',
  'password1',
  'password123',
  'admin123',
  'secret',
  '123456',
  '12345678',
  'qwerty',
  'minio',
  'minioadmin',
  'minio123',
  'rabbitmq',
  'elastic',
  'wordpress',
]);

const MAY_NAME_CREDENTIAL = /pass|pwd|secret|token|key|credential|connection|dsn/i;
const CREDENTIAL_WORD = new RegExp(MAY_NAME_CREDENTIAL, 'gi');

/** Names that end in one of these words, or in one of these pairs of words, hold a credential. */
const LAST_WORDS: ReadonlyMap<string, string> = new Map([
  ['password', 'password'],
  ['passwords', 'password'],
  ['passwd', 'password'],
  ['pass', 'password'],
  ['pwd', 'password'],
  ['passphrase', 'password'],
  ['secret', 'secret'],
  ['token', 'token'],
  ['apikey', 'API key'],
  ['secretkey', 'key'],
  ['accesskey', 'key'],
  ['credentials', 'credential'],
  ['dsn', 'connection string with a credential'],
]);
const LAST_PAIRS: ReadonlyMap<string, string> = new Map([
  ['api key', 'API key'],
  ['access key', 'key'],
  ['secret key', 'key'],
  ['private key', 'key'],
  ['encryption key', 'key'],
  ['signing key', 'key'],
  ['master key', 'key'],
  ['auth key', 'key'],
  ['shared key', 'key'],
  ['connection string', 'connection string with a credential'],
]);

/** `://user:password@`; the scheme is looked for backwards from the colon. */
const URL_CREDENTIALS = /:\/\/([^\s:/?#@"']{0,256}):([^\s@/"']{1,256})@/y;
const HTPASSWD = /:(?:\$(?:2[aby]|apr1)\$|\{SHA\})[\w./$+=]{16,100}/y;
const ATLAS = /\.atlasv1\.[\w-]{60,200}/y;
const WORD = /[\w-]/;

function credentialAt(text: string, at: number, beginning: string): Credential | undefined {
  switch (beginning) {
    case '://':
      return urlCredential(text, at);
    case '"auths"':
      return dockerConfig(text, at);
    case '.atlasv1.':
      return backwards(text, at, ATLAS, /[A-Za-z0-9]{14}$/, 'Terraform token', 'high');
    default:
  }
  if (beginning.startsWith(':')) return backwards(text, at, HTPASSWD, /(?:^|\s)[^\s:]{1,64}$/, 'password hash', 'low');
  if (at > 0 && WORD.test(text[at - 1]!) && /^\w/.test(beginning)) return undefined;
  for (const { kind, confidence, form, accept } of FORMS) {
    form.lastIndex = at;
    const match = form.exec(text);
    if (match === null || accept?.(match, text) === false) continue;
    const end = at + match[0].length;
    const start = match[1] === undefined ? at : end - match[1].length;
    return { kind: kind === 'JSON Web Token' ? tokenKind(match[0]) : kind, confidence, start, end };
  }
  return undefined;
}

function urlCredential(text: string, at: number): Credential | undefined {
  URL_CREDENTIALS.lastIndex = at;
  const match = URL_CREDENTIALS.exec(text);
  if (match === null || !/[a-z][a-z0-9+.-]{1,20}$/i.test(text.slice(Math.max(0, at - 24), at))) return undefined;
  const [whole, user, password] = match as unknown as [string, string, string];
  // A shell or Kubernetes variable, or a template, is filled in elsewhere.
  if (/[$%{}<>()]/.test(password) || isPlaceholder(password)) return undefined;
  const lower = password.toLowerCase();
  const isDefault =
    DEFAULT_PASSWORDS.has(lower) || lower === user.toLowerCase() || /^(?:pass|pw|pwd|user|username|x)$/.test(lower);
  if (password.length < 3 || /^(?:pass|pw|pwd|x+)$/.test(lower)) return undefined;
  const end = at + whole.length - 1;
  const start = end - password.length;
  return isDefault
    ? { kind: 'default password in a URL', confidence: 'medium', start, end, isDefault: true }
    : { kind: 'password in a URL', confidence: 'high', start, end };
}

function dockerConfig(text: string, at: number): Credential | undefined {
  const match = /"auth"\s{0,20}:\s{0,20}"([A-Za-z0-9+/=]{8,4096})"/.exec(text.slice(at, at + 16_384));
  if (match === null) return undefined;
  const start = at + match.index + match[0].length - 1 - match[1]!.length;
  return { kind: 'registry login', confidence: 'high', start, end: start + match[1]!.length };
}

/** A form whose mark stands in its middle: the part before it is looked at backwards, over a bounded stretch. */
function backwards(
  text: string,
  at: number,
  form: RegExp,
  before: RegExp,
  kind: string,
  confidence: Credential['confidence'],
): Credential | undefined {
  form.lastIndex = at;
  const match = form.exec(text);
  if (match === null) return undefined;
  const front = before.exec(text.slice(Math.max(0, at - 80), at));
  if (front === null) return undefined;
  return { kind, confidence, start: at - front[0].trimStart().length, end: at + match[0].length };
}

function hasKeyBody(body: string): boolean {
  const run = /[A-Za-z0-9+/]{24,}/.exec(body.replace(/\\n|\\r/g, '\n'));
  return run !== null && !isUniform(run[0]);
}

function notSample(match: RegExpExecArray): boolean {
  return !SAMPLES.some((sample) => match[0].includes(sample)) && !isUniform(match[0].slice(4));
}

/** `ghp_xxxxxxxx…` is documentation. */
function notUniform(match: RegExpExecArray): boolean {
  const text = match[1] ?? match[0];
  return !isUniform(text.slice(-20)) && !/example|changeme|your[-_]?token|x{8}|0{12}|1234567890/i.test(text);
}

/** One character over and over, or next to that. */
function isUniform(text: string): boolean {
  return text.length > 1 && new Set(text).size <= 2 && text.length >= 6;
}

function isToken(match: RegExpExecArray): boolean {
  const payload = tokenPayload(match[0]);
  // The example of jwt.io is met everywhere.
  return payload !== undefined && payload['name'] !== 'John Doe' && payload['sub'] !== '1234567890';
}

function tokenKind(token: string): string {
  const payload = tokenPayload(token);
  const isServiceAccount = payload?.['iss'] === 'kubernetes/serviceaccount' || payload?.['kubernetes.io'] !== undefined;
  return isServiceAccount ? 'service account token' : 'JSON Web Token';
}

function tokenPayload(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const decoded: unknown = JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
    // A payload is an object; its members are only compared.
    return typeof decoded === 'object' && decoded !== null ? (decoded as Record<string, unknown>) : undefined;
  } catch {
    // What does not decode is no token.
    return undefined;
  }
}

/** Points at a credential that is kept elsewhere. */
function isReference(text: string): boolean {
  if (text.startsWith('$') || text.includes('$(') || /^%\w+%$/.test(text)) return true;
  if (text.includes('://')) return true;
  if (/^(?:~|\.{0,2})\/[\w./@-]*$/.test(text) || /^[A-Za-z]:\\/.test(text)) return true;
  if (
    /^(?:vault|aws|gcp|azure|ssm|awssm|secretref|secret|ref|op|file|arn|env|valueFrom|sops|kms|enc|projects)[:/[(]/i.test(
      text,
    )
  )
    return true;
  if (/^@Microsoft\.KeyVault\(/i.test(text)) return true;
  // The name of another variable, or of an object: `DB_PASSWORD`, `db-credentials`.
  if (/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(text)) return true;
  if (/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)+$/.test(text)) {
    return /(?:^|[-.])(?:secrets?|credentials?|creds?|tokens?|passwords?|pass|keys?|tls|certs?|auth|sa|accounts?|config|conf|env|vars|txt|json|ya?ml|pem|svc|local|com|io|net|org)$/.test(
      text,
    );
  }
  return false;
}

/** A switch, a number, a duration, an algorithm: something about a credential. */
function isSetting(text: string): boolean {
  return (
    /^(?:true|false|yes|no|on|off|enabled?|disabled?|required?|optional|always|never|default|auto|basic|bearer|jwt|opaque|oauth2?|oidc|saml|ldap|plain|scram-sha-(?:256|512)|md5|sha\d*|bcrypt|hs256|rs256|es256|aes-?\w*|rsa-?\w*|string|password|passwords|secret|token|username)$/i.test(
      text,
    ) ||
    /^\d{1,6}$/.test(text) ||
    /^\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|w|[kMGT]i?B?|%)$/.test(text) ||
    // Sentences are descriptions.
    /^[A-Za-z][a-z]+(?: [A-Za-z'-]+){2,}[.!]?$/.test(text)
  );
}

function sameWords(field: string, text: string): boolean {
  return wordsOf(field).join('') === text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** `dbPassword`, `DB_PASSWORD`, `db.password`: db, password. */
function wordsOf(field: string): readonly string[] {
  return (field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((word) => word.toLowerCase());
}

/** Shannon entropy in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

function settingOf(line: string, from: number, number: number): Setting | undefined {
  const content = line.trimStart();
  if (content === '' || /^(?:#|;|\/\/|--|\*|%)/.test(content)) return undefined;
  const element = /^<([\w.:-]{1,80})>([^<]{1,400})<\//.exec(content);
  const offset = line.length - content.length;
  if (element !== null) {
    return { name: element[1]!, value: element[2]!, start: from + offset + element[1]!.length + 2, line: number };
  }
  const mark = content.search(/[:=]/);
  if (mark < 1 || mark > 100) return undefined;
  const name = content
    .slice(0, mark)
    .trim()
    .replace(/^(?:export |set |-{1,2} ?)/, '')
    .replace(/^["']|["']$/g, '')
    .replace(/^["']/, '');
  if (!/^[\w.$/-]+$/.test(name)) return undefined;
  const rest = content.slice(mark + 1);
  const raw = rest.replace(/^[=>]?\s*/, '');
  const start = from + offset + content.length - raw.length;
  const quoted = /^(["'])(.*?)\1/.exec(raw);
  if (quoted !== null) return { name, value: quoted[2]!, start: start + 1, line: number };
  const value = trimSetting(raw);
  return value === '' ? undefined : { name, value, start, line: number };
}

/** Without a comment behind it, and without what separates it from the next. */
function trimSetting(raw: string): string {
  const comment = raw.indexOf(' #');
  let end = comment === -1 ? raw.length : comment;
  while (end > 0 && ' \t\r,;'.includes(raw[end - 1]!)) end--;
  return raw.slice(0, end);
}
