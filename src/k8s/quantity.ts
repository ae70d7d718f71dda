import type { Value } from '../yaml/value.ts';

/**
 * A resource quantity as `resource.ParseQuantity` of k8s.io/apimachinery reads it, in billionths (the smallest amount
 * that the API keeps); what is smaller is rounded away from zero.
 */
export interface Quantity {
  readonly nano: bigint;
  readonly format: 'DecimalSI' | 'DecimalExponent' | 'BinarySI';
}

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[+-]?\d*)$/;
/** The largest binary amount, 2^63-1, in billionths. */
const BINARY_LIMIT = 9_223_372_036_854_775_807n * 1_000_000_000n;
/** Beyond any machine: exponents are cut here so that a hostile `1e999999999` costs nothing. */
const EXPONENT_LIMIT = 4096;

/** Undefined for what the API server refuses. A quantity may be written as a number. */
export function parseQuantity(written: Value | undefined): Quantity | undefined {
  const text = quantityText(written);
  if (text === undefined || text.length > 1024) return undefined;
  const match = SHAPE.exec(text);
  if (match === null || text === '') return undefined;
  const sign = match[1] === '-' ? -1n : 1n;
  const whole = match[2]!;
  const fraction = match[3] ?? '';
  const suffix = match[4]!;
  // No digits at all are read as 0: the server accepts `Ki` and even `.`, where its fast path takes the text.
  const digits = BigInt(`${whole}${fraction}` || '0');

  const empty = whole === '' && fraction === '';
  const binary = BINARY[suffix];
  if (binary !== undefined) {
    if (empty && binary >= 50n) return undefined;
    const scaled = divideUp((digits << binary) * 1_000_000_000n, 10n ** BigInt(fraction.length));
    return { nano: sign * (scaled > BINARY_LIMIT ? BINARY_LIMIT : scaled), format: 'BinarySI' };
  }
  const exponent = DECIMAL[suffix] ?? exponentOf(suffix);
  if (exponent === undefined || (empty && exponent < -9)) return undefined;
  const format = DECIMAL[suffix] === undefined ? 'DecimalExponent' : 'DecimalSI';
  return { nano: sign * shift(digits, exponent - fraction.length + 9), format };
}

/** Written, and more than nothing: Kubernetes treats a request or limit of 0 as none when it computes QoS. */
export function isPositive(written: Value | undefined): boolean {
  if (written === undefined || written === null) return false;
  const quantity = parseQuantity(written);
  return quantity !== undefined && quantity.nano > 0n;
}

function quantityText(written: Value | undefined): string | undefined {
  if (typeof written === 'string') return written;
  if (typeof written === 'bigint') return String(written);
  return typeof written === 'number' && Number.isFinite(written) ? String(written) : undefined;
}

function exponentOf(suffix: string): number | undefined {
  if (!/^[eE][+-]?\d+$/.test(suffix)) return undefined;
  const parsed = BigInt(suffix.slice(1).replace('+', ''));
  if (parsed !== BigInt.asIntN(64, parsed)) return undefined;
  const exponent = Number(BigInt.asIntN(32, parsed));
  return Math.max(-EXPONENT_LIMIT, Math.min(EXPONENT_LIMIT, exponent));
}

function shift(digits: bigint, places: number): bigint {
  return places >= 0 ? digits * 10n ** BigInt(places) : divideUp(digits, 10n ** BigInt(-places));
}

function divideUp(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}
