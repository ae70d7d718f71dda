import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, printable } from '../../../src/k8s/identity/base64.ts';
import { bitLength, children, dateOf, oidOf, readDer, TAG, textOf } from '../../../src/k8s/identity/der.ts';
import {
  inspectCertificate,
  inspectRequest,
  isSignedByItself,
  tlsFault,
} from '../../../src/k8s/identity/inspect.lazy.ts';
import { readToken } from '../../../src/k8s/identity/jwt.ts';
import { pemBlocks } from '../../../src/k8s/identity/pem.ts';
import { readCertificate, readCertificateRequest } from '../../../src/k8s/identity/x509.ts';

describe('base64 as the API server decodes it', () => {
  test.each([
    ['aGVsbG8=', 'hello'],
    ['aGVs\nbG8=\n', 'hello'],
    ['', ''],
    ['aGVsbG8', undefined],
    ['aGVsbG8-', undefined],
    ['aGV sbG8=', undefined],
    ['=', undefined],
  ])('%j', (text, expected) => {
    const bytes = decodeBase64(text);
    expect(bytes === undefined ? undefined : printable(bytes)).toBe(expected);
  });
});

describe('DER', () => {
  test('object identifiers, numbers, names and dates', () => {
    const read = (...octets: number[]) => readDer(Uint8Array.from(octets));
    expect([
      oidOf(read(TAG.oid, 3, 0x55, 0x04, 0x03)),
      oidOf(read(TAG.oid, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d)),
      oidOf(read(TAG.oid, 1, 0x86)),
      bitLength(read(TAG.integer, 3, 0x00, 0x80, 0x00)),
      textOf(read(TAG.bmpString, 4, 0x00, 0x41, 0x20, 0xac)),
      textOf(read(TAG.teletexString, 1, 0xe9)),
      dateOf({ ...read(TAG.utcTime, 13, ...new TextEncoder().encode('491231235959Z'))! }),
      dateOf({ ...read(TAG.utcTime, 13, ...new TextEncoder().encode('500101000000Z'))! }),
    ]).toEqual(['2.5.4.3', '1.2.840.113549', undefined, 16, 'A€', 'é', '2049-12-31', '1950-01-01']);
  });

  test('lengths that lead outside, long tags and indefinite lengths are nothing', () => {
    const read = (...octets: number[]) => readDer(Uint8Array.from(octets));
    expect([
      read(),
      read(0x30),
      read(0x30, 1),
      read(0x30, 0x80, 0, 0),
      read(0x1f, 1, 0),
      read(0x30, 0x85, 1, 1, 1, 1, 1),
    ]).toEqual(Array(6).fill(undefined));
  });
});

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });

describe('certificate requests', () => {
  test('subject, key, extensions and signature', () => {
    const found = inspectRequest(encode(request(ec, { cn: 'jane', o: ['devs', 'system:masters'], isCA: true })));
    if (typeof found === 'string') throw new Error(found);
    const { subject, key, extensions, signature } = found;
    expect({ subject, kind: key.kind, extensions, signature, own: isSignedByItself(found) }).toEqual({
      subject: { commonNames: ['jane'], organizations: ['devs', 'system:masters'] },
      kind: 'EC',
      extensions: { isCA: true, dnsNames: [] },
      signature: 'ecdsa-with-SHA256',
      own: true,
    });
  });

  test('an RSA key has its size', () => {
    const found = inspectRequest(encode(request(rsa, { cn: 'jane', o: [] })));
    expect(typeof found === 'string' ? found : [found.key.kind, found.key.bits, isSignedByItself(found)]).toEqual([
      'RSA',
      1024,
      true,
    ]);
  });

  test('a signature by another key is told', () => {
    const found = inspectRequest(
      encode(request(ec, { cn: 'jane', o: [], signer: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })),
    );
    expect(typeof found === 'string' ? found : isSignedByItself(found)).toBe(false);
  });

  test('names of any kind are read', () => {
    const odd = 'ünï"\u0000\n‮mid';
    const found = readCertificateRequest(request(ec, { cn: odd, o: ['', odd] }));
    expect(found?.subject).toEqual({ commonNames: [odd], organizations: ['', odd] });
  });

  test.each([
    ['no base64', '%%%', 'is not base64'],
    ['no PEM', 'aGVsbG8=', 'holds no PEM block'],
    [
      'another PEM',
      encode(request(ec, { cn: 'x', o: [] }), 'CERTIFICATE'),
      'holds a PEM block of type "CERTIFICATE", not "CERTIFICATE REQUEST"',
    ],
    ['another content', encode(Uint8Array.from([0x30, 0])), 'holds no PKCS#10 request that can be read'],
  ])('%s', (_, written, expected) => {
    expect(inspectRequest(written)).toBe(expected);
  });
});

describe('cut off at every byte, nothing throws and nothing is believed', () => {
  const bytes = request(ec, { cn: 'jane', o: ['devs'], isCA: true });

  test('a request', () => {
    for (let end = 0; end < bytes.length; end++) expect(readCertificateRequest(bytes.subarray(0, end))).toBeUndefined();
  });

  test('its PEM in base64', () => {
    const written = encode(bytes);
    for (let end = 0; end < written.length; end++)
      expect(typeof inspectRequest(written.slice(0, end))).toMatch(/string|object/);
  });

  test('a certificate and its PEM', () => {
    const certificate = selfSigned(ec, 'web.example.com');
    for (let end = 0; end < certificate.length; end++)
      expect(readCertificate(certificate.subarray(0, end))).toBeUndefined();
    const text = pem(certificate, 'CERTIFICATE');
    for (let end = 0; end < text.length; end++) expect(() => inspectCertificate(text.slice(0, end))).not.toThrow();
  });

  test('a token', () => {
    const token = tokenOf({ iss: 'kubernetes/serviceaccount', sub: 'system:serviceaccount:a:app' });
    for (let end = 0; end <= token.length; end++) expect(() => readToken(token.slice(0, end))).not.toThrow();
  });

  test('and changed anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const changed = Uint8Array.from(bytes);
          for (const [at, octet] of changes) changed[at] = octet;
          readCertificateRequest(changed);
          readCertificate(changed);
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('or random altogether', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 200 }), (octets, text) => {
        children(readDer(octets));
        readCertificateRequest(octets);
        readCertificate(octets);
        readToken(text);
        pemBlocks(text);
        inspectRequest(Buffer.from(octets).toString('base64'));
      }),
      { numRuns: 5000 },
    );
  });

  test('a hundred thousand headers without an end take no time', () => {
    // Quadratic work on this much text would run into the time limit of the test.
    expect(pemBlocks('-----BEGIN CERTIFICATE-----\n'.repeat(100_000))).toEqual([]);
    expect(readToken('a.'.repeat(100_000))).toBeUndefined();
  });
});

describe('tokens', () => {
  test('of a service account, from before they expired', () => {
    expect(readToken(tokenOf({ iss: 'kubernetes/serviceaccount', sub: 'system:serviceaccount:a:app' }))).toEqual({
      issuer: 'kubernetes/serviceaccount',
      subject: 'system:serviceaccount:a:app',
      expires: undefined,
      serviceAccount: 'a/app',
      isLegacy: true,
    });
  });

  test('of a login', () => {
    expect(readToken(tokenOf({ iss: 'https://login.example.com', sub: 'jane', exp: 1_900_000_000 }))).toEqual({
      issuer: 'https://login.example.com',
      subject: 'jane',
      expires: 1_900_000_000,
      serviceAccount: undefined,
      isLegacy: false,
    });
  });

  test('three words are none', () => {
    expect([readToken('aaaa.bbbb.cccc'), readToken('no token'), readToken('')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the data of a TLS Secret', () => {
  const certificate = pem(selfSigned(ec, 'web.example.com'), 'CERTIFICATE');
  const keyOf = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }));

  test('fits', () => {
    expect(tlsFault(certificate, keyOf(ec.privateKey))).toEqual({
      key: 'tls.crt',
      reason: 'expired on 2035-01-01',
      expires: '2035-01-01',
    });
  });

  test('another key', () => {
    expect(tlsFault(certificate, keyOf(rsa.privateKey))).toEqual({
      key: 'tls.key',
      reason: 'is not the key of the certificate in tls.crt',
    });
  });

  test('no certificate, no key', () => {
    expect([tlsFault('hello', keyOf(ec.privateKey)), tlsFault(certificate, 'hello')]).toEqual([
      { key: 'tls.crt', reason: 'holds no certificate that can be read' },
      { key: 'tls.key', reason: 'holds no private key that can be read' },
    ]);
  });
});

// ── what the readers read, written ──────────────────────────────────────────────────────────────────────────────────

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function request(
  keys: Keys,
  { cn, o, isCA = false, signer }: { cn: string; o: readonly string[]; isCA?: boolean; signer?: KeyObject },
): Uint8Array {
  const extension = der(0x30, oid('2.5.29.19'), der(0x04, der(0x30, der(0x01, Uint8Array.of(0xff)))));
  const attributes = isCA
    ? der(0xa0, der(0x30, oid('1.2.840.113549.1.9.14'), der(0x31, der(0x30, extension))))
    : der(0xa0);
  const info = der(
    0x30,
    der(0x02, Uint8Array.of(0)),
    name(cn, o),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    attributes,
  );
  return signed(info, signer ?? keys.privateKey);
}

function selfSigned(keys: Keys, cn: string): Uint8Array {
  const time = (text: string) => der(0x17, new TextEncoder().encode(text));
  const body = der(
    0x30,
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, Uint8Array.of(1)),
    algorithm(keys.privateKey),
    name(cn, []),
    der(0x30, time('250101000000Z'), time('350101000000Z')),
    name(cn, []),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
  );
  return signed(body, keys.privateKey);
}

function signed(body: Uint8Array, key: KeyObject): Uint8Array {
  const signature = sign('sha256', body, key);
  return der(0x30, body, algorithm(key), der(0x03, Uint8Array.of(0, ...signature)));
}

function algorithm(key: KeyObject): Uint8Array {
  return der(0x30, oid(key.asymmetricKeyType === 'rsa' ? '1.2.840.113549.1.1.11' : '1.2.840.10045.4.3.2'));
}

function name(cn: string, organizations: readonly string[]): Uint8Array {
  const part = (type: string, text: string) =>
    der(0x31, der(0x30, oid(type), der(0x0c, new TextEncoder().encode(text))));
  return der(0x30, part('2.5.4.3', cn), ...organizations.map((each) => part('2.5.4.10', each)));
}

function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((value) => {
    const parts = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) parts.unshift((left & 0x7f) | 0x80);
    return parts;
  });
  return der(0x06, Uint8Array.from(octets));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...size, ...content]);
}

function pem(bytes: Uint8Array, label: string): string {
  const lines = Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

function encode(bytes: Uint8Array, label = 'CERTIFICATE REQUEST'): string {
  return Buffer.from(pem(bytes, label)).toString('base64');
}

function tokenOf(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}
