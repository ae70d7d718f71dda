import { decodeBase64, printable } from './base64.ts';
import { readToken, type Token } from './jwt.ts';
import { keyFits, signatureFits } from './keys.lazy.ts';
import { isPrivateKey, pemBlocks } from './pem.ts';
import {
  type Certificate,
  type CertificateRequest,
  describeName,
  readCertificate,
  readCertificateRequest,
} from './x509.ts';

/** What stands in `spec.request` of a CertificateSigningRequest, or why nothing can be read there. */
export function inspectRequest(written: string): CertificateRequest | string {
  const bytes = decodeBase64(written);
  if (bytes === undefined) return 'is not base64';
  const text = printable(bytes);
  const [block] = text === undefined ? [] : pemBlocks(text);
  if (block === undefined) return 'holds no PEM block';
  if (block.label !== 'CERTIFICATE REQUEST')
    return `holds a PEM block of type "${block.label}", not "CERTIFICATE REQUEST"`;
  return readCertificateRequest(block.bytes) ?? 'holds no PKCS#10 request that can be read';
}

/** False where the request was signed by another key than its own. */
export function isSignedByItself({ signature, signed, signatureBytes, key }: CertificateRequest): boolean | undefined {
  const digest = /sha(\d+)/i.exec(signature)?.[1];
  if (digest === undefined && signature !== 'Ed25519') return undefined;
  return signatureFits(signed, signatureBytes, key.encoded, digest === undefined ? null : `sha${digest}`);
}

/** The first certificate of a PEM text. */
export function inspectCertificate(pem: string): Certificate | undefined {
  const block = pemBlocks(pem).find(({ label }) => label === 'CERTIFICATE');
  return block === undefined ? undefined : readCertificate(block.bytes);
}

/** `CN=jane, O=devs, valid until 2027-01-01`. */
export function describeCertificate({ subject, notAfter }: Certificate): string {
  return `${describeName(subject)}${notAfter === undefined ? '' : `, valid until ${notAfter}`}`;
}

export function inspectToken(text: string): Token | undefined {
  return readToken(text);
}

/** What is wrong with the data of a TLS Secret, if only after the day `expires`. */
export function tlsFault(
  certificate: string,
  key: string,
): { readonly key: string; readonly reason: string; readonly expires?: string } | undefined {
  const blocks = pemBlocks(certificate).filter(({ label }) => label === 'CERTIFICATE');
  const leaf = blocks[0] === undefined ? undefined : readCertificate(blocks[0].bytes);
  if (leaf === undefined) return { key: 'tls.crt', reason: 'holds no certificate that can be read' };
  const own = pemBlocks(key).find(isPrivateKey);
  if (own === undefined) return { key: 'tls.key', reason: 'holds no private key that can be read' };
  if (keyFits(key, leaf.key.encoded) === false) {
    return { key: 'tls.key', reason: 'is not the key of the certificate in tls.crt' };
  }
  const { notAfter } = leaf;
  return notAfter === undefined ? undefined : { key: 'tls.crt', reason: `expired on ${notAfter}`, expires: notAfter };
}
