/** A set of small numbers of fixed range. */
export type Bits = Uint32Array;

export function newBits(size: number): Bits {
  return new Uint32Array((size + 31) >>> 5);
}

export function addBit(bits: Bits, at: number): void {
  bits[at >>> 5]! |= 1 << (at & 31);
}

export function hasBit(bits: Bits, at: number): boolean {
  return (bits[at >>> 5]! & (1 << (at & 31))) !== 0;
}

export function and(a: Bits, b: Bits): Bits {
  const result = new Uint32Array(a.length);
  for (let at = 0; at < a.length; at++) result[at] = a[at]! & b[at]!;
  return result;
}

export function andNot(a: Bits, b: Bits): Bits {
  const result = new Uint32Array(a.length);
  for (let at = 0; at < a.length; at++) result[at] = a[at]! & ~b[at]!;
  return result;
}

export function orInto(into: Bits, other: Bits): void {
  for (let at = 0; at < into.length; at++) into[at]! |= other[at]!;
}

export function isEmpty(bits: Bits): boolean {
  for (let at = 0; at < bits.length; at++) if (bits[at] !== 0) return false;
  return true;
}

export function forEachBit(bits: Bits, visit: (at: number) => void): void {
  for (let word = 0; word < bits.length; word++) {
    let rest = bits[word]!;
    while (rest !== 0) {
      const low = rest & -rest;
      visit((word << 5) + (31 - Math.clz32(low)));
      rest ^= low;
    }
  }
}

export function listBits(bits: Bits): number[] {
  const list: number[] = [];
  forEachBit(bits, (at) => {
    list.push(at);
  });
  return list;
}
