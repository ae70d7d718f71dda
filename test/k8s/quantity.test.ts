import { expect, test } from 'vitest';
import { isPositive, parseQuantity } from '../../src/k8s/quantity.ts';

test.each([
  ['1', '1000000000 DecimalSI'],
  ['100m', '100000000 DecimalSI'],
  ['1.5Gi', '1610612736000000000 BinarySI'],
  ['1k', '1000000000000 DecimalSI'],
  ['1e3', '1000000000000 DecimalExponent'],
  ['1E', '1000000000000000000000000000 DecimalSI'],
  ['0.1n', '1 DecimalSI'],
  ['-1', '-1000000000 DecimalSI'],
  ['8Ei', '9223372036854775807000000000 BinarySI'],
  ['.', '0 DecimalSI'],
  ['Ki', '0 BinarySI'],
  ['1.', '1000000000 DecimalSI'],
])('%s', (text, expected) => {
  const quantity = parseQuantity(text)!;
  expect(`${quantity.nano} ${quantity.format}`).toBe(expected);
});

test.each(['', 'constructor', '1K', '1 Gi', 'Pi', 'e-30', '1e', '1KiB', '1Gi ', 'x', '--1', '1e99999999999999999999'])(
  '%j is refused',
  (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  },
);

test('numbers are quantities, other values are none', () => {
  expect([1, 0.5, 2n, true, null, [], undefined].map((value) => parseQuantity(value)?.nano)).toEqual([
    1_000_000_000n,
    500_000_000n,
    2_000_000_000n,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('an exponent beyond reason costs nothing', () => {
  expect(isPositive('1e999999999')).toBe(true);
});

test('nothing, 0 and what cannot be read are not positive', () => {
  expect(['0', '0Mi', 0, null, undefined, 'lots', '1m'].map(isPositive)).toEqual([
    false,
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
});
