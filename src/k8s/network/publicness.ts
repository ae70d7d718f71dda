import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { type IpRange, type IpSet, intersectSets, parseCidr, sizeOf, subtract, unite } from '../cidr.ts';
import { isUnresolved } from '../placeholder.ts';
import { ADDRESS_SPACE_IPV4, GLOBAL_IPV6, NOT_PUBLIC_IPV4 } from './addresses.ts';

/**
 * From where a Service can be reached: inside the cluster alone, at the addresses of the nodes, through a load balancer
 * of the private or of the public network, or through one that is not known.
 */
export type Reach = 'cluster' | 'node' | 'internal' | 'public' | 'unknown';

type Annotations = Readonly<Record<string, string>>;

/** Annotations by which clouds make a load balancer an internal one, with the values that do. */
const INTERNAL_LOAD_BALANCER: Readonly<Record<string, RegExp>> = {
  'service.beta.kubernetes.io/aws-load-balancer-internal': /^(?:true|0\.0\.0\.0\/0)$/i,
  'service.beta.kubernetes.io/aws-load-balancer-scheme': /^internal$/,
  'networking.gke.io/load-balancer-type': /^internal$/i,
  'cloud.google.com/load-balancer-type': /^internal$/i,
  'service.beta.kubernetes.io/azure-load-balancer-internal': /^true$/i,
  'service.beta.kubernetes.io/openstack-internal-load-balancer': /^true$/i,
  'service.beta.kubernetes.io/oci-load-balancer-internal': /^true$/i,
  'service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type': /^private$/,
  'service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type': /^intranet$/,
  'service.beta.kubernetes.io/cce-load-balancer-internal-vpc': /^true$/i,
};

/** Annotations that name the addresses which a load balancer lets in. */
const SOURCE_RANGES: readonly string[] = [
  'service.beta.kubernetes.io/load-balancer-source-ranges',
  'service.beta.kubernetes.io/azure-allowed-ip-ranges',
];

const INGRESS_RANGES: readonly string[] = [
  'alb.ingress.kubernetes.io/inbound-cidrs',
  'nginx.ingress.kubernetes.io/whitelist-source-range',
  'nginx.ingress.kubernetes.io/allowlist-source-range',
  'haproxy.org/allow-list',
  'haproxy.org/whitelist',
];

export function reachOfService(spec: ValueMap, annotations: Annotations): Reach {
  const { type, loadBalancerClass } = spec;
  if (type === 'NodePort') return 'node';
  if (type !== 'LoadBalancer') return 'cluster';
  for (const name of Object.keys(annotations)) {
    if (Object.hasOwn(INTERNAL_LOAD_BALANCER, name) && INTERNAL_LOAD_BALANCER[name]!.test(annotations[name]!))
      return 'internal';
  }
  if (typeof loadBalancerClass !== 'string') return 'public';
  return /internal|private/.test(loadBalancerClass) ? 'internal' : 'unknown';
}

/** Only some addresses are let in: source ranges are given and do not cover the internet. */
export function isRestrictedService(spec: ValueMap, annotations: Annotations): boolean {
  const ranges = spec['loadBalancerSourceRanges'];
  const written = isList(ranges) ? ranges : [];
  const annotated = SOURCE_RANGES.flatMap((name) => annotations[name]?.split(',') ?? []);
  return restricts([...written, ...annotated]);
}

export function isInternalIngress(spec: ValueMap, annotations: Annotations): boolean {
  if (annotations['alb.ingress.kubernetes.io/scheme'] === 'internal') return true;
  const name = spec['ingressClassName'] ?? annotations['kubernetes.io/ingress.class'];
  if (annotations['networking.gke.io/internal-load-balancer-allow-global-access'] !== undefined) return true;
  return typeof name === 'string' && /internal|private/.test(name);
}

export function isRestrictedIngress(annotations: Annotations): boolean {
  return restricts(INGRESS_RANGES.flatMap((name) => annotations[name]?.split(',') ?? []));
}

/** Ranges that keep most of the internet out. One that is not filled in yet is taken to. */
function restricts(ranges: readonly (Value | undefined)[]): boolean {
  if (ranges.length === 0) return false;
  if (ranges.some((range) => typeof range === 'string' && isUnresolved(range))) return true;
  const blocks = ranges.map((range) => (typeof range === 'string' ? parseCidr(range.trim()) : undefined));
  return !coversInternet(unite(blocks.filter((block) => block !== undefined)));
}

/** Nearly all (nine tenths, or the given part) of the public IPv4 addresses, or of the global ones of IPv6. */
export function coversInternet(set: IpSet, percent = 90): boolean {
  const covers = (whole: IpSet): boolean =>
    sizeOf(intersectSets(set, whole)) * 100n >= sizeOf(whole) * BigInt(Math.round(percent));
  return covers(PUBLIC_IPV4) || covers([GLOBAL_IPV6]);
}

export const PUBLIC_IPV4: IpSet = subtract([ADDRESS_SPACE_IPV4], NOT_PUBLIC_IPV4 as readonly IpRange[]);

/** Labels by which the pods of ingress controllers and gateways are known. */
const INGRESS_CONTROLLERS: ReadonlySet<string> = new Set([
  'ingress-nginx',
  'nginx-ingress',
  'nginx-ingress-controller',
  'traefik',
  'envoy',
  'envoy-gateway',
  'contour',
  'haproxy-ingress',
  'kubernetes-ingress',
  'kong',
  'istio-ingressgateway',
  'ingressgateway',
  'ambassador',
  'emissary-ingress',
]);

/** Speaks of the pods that traffic from outside is meant to enter by. */
export function isIngressController(labels: Value | undefined): boolean {
  if (!isMap(labels)) return false;
  return ['app.kubernetes.io/name', 'app', 'istio', 'k8s-app', 'name', 'app.kubernetes.io/component'].some((key) => {
    const value = labels[key];
    return typeof value === 'string' && INGRESS_CONTROLLERS.has(value);
  });
}
