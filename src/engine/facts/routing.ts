import {
  type GatewayData,
  type GrantData,
  type IngressData,
  ROUTING_KINDS,
  type RouteData,
  type RoutingObject,
  readRoutingObject,
  type SecretData,
} from '../../k8s/network/routing.ts';
import type { Resource } from '../../k8s/resource.ts';
import { defineFact } from '../project.ts';
import { folderScopes, wholes } from './network.ts';
import { placesFact } from './places.ts';

/** An object with the namespace it lies in: its own, or a mark for the one that its folder shares. */
export interface Routed<D> {
  readonly resource: Resource;
  readonly data: D;
  readonly namespace: string;
  /** The kustomization or chart that it belongs to: objects of different ones are not compared. */
  readonly whole: string;
}

export interface RoutingFacts {
  readonly ingresses: readonly Routed<IngressData>[];
  readonly routes: readonly Routed<RouteData>[];
  readonly gateways: readonly Routed<GatewayData>[];
  readonly grants: readonly Routed<GrantData>[];
  readonly secrets: readonly Routed<SecretData>[];
  secret(namespace: string, name: string): Routed<SecretData> | undefined;
  /** Some object of the input makes a Secret of this name. */
  isMade(namespace: string, name: string): boolean;
  gateway(namespace: string, name: string): Routed<GatewayData> | undefined;
  /** A ReferenceGrant in the namespace of the target lets this kind from that namespace refer to it. */
  isGranted(
    from: { readonly kind: string; readonly namespace: string },
    to: { readonly kind: string; readonly namespace: string; readonly name: string },
  ): boolean;
}

/** Ingresses, Gateways, their routes, and the Secrets and grants that they refer to. */
export const routingFact = defineFact<RoutingFacts, RoutingObject>({
  name: 'routing',
  kinds: ROUTING_KINDS,
  collect: readRoutingObject,
  uses: [placesFact],
  compute(project, collected) {
    const scopeOf = folderScopes(project);
    const wholeOf = wholes(project);
    const all = { ingress: [], route: [], gateway: [], grant: [], secret: [] } as {
      ingress: Routed<IngressData>[];
      route: Routed<RouteData>[];
      gateway: Routed<GatewayData>[];
      grant: Routed<GrantData>[];
      secret: Routed<SecretData>[];
    };
    const made = new Set<string>();
    for (const { resource, data } of collected) {
      const { head } = resource;
      const namespace = head.namespace === '' ? `\n${scopeOf(head)}` : head.namespace;
      if (data.type === 'maker') for (const name of data.secrets) made.add(`${namespace}\n${name}`);
      else if (data.type === 'mesh') continue;
      // The list of a type holds objects of that type.
      else (all[data.type] as Routed<RoutingObject>[]).push({ resource, data, namespace, whole: wholeOf(head) });
    }
    const secrets = new Map(all.secret.map((each) => [`${each.namespace}\n${each.resource.head.name}`, each]));
    const gateways = new Map(all.gateway.map((each) => [`${each.namespace}\n${each.resource.head.name}`, each]));
    return {
      ingresses: all.ingress,
      routes: all.route,
      gateways: all.gateway,
      grants: all.grant,
      secrets: all.secret,
      secret: (namespace, name) => secrets.get(`${namespace}\n${name}`),
      isMade: (namespace, name) => made.has(`${namespace}\n${name}`),
      gateway: (namespace, name) => gateways.get(`${namespace}\n${name}`),
      isGranted: (from, to) =>
        all.grant.some(
          ({ namespace, data }) =>
            namespace === to.namespace &&
            data.from.some(({ kind, namespace: own }) => kind === from.kind && own === from.namespace) &&
            data.to.some(({ kind, name }) => kind === to.kind && (name === undefined || name === to.name)),
        ),
    };
  },
});
