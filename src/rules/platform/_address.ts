import { parseAddress } from '../../k8s/cidr.ts';

/** An address outside of the ranges that stay inside; false for what is no address. */
export function isPublicAddress(text: string | undefined): boolean {
  const address = text === undefined ? undefined : parseAddress(text);
  if (address === undefined) return false;
  return address.family === 6 ? !INSIDE_6.test(text!) : !INSIDE_4.test(text!);
}

const INSIDE_6 = /^(?:f[cd]|fe[89ab]|::1?$)/i;
const INSIDE_4 = /^(?:10|127|0|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
