import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import type { Resource } from '../resource.ts';
import { isInternalIngress } from './publicness.ts';

/** What rules about Ingress and Gateway keep of an object: plain data, read in the map phase. */
export type RoutingObject = MeshGateway | IngressData | RouteData | GatewayData | SecretData | SecretMaker | GrantData;

export interface IngressPath {
  readonly path: string;
  /** '' where none is written. */
  readonly pathType: string;
  /** Undefined for a backend that is no Service. */
  readonly backend: ServiceBackend | undefined;
}

export interface ServiceBackend {
  readonly service: string;
  readonly port: number | string | null;
  /** Below the object's root. */
  readonly at: readonly (string | number)[];
}

export interface IngressData {
  readonly type: 'ingress';
  /** '' for the default class. */
  readonly ingressClass: string;
  readonly rules: readonly { readonly host: string; readonly paths: readonly IngressPath[] }[];
  readonly defaultBackend: ServiceBackend | undefined;
  readonly tls: readonly { readonly hosts: readonly string[]; readonly secret: string }[];
  readonly internal: boolean;
  readonly canary: boolean;
  /** Solves a challenge of ACME and goes away. */
  readonly acme: boolean;
}

export interface RouteRule {
  /** The path matches that stand alone, without a condition on headers, methods or queries. */
  readonly paths: readonly { readonly type: string; readonly value: string; readonly index: number }[];
  readonly backends: readonly RouteBackend[];
  /** Every request is sent on to HTTPS. */
  readonly redirects: boolean;
}

export interface RouteBackend {
  readonly service: string;
  readonly namespace: string | undefined;
  readonly port: number | null;
  readonly index: number;
}

export interface RouteData {
  readonly type: 'route';
  readonly hostnames: readonly string[];
  readonly parents: readonly {
    readonly name: string;
    readonly namespace: string | undefined;
    readonly section: string | undefined;
    readonly index: number;
  }[];
  readonly rules: readonly RouteRule[];
}

export interface Listener {
  readonly name: string;
  readonly hostname: string;
  readonly protocol: string;
  readonly port: number | undefined;
  readonly certificates: readonly {
    readonly name: string;
    readonly namespace: string | undefined;
    readonly index: number;
  }[];
}

export interface GatewayData {
  readonly type: 'gateway';
  readonly gatewayClass: string;
  readonly listeners: readonly Listener[];
}

export interface SecretData {
  readonly type: 'secret';
  readonly secretType: string;
  readonly keys: readonly string[];
  /** The text of `tls.crt`, where it is a certificate. */
  readonly certificate?: string;
}

/** Something that will make Secrets of these names. */
export interface SecretMaker {
  readonly type: 'maker';
  readonly secrets: readonly string[];
}

/** A Gateway of Istio, which is read where it is judged. */
export interface MeshGateway {
  readonly type: 'mesh';
}

export interface GrantData {
  readonly type: 'grant';
  readonly from: readonly { readonly kind: string; readonly namespace: string }[];
  readonly to: readonly { readonly kind: string; readonly name: string | undefined }[];
}

const ROUTES = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] as const;

export const ROUTE_KINDS: readonly string[] = ROUTES.map((kind) => `${kind}.gateway.networking.k8s.io`);
export const INGRESS_KINDS = ['Ingress.networking.k8s.io', 'Ingress.extensions'] as const;
export const ROUTING_KINDS: readonly string[] = [
  ...INGRESS_KINDS,
  'Gateway.gateway.networking.k8s.io',
  'Gateway.networking.istio.io',
  ...ROUTE_KINDS,
  'ReferenceGrant.gateway.networking.k8s.io',
  'Secret',
  'Certificate.cert-manager.io',
  'ExternalSecret.external-secrets.io',
  'SealedSecret.bitnami.com',
];

export function readRoutingObject(resource: Resource): RoutingObject | undefined {
  const root = resource.root.raw;
  if (!isMap(root)) return undefined;
  const spec = mapAt(root, 'spec');
  const { groupKind, head } = resource;
  switch (groupKind) {
    case 'Ingress.networking.k8s.io':
    case 'Ingress.extensions':
      return readIngress(spec, head.annotations, head.labels);
    case 'Gateway.gateway.networking.k8s.io':
      return {
        type: 'gateway',
        gatewayClass: text(spec['gatewayClassName']),
        listeners: list(spec['listeners']).map(readListener),
      };
    case 'Gateway.networking.istio.io':
      return { type: 'mesh' };
    case 'ReferenceGrant.gateway.networking.k8s.io':
      return {
        type: 'grant',
        from: list(spec['from']).map((from) => ({ kind: text(from['kind']), namespace: text(from['namespace']) })),
        to: list(spec['to']).map((to) => ({ kind: text(to['kind']), name: text(to['name']) || undefined })),
      };
    case 'Secret':
      return readSecret(root);
    case 'Certificate.cert-manager.io':
      return { type: 'maker', secrets: [text(spec['secretName'])] };
    case 'ExternalSecret.external-secrets.io':
      return { type: 'maker', secrets: [text(mapAt(spec, 'target')['name']) || head.name] };
    case 'SealedSecret.bitnami.com':
      return { type: 'maker', secrets: [head.name] };
    default:
      return groupKind.endsWith('Route.gateway.networking.k8s.io') ? readRoute(spec) : undefined;
  }
}

function readIngress(
  spec: ValueMap,
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): IngressData {
  const ingressClass = text(spec['ingressClassName']) || annotations['kubernetes.io/ingress.class'] || '';
  const defaultKey = spec['defaultBackend'] === undefined ? 'backend' : 'defaultBackend';
  return {
    type: 'ingress',
    ingressClass,
    rules: list(spec['rules']).map((rule, index) => ({
      host: text(rule['host']),
      paths: list(mapAt(rule, 'http')['paths']).map((path, at) => ({
        path: text(path['path']),
        pathType: text(path['pathType']),
        backend: readBackend(path['backend'], ['spec', 'rules', index, 'http', 'paths', at, 'backend']),
      })),
    })),
    defaultBackend: readBackend(spec[defaultKey], ['spec', defaultKey]),
    tls: list(spec['tls']).map((entry) => ({ hosts: strings(entry['hosts']), secret: text(entry['secretName']) })),
    internal: isInternalIngress(spec, annotations),
    canary: annotations['nginx.ingress.kubernetes.io/canary'] === 'true',
    acme: labels['acme.cert-manager.io/http01-solver'] !== undefined,
  };
}

function readBackend(value: Value | undefined, at: readonly (string | number)[]): ServiceBackend | undefined {
  if (!isMap(value)) return undefined;
  const service = value['service'];
  if (isMap(service)) {
    const { name, number } = mapAt(service, 'port');
    const port = typeof number === 'number' ? number : typeof name === 'string' ? name : null;
    return { service: text(service['name']), port, at: [...at, 'service'] };
  }
  if (typeof value['serviceName'] !== 'string') return undefined;
  const port = value['servicePort'];
  return {
    service: value['serviceName'],
    port: typeof port === 'number' || typeof port === 'string' ? port : null,
    at,
  };
}

function readListener(listener: ValueMap): Listener {
  const { port } = listener;
  return {
    name: text(listener['name']),
    hostname: text(listener['hostname']),
    protocol: text(listener['protocol']),
    port: typeof port === 'number' ? port : undefined,
    certificates: list(mapAt(listener, 'tls')['certificateRefs']).flatMap((reference, index) =>
      reference['kind'] === undefined || reference['kind'] === 'Secret'
        ? [{ name: text(reference['name']), namespace: text(reference['namespace']) || undefined, index }]
        : [],
    ),
  };
}

function readRoute(spec: ValueMap): RouteData {
  return {
    type: 'route',
    hostnames: strings(spec['hostnames']),
    parents: list(spec['parentRefs']).flatMap((parent, index) =>
      parent['kind'] === undefined || parent['kind'] === 'Gateway'
        ? [
            {
              name: text(parent['name']),
              namespace: text(parent['namespace']) || undefined,
              section: text(parent['sectionName']) || undefined,
              index,
            },
          ]
        : [],
    ),
    rules: list(spec['rules']).map((rule): RouteRule => {
      const matches = rule['matches'] === undefined ? [EMPTY] : list(rule['matches']);
      const filters = list(rule['filters']);
      return {
        paths: matches.flatMap((match, index) => {
          const path = mapAt(match, 'path');
          const alone = Object.keys(match).every((key) => key === 'path');
          return alone ? [{ type: text(path['type']) || 'PathPrefix', value: text(path['value']) || '/', index }] : [];
        }),
        backends: list(rule['backendRefs']).flatMap((backend, index) => {
          const { kind, group, port } = backend;
          if ((kind !== undefined && kind !== 'Service') || (group !== undefined && group !== '')) return [];
          return [
            {
              service: text(backend['name']),
              namespace: text(backend['namespace']) || undefined,
              port: typeof port === 'number' ? port : null,
              index,
            },
          ];
        }),
        redirects: filters.some(
          (filter) => filter['type'] === 'RequestRedirect' && mapAt(filter, 'requestRedirect')['scheme'] === 'https',
        ),
      };
    }),
  };
}

function readSecret(root: ValueMap): SecretData {
  const [data, stringData] = [mapAt(root, 'data'), mapAt(root, 'stringData')];
  const certificate = certificateOf(stringData['tls.crt'], data['tls.crt']);
  return {
    type: 'secret',
    secretType: text(root['type']) || 'Opaque',
    keys: [...Object.keys(data), ...Object.keys(stringData)],
    ...(certificate === undefined ? {} : { certificate }),
  };
}

function certificateOf(plain: Value | undefined, encoded: Value | undefined): string | undefined {
  const content =
    typeof plain === 'string'
      ? plain
      : typeof encoded === 'string'
        ? Buffer.from(encoded, 'base64').toString('latin1')
        : '';
  const start = content.indexOf('-----BEGIN CERTIFICATE-----');
  const end = content.indexOf('-----END CERTIFICATE-----', start);
  return start === -1 || end === -1 ? undefined : content.slice(start, end + 25);
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

function list(value: Value | undefined): readonly ValueMap[] {
  return isList(value) ? value.map((each) => (isMap(each) ? each : EMPTY)) : [];
}

function strings(value: Value | undefined): readonly string[] {
  return isList(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function mapAt(map: ValueMap, key: string): ValueMap {
  const value = map[key];
  return isMap(value) ? value : EMPTY;
}

const EMPTY: ValueMap = Object.freeze({});
