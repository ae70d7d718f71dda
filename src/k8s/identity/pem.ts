import { decodeBase64 } from './base64.ts';

export interface PemBlock {
  /** `CERTIFICATE`, `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** The blocks of a PEM text in their order; what stands around them, and blocks that do not decode, are passed over. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const label = match[1]!;
    const from = match.index + match[0].length;
    const end = text.indexOf(`-----END ${label}-----`, from);
    if (end === -1) break;
    begin.lastIndex = end;
    const body = text.slice(from, end);
    // Headers as of old encrypted keys end with an empty line.
    const headers = /^\s*\n(?:[A-Za-z0-9-]+: [^\n]*\n)+\s*\n/.exec(body);
    const bytes = decodeBase64((headers === null ? body : body.slice(headers[0].length)).replace(/\s/g, ''));
    if (bytes !== undefined && bytes.length > 0) blocks.push({ label, bytes });
  }
  return blocks;
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY');
}
