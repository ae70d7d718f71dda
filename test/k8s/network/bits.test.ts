import { expect, test } from 'vitest';
import {
  addBit,
  allBits,
  and,
  andNot,
  type Bits,
  copyOf,
  hasBit,
  isEmpty,
  listBits,
  newBits,
  orInto,
  someBit,
} from '../../../src/k8s/network/bits.ts';

/** Numbers without a pattern, the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

function bitsOf(members: Iterable<number>): Bits {
  const bits = newBits();
  for (const member of members) addBit(bits, member);
  return bits;
}

const sorted = (members: Iterable<number>) => [...members].sort((one, other) => one - other);

test('sets of bits behave as sets, whoever shares their blocks', () => {
  const next = numbers(7);
  for (let round = 0; round < 300; round++) {
    const draw = () => new Set(Array.from({ length: next(40) }, () => (next(4) === 0 ? next(5000) : next(300))));
    const [a, b] = [draw(), draw()];
    const [one, other] = [bitsOf(a), bitsOf(b)];
    const common = and(one, other);
    const left = andNot(one, other);
    const both = copyOf(one);
    orInto(both, other);
    expect(listBits(common)).toEqual(sorted([...a].filter((each) => b.has(each))));
    expect(listBits(left)).toEqual(sorted([...a].filter((each) => !b.has(each))));
    expect(listBits(both)).toEqual(sorted(new Set([...a, ...b])));
    expect(isEmpty(common)).toBe(listBits(common).length === 0);
    // A change of one set shows in no other.
    for (const each of [common, left, both]) addBit(each, 6000 + round);
    expect([listBits(one), listBits(other)]).toEqual([sorted(a), sorted(b)]);
    for (let at = 0; at < 300; at++) expect(hasBit(one, at)).toBe(a.has(at));
    expect(someBit(one, (at) => b.has(at))).toBe([...a].some((each) => b.has(each)));
  }
});

test('all numbers below a size', () => {
  for (const size of [0, 1, 255, 256, 257, 1000]) {
    expect(listBits(allBits(size))).toEqual(Array.from({ length: size }, (_, at) => at));
  }
});
