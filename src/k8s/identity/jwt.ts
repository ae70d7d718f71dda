/** What a JSON Web Token claims; nothing is verified. */
export interface Token {
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  /** Seconds since 1970; undefined where it never expires. */
  readonly expires: number | undefined;
  /** `namespace/name` of the service account that it is for. */
  readonly serviceAccount: string | undefined;
  /** Kept in a Secret since before tokens were bound, or made so by request: it never expires. */
  readonly isLegacy: boolean;
}

const FORM = /^[\w-]{4,}\.[\w-]{4,}\.[\w-]*$/;

/** Reads a token in compact form; undefined for what is none. Never throws. */
export function readToken(text: string): Token | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 65_536 || !FORM.test(trimmed)) return undefined;
  const [head = '', body = ''] = trimmed.split('.');
  const header = decodePart(head);
  const claims = decodePart(body);
  if (header === undefined || claims === undefined || typeof header['alg'] !== 'string') return undefined;
  const subject = stringOf(claims['sub']);
  const bound = claims['kubernetes.io'];
  const legacy = 'kubernetes.io/serviceaccount/service-account.name';
  const account =
    subject?.startsWith('system:serviceaccount:') === true ? subject.split(':').slice(2).join('/') : undefined;
  return {
    issuer: stringOf(claims['iss']),
    subject,
    expires: typeof claims['exp'] === 'number' ? claims['exp'] : undefined,
    serviceAccount: account ?? (typeof bound === 'object' && bound !== null ? 'unknown' : undefined),
    isLegacy: claims['iss'] === 'kubernetes/serviceaccount' || typeof claims[legacy] === 'string',
  };
}

function decodePart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    // An object of claims; each is looked at by its type.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Not JSON: three words with points between them, no token.
    return undefined;
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
