/** One element of a DER encoding: where it and its content stand in the bytes. */
export interface Der {
  readonly bytes: Uint8Array;
  /** The identifier octet: class, constructed bit, tag number below 31. */
  readonly tag: number;
  /** Where the element begins, tag and length included. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
} as const;

/** The element that begins at an offset; undefined where the bytes hold none, or not all of it. */
export function readDer(bytes: Uint8Array, at = 0, end = bytes.length): Der | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  // Long tag numbers do not occur in certificates, indefinite lengths are not DER.
  if (at + 2 > end || tag === undefined || first === undefined || (tag & 0x1f) === 0x1f || first === 0x80)
    return undefined;
  let length = first;
  let from = at + 2;
  if (first > 0x80) {
    const octets = first & 0x7f;
    if (octets > 4 || from + octets > end) return undefined;
    length = 0;
    for (let index = 0; index < octets; index++) length = length * 256 + bytes[from + index]!;
    from += octets;
  }
  const to = from + length;
  return to > end ? undefined : { bytes, tag, start: at, from, to };
}

/** The elements inside one; undefined where the content is not made of whole elements. */
export function children(element: Der | undefined): readonly Der[] | undefined {
  if (element === undefined || (element.tag & 0x20) === 0) return undefined;
  const found: Der[] = [];
  for (let at = element.from; at < element.to; ) {
    const child = readDer(element.bytes, at, element.to);
    if (child === undefined) return undefined;
    found.push(child);
    at = child.to;
  }
  return found;
}

/** The element inside a BIT STRING or an OCTET STRING. */
export function inner(element: Der | undefined): Der | undefined {
  if (element === undefined) return undefined;
  const skip = element.tag === TAG.bitString ? 1 : 0;
  return readDer(element.bytes, element.from + skip, element.to);
}

/** `2.5.4.3`. */
export function oidOf(element: Der | undefined): string | undefined {
  if (element === undefined || element.tag !== TAG.oid || element.from === element.to) return undefined;
  const parts: number[] = [];
  let value = 0;
  for (let at = element.from; at < element.to; at++) {
    const octet = element.bytes[at]!;
    value = value * 128 + (octet & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER / 128) return undefined;
    if ((octet & 0x80) !== 0) continue;
    if (parts.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      parts.push(first, value - first * 40);
    } else parts.push(value);
    value = 0;
  }
  return (element.bytes[element.to - 1]! & 0x80) === 0 ? parts.join('.') : undefined;
}

/** The text of a string element of any of the kinds that names use. */
export function textOf(element: Der | undefined): string | undefined {
  if (element === undefined) return undefined;
  const content = element.bytes.subarray(element.from, element.to);
  switch (element.tag) {
    case TAG.utf8String:
      return new TextDecoder().decode(content);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.teletexString:
    case TAG.utcTime:
    case TAG.generalizedTime:
      return latin1(content);
    case TAG.bmpString: {
      let text = '';
      for (let at = 0; at + 1 < content.length; at += 2)
        text += String.fromCharCode(content[at]! * 256 + content[at + 1]!);
      return text;
    }
    default:
      return undefined;
  }
}

/** How many bits an unsigned INTEGER has. */
export function bitLength(element: Der | undefined): number | undefined {
  if (element === undefined || element.tag !== TAG.integer) return undefined;
  let at = element.from;
  while (at < element.to && element.bytes[at] === 0) at++;
  if (at === element.to) return 0;
  return (element.to - at - 1) * 8 + (32 - Math.clz32(element.bytes[at]!));
}

/** `20300101000000Z` and `300101000000Z` as `2030-01-01`; undefined for what is no time. */
export function dateOf(element: Der | undefined): string | undefined {
  if (element?.tag !== TAG.utcTime && element?.tag !== TAG.generalizedTime) return undefined;
  const match = (element.tag === TAG.utcTime ? /^(\d\d)(\d\d)(\d\d)/ : /^(\d{4})(\d\d)(\d\d)/).exec(
    textOf(element) ?? '',
  );
  if (match === null) return undefined;
  const [, year = '', month, day] = match;
  const full = year.length === 4 ? year : `${Number(year) < 50 ? '20' : '19'}${year}`;
  return `${full}-${month}-${day}`;
}

function latin1(content: Uint8Array): string {
  let text = '';
  for (const octet of content) text += String.fromCharCode(octet);
  return text;
}
