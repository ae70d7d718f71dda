/**
 * A set of small numbers, kept as blocks of 256 of them and only where there are any: a selector means few of ten
 * thousand pods, and there are as many selectors as pods.
 */
export class Bits {
  /** Numbers of the blocks, ascending; none of them is empty. */
  at: number[] = [];
  blocks: Uint32Array[] = [];
  /** Whether the blocks are its own to change: sets share them until one of them changes. */
  owned = true;
}

const BLOCK_SHIFT = 8;
const BLOCK_MASK = 255;
const WORDS = 8;

export function newBits(): Bits {
  return new Bits();
}

/** All numbers below `size`. */
export function allBits(size: number): Bits {
  const bits = new Bits();
  const full = new Uint32Array(WORDS).fill(0xffffffff);
  const whole = size >>> BLOCK_SHIFT;
  for (let key = 0; key < whole; key++) {
    bits.at.push(key);
    bits.blocks.push(full);
  }
  bits.owned = false;
  for (let at = whole << BLOCK_SHIFT; at < size; at++) addBit(bits, at);
  return bits;
}

export function copyOf(bits: Bits): Bits {
  const copy = new Bits();
  copy.at = bits.at.slice();
  copy.blocks = bits.blocks.slice();
  copy.owned = false;
  bits.owned = false;
  return copy;
}

export function addBit(bits: Bits, at: number): void {
  own(bits);
  const key = at >>> BLOCK_SHIFT;
  const word = (at & BLOCK_MASK) >>> 5;
  const bit = 1 << (at & 31);
  const place = find(bits.at, key);
  if (place >= 0) {
    bits.blocks[place]![word]! |= bit;
    return;
  }
  const block = new Uint32Array(WORDS);
  block[word] = bit;
  insert(bits, ~place, key, block);
}

export function hasBit(bits: Bits, at: number): boolean {
  const key = at >>> BLOCK_SHIFT;
  // A set without gaps has each block at its own number.
  const place = bits.at[key] === key ? key : find(bits.at, key);
  return place >= 0 && (bits.blocks[place]![(at & BLOCK_MASK) >>> 5]! & (1 << (at & 31))) !== 0;
}

export function and(a: Bits, b: Bits): Bits {
  if (a === b) return copyOf(a);
  if (a.at.length > b.at.length) return and(b, a);
  const result = new Bits();
  let from = 0;
  for (let index = 0; index < a.at.length; index++) {
    const key = a.at[index]!;
    const place = find(b.at, key, from);
    if (place < 0) {
      from = ~place;
      continue;
    }
    from = place + 1;
    const one = a.blocks[index]!;
    const other = b.blocks[place]!;
    const block = one === other ? one : both(one, other);
    if (block === undefined) continue;
    if (block === one || block === other) share(result, a, b);
    result.at.push(key);
    result.blocks.push(block);
  }
  return result;
}

export function andNot(a: Bits, b: Bits): Bits {
  if (b.at.length === 0) return copyOf(a);
  const result = new Bits();
  let from = 0;
  for (let index = 0; index < a.at.length; index++) {
    const key = a.at[index]!;
    const place = find(b.at, key, from);
    let block: Uint32Array | undefined = a.blocks[index]!;
    if (place < 0) {
      from = ~place;
      share(result, a, b);
    } else {
      from = place + 1;
      block = without(block, b.blocks[place]!);
      if (block === undefined) continue;
      if (block === a.blocks[index]) share(result, a, b);
    }
    result.at.push(key);
    result.blocks.push(block);
  }
  return result;
}

export function orInto(into: Bits, other: Bits): void {
  if (other.at.length === 0) return;
  if (into.at.length === 0) {
    into.at = other.at.slice();
    into.blocks = other.blocks.slice();
    into.owned = false;
    other.owned = false;
    return;
  }
  own(into);
  for (let index = 0; index < other.at.length; index++) {
    const key = other.at[index]!;
    const block = other.blocks[index]!;
    const place = into.at[key] === key ? key : find(into.at, key);
    if (place < 0) insert(into, ~place, key, block.slice());
    else {
      const own = into.blocks[place]!;
      for (let word = 0; word < WORDS; word++) own[word]! |= block[word]!;
    }
  }
}

export function isEmpty(bits: Bits): boolean {
  return bits.at.length === 0;
}

export function forEachBit(bits: Bits, visit: (at: number) => void): void {
  for (let index = 0; index < bits.at.length; index++) {
    const start = bits.at[index]! << BLOCK_SHIFT;
    const block = bits.blocks[index]!;
    for (let word = 0; word < WORDS; word++) {
      let rest = block[word]!;
      while (rest !== 0) {
        const low = rest & -rest;
        visit(start + (word << 5) + (31 - Math.clz32(low)));
        rest ^= low;
      }
    }
  }
}

export function someBit(bits: Bits, test: (at: number) => boolean): boolean {
  for (let index = 0; index < bits.at.length; index++) {
    const start = bits.at[index]! << BLOCK_SHIFT;
    const block = bits.blocks[index]!;
    for (let word = 0; word < WORDS; word++) {
      let rest = block[word]!;
      while (rest !== 0) {
        const low = rest & -rest;
        if (test(start + (word << 5) + (31 - Math.clz32(low)))) return true;
        rest ^= low;
      }
    }
  }
  return false;
}

export function listBits(bits: Bits): number[] {
  const list: number[] = [];
  forEachBit(bits, (at) => {
    list.push(at);
  });
  return list;
}

/** Makes the blocks of a set its own before one of them changes. */
function own(bits: Bits): void {
  if (bits.owned) return;
  bits.blocks = bits.blocks.map((block) => block.slice());
  bits.owned = true;
}

/** `result` is about to hold a block of one of the others. */
function share(result: Bits, a: Bits, b: Bits): void {
  result.owned = false;
  a.owned = false;
  b.owned = false;
}

function insert(bits: Bits, place: number, key: number, block: Uint32Array): void {
  if (place === bits.at.length) {
    bits.at.push(key);
    bits.blocks.push(block);
    return;
  }
  bits.at.splice(place, 0, key);
  bits.blocks.splice(place, 0, block);
}

/** Where a block stands in an ascending list; where it is not there, the complement of where it would have to. */
function find(list: readonly number[], key: number, from = 0): number {
  let low = from;
  let high = list.length - 1;
  // Most often it is the next one, or comes behind the last.
  if (high < low || list[high]! < key) return ~(high + 1 < low ? low : high + 1);
  if (list[low] === key) return low;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const own = list[middle]!;
    if (own === key) return middle;
    if (own < key) low = middle + 1;
    else high = middle - 1;
  }
  return ~low;
}

/** The one of the two that the other holds, a new block, or undefined for an empty one. */
function both(one: Uint32Array, other: Uint32Array): Uint32Array | undefined {
  let any = 0;
  let isOne = true;
  let isOther = true;
  for (let word = 0; word < WORDS; word++) {
    const common = one[word]! & other[word]!;
    any |= common;
    if (common !== (one[word]! | 0)) isOne = false;
    if (common !== (other[word]! | 0)) isOther = false;
  }
  if (any === 0) return undefined;
  if (isOne) return one;
  if (isOther) return other;
  const block = new Uint32Array(WORDS);
  for (let word = 0; word < WORDS; word++) block[word] = one[word]! & other[word]!;
  return block;
}

/** The block itself where nothing is taken away, a new one, or undefined for an empty one. */
function without(block: Uint32Array, taken: Uint32Array): Uint32Array | undefined {
  let any = 0;
  let isSame = true;
  for (let word = 0; word < WORDS; word++) {
    const rest = block[word]! & ~taken[word]!;
    any |= rest;
    if (rest !== (block[word]! | 0)) isSame = false;
  }
  if (any === 0) return undefined;
  if (isSame) return block;
  const left = new Uint32Array(WORDS);
  for (let word = 0; word < WORDS; word++) left[word] = block[word]! & ~taken[word]!;
  return left;
}
