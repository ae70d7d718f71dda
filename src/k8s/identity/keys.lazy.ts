import { createPrivateKey, createPublicKey, verify } from 'node:crypto';

/** Whether a private key, as PEM, belongs to an encoded public key; undefined where the key cannot be read. */
export function keyFits(privatePem: string, publicKey: Uint8Array): boolean | undefined {
  try {
    const own = createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'der' });
    return Buffer.compare(own, Buffer.from(publicKey)) === 0;
  } catch {
    // Encrypted, or of a kind that this platform does not know.
    return undefined;
  }
}

/** Whether the signature of a PKCS#10 request is that of its own key; undefined where it cannot be checked. */
export function signatureFits(
  signed: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
  digest: string | null,
): boolean | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), type: 'spki', format: 'der' });
    return verify(digest, signed, key, signature);
  } catch {
    // A curve or a digest that this platform does not know.
    return undefined;
  }
}
