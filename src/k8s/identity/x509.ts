import { bitLength, children, type Der, dateOf, inner, oidOf, readDer, TAG, textOf } from './der.ts';

/** Who a certificate or a request for one names. */
export interface DistinguishedName {
  readonly commonNames: readonly string[];
  /** Groups, as the API server reads a client certificate. */
  readonly organizations: readonly string[];
}

export interface PublicKey {
  readonly kind: 'RSA' | 'EC' | 'Ed25519' | 'other';
  /** Bits of an RSA modulus. */
  readonly bits: number | undefined;
  /** The SubjectPublicKeyInfo as encoded, for comparison. */
  readonly encoded: Uint8Array;
}

/** What a PKCS#10 request or an X.509 certificate says, as far as it matters who may become who. */
export interface Extensions {
  readonly isCA: boolean;
  readonly dnsNames: readonly string[];
}

export interface CertificateRequest {
  readonly subject: DistinguishedName;
  readonly key: PublicKey;
  readonly extensions: Extensions;
  /** `sha256WithRSAEncryption`, or the object identifier of what is not known. */
  readonly signature: string;
  /** What is signed, and by which bytes. */
  readonly signed: Uint8Array;
  readonly signatureBytes: Uint8Array;
}

export interface Certificate {
  readonly subject: DistinguishedName;
  readonly key: PublicKey;
  readonly extensions: Extensions;
  /** `2030-01-01`. */
  readonly notAfter: string | undefined;
}

/** Reads a PKCS#10 CertificationRequest (RFC 2986); undefined for what is none. Never throws. */
export function readCertificateRequest(bytes: Uint8Array): CertificateRequest | undefined {
  const [info, algorithm, signature] = sequence(readDer(bytes)) ?? [];
  const [version, name, keyInfo, ...attributes] = sequence(info) ?? [];
  const subject = readName(name);
  const key = readKey(keyInfo);
  if (version?.tag !== TAG.integer || subject === undefined || key === undefined || signature?.tag !== TAG.bitString) {
    return undefined;
  }
  const signatureOid = oidOf(children(algorithm)?.[0]);
  if (signatureOid === undefined) return undefined;
  return {
    subject,
    key,
    extensions: readExtensions(requestedExtensions(attributes[0])),
    signature: SIGNATURES[signatureOid] ?? signatureOid,
    signed: bytes.subarray(info!.start, info!.to),
    signatureBytes: bytes.subarray(signature.from + 1, signature.to),
  };
}

/** Reads an X.509 certificate (RFC 5280); undefined for what is none. Never throws. */
export function readCertificate(bytes: Uint8Array): Certificate | undefined {
  const [body] = sequence(readDer(bytes)) ?? [];
  const parts = sequence(body);
  if (parts === undefined) return undefined;
  // [0] version, serial number, signature, issuer, validity, subject, key, …, [3] extensions
  const offset = parts[0]?.tag === 0xa0 ? 1 : 0;
  const subject = readName(parts[offset + 4]);
  const key = readKey(parts[offset + 5]);
  if (subject === undefined || key === undefined) return undefined;
  const extensions = parts.find(({ tag }) => tag === 0xa3);
  return {
    subject,
    key,
    extensions: readExtensions(children(extensions)?.[0]),
    notAfter: dateOf(children(parts[offset + 3])?.[1]),
  };
}

/** `CN=jane, O=devs`. */
export function describeName({ commonNames, organizations }: DistinguishedName): string {
  const parts = [...commonNames.map((name) => `CN=${name}`), ...organizations.map((name) => `O=${name}`)];
  return parts.length === 0 ? 'no name' : parts.join(', ');
}

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  extensionRequest: '1.2.840.113549.1.9.14',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
  rsa: '1.2.840.113549.1.1.1',
  ec: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
} as const;

const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'Ed25519',
};

function sequence(element: Der | undefined): readonly Der[] | undefined {
  return element?.tag === TAG.sequence ? children(element) : undefined;
}

/** A name is a list of sets of attributes. */
function readName(element: Der | undefined): DistinguishedName | undefined {
  const sets = sequence(element);
  if (sets === undefined) return undefined;
  const commonNames: string[] = [];
  const organizations: string[] = [];
  for (const set of sets) {
    for (const attribute of children(set) ?? []) {
      const [type, value] = sequence(attribute) ?? [];
      const oid = oidOf(type);
      const text = textOf(value);
      if (text === undefined) continue;
      if (oid === OID.commonName) commonNames.push(text);
      else if (oid === OID.organization) organizations.push(text);
    }
  }
  return { commonNames, organizations };
}

function readKey(element: Der | undefined): PublicKey | undefined {
  const [algorithm, bits] = sequence(element) ?? [];
  const oid = oidOf(sequence(algorithm)?.[0]);
  if (element === undefined || oid === undefined || bits?.tag !== TAG.bitString) return undefined;
  const encoded = element.bytes.subarray(element.start, element.to);
  if (oid === OID.rsa) return { kind: 'RSA', bits: bitLength(sequence(inner(bits))?.[0]), encoded };
  const kind = oid === OID.ec ? 'EC' : oid === OID.ed25519 ? 'Ed25519' : 'other';
  return { kind, bits: undefined, encoded };
}

/** Attributes of a request are `[0]`: each a type and a set of values. */
function requestedExtensions(attributes: Der | undefined): Der | undefined {
  if (attributes?.tag !== 0xa0) return undefined;
  for (const attribute of children(attributes) ?? []) {
    const [type, values] = sequence(attribute) ?? [];
    if (oidOf(type) === OID.extensionRequest) return children(values)?.[0];
  }
  return undefined;
}

function readExtensions(list: Der | undefined): Extensions {
  let isCA = false;
  const dnsNames: string[] = [];
  for (const extension of sequence(list) ?? []) {
    const parts = sequence(extension) ?? [];
    const content = inner(parts.at(-1));
    switch (oidOf(parts[0])) {
      case OID.basicConstraints: {
        const flag = sequence(content)?.[0];
        isCA = flag?.tag === TAG.boolean && flag.bytes[flag.from] !== 0;
        break;
      }
      case OID.subjectAltName:
        for (const name of children(content) ?? []) {
          // [2] dNSName, an IA5String under another tag.
          if (name.tag === 0x82) dnsNames.push(textOf({ ...name, tag: TAG.ia5String }) ?? '');
        }
        break;
    }
  }
  return { isCA, dnsNames };
}
