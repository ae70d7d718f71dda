import { ALL_IPV4, type IpRange, type IpSet, parseAddress, parseCidr, unite } from '../cidr.ts';

/** Addresses that mean something by themselves. */

export const ADDRESS_SPACE_IPV4: IpRange = ALL_IPV4;

/** RFC 1918, RFC 6598 (shared address space) and RFC 4193 (unique local addresses). */
export const PRIVATE_RANGES: IpSet = blocks([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]);

export const LINK_LOCAL_RANGES: IpSet = blocks(['169.254.0.0/16', 'fe80::/10']);

export const LOOPBACK_RANGES: IpSet = blocks(['127.0.0.0/8', '::1/128']);

/** What no host on the public internet has, besides the private ranges: RFC 6890. */
const RESERVED_RANGES: IpSet = blocks([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);

/** Public IPv4 space, and the global unicast block of IPv6. */
export const NOT_PUBLIC_IPV4: IpSet = unite([
  ...PRIVATE_RANGES.filter(({ family }) => family === 4),
  ...RESERVED_RANGES,
]);
export const GLOBAL_IPV6: IpRange = cidr('2000::/3');

export interface MetadataService {
  readonly address: string;
  readonly what: string;
}

/** Where clouds answer any process of a machine with its identity and often with credentials. */
export const METADATA_SERVICES: readonly MetadataService[] = [
  {
    address: '169.254.169.254',
    what: 'instance metadata of AWS, Google Cloud, Azure, OCI, OpenStack and DigitalOcean',
  },
  { address: 'fd00:ec2::254', what: 'instance metadata of AWS over IPv6' },
  { address: '169.254.170.2', what: 'task credentials of AWS ECS' },
  { address: '169.254.170.23', what: 'the EKS Pod Identity agent' },
  { address: 'fd00:ec2::23', what: 'the EKS Pod Identity agent over IPv6' },
  { address: '168.63.129.16', what: 'the Azure platform (WireServer)' },
  { address: '100.100.100.200', what: 'instance metadata of Alibaba Cloud' },
];

/** The service that answers there, if one does. */
export function metadataServiceAt(address: string): MetadataService | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  return METADATA_SERVICES.find((service) => {
    const own = parseAddress(service.address)!;
    return own.family === parsed.family && own.value === parsed.value;
  });
}

export function addressRange(address: string): IpRange | undefined {
  const parsed = parseAddress(address);
  return parsed === undefined ? undefined : { family: parsed.family, low: parsed.value, high: parsed.value };
}

function blocks(list: readonly string[]): IpSet {
  return unite(list.map(cidr));
}

function cidr(text: string): IpRange {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`${text} is no CIDR block`);
  return parsed;
}
