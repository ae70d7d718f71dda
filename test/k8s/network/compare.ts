import { podTemplates } from '../../../src/k8s/kinds.ts';
import { type Bound, type EngineOptions, NetworkEngine, type PeerIndex } from '../../../src/k8s/network/engine.ts';
import { readNetworkObject } from '../../../src/k8s/network/objects.ts';
import { PROTOCOLS } from '../../../src/k8s/network/port-set.ts';
import { buildWorld, type NetworkItem, type WorldOptions } from '../../../src/k8s/network/world.ts';
import { readResources } from '../../../src/k8s/read-resources.ts';
import { SourceFile } from '../../../src/text/source-file.ts';
import { parse } from '../../../src/yaml/parse.ts';
import { type Cluster, isAllowed, type Manifest, type NaivePeer } from './naive.ts';
import { ADDRESSES, Dice, manifestsOf } from './random-world.ts';

/** The objects of texts as the network analysis reads them. */
export function itemsOf(...texts: readonly string[]): readonly NetworkItem<string>[] {
  const items: NetworkItem<string>[] = [];
  texts.forEach((text, at) => {
    for (const document of parse(new SourceFile(`${at}.yaml`, text))) {
      for (const resource of readResources(document, podTemplates())) {
        const data = readNetworkObject(resource);
        if (data !== undefined) items.push({ head: resource.head, data, ref: `${at}.yaml` });
      }
    }
  });
  return items;
}

export function engineOf(texts: readonly string[], options: EngineOptions & WorldOptions = {}): NetworkEngine<string> {
  return new NetworkEngine(buildWorld(itemsOf(...texts), options), options);
}

export function engineOfManifests(
  manifests: readonly Manifest[],
  options: EngineOptions & WorldOptions = {},
): NetworkEngine<string> {
  return engineOf([manifests.map((each) => JSON.stringify(each)).join('\n---\n')], options);
}

/** `a/p0`, or an address. */
export function peerNamed(engine: NetworkEngine<string>, name: string): PeerIndex {
  const workload = engine.world.workloads.find(({ id }) => id === `${name}[Pod]`);
  if (workload !== undefined) return engine.classOf(workload.endpoints[0]!);
  const value = name.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  return engine.externalPeers().find((peer) => {
    const { family, low, high } = engine.rangeOf(peer);
    return family === 4 && low <= value && value <= high;
  })!;
}

export interface Difference {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  readonly naive: boolean;
}

/** Every packet about which the engine and the naive evaluator disagree. */
export function differences(
  cluster: Cluster,
  engine: NetworkEngine<string>,
  bound: Bound = 'lower',
  agree = (naive: boolean, ours: boolean): boolean => naive === ours,
): readonly Difference[] {
  const ends: (readonly [string, NaivePeer])[] = [
    ...cluster.pods.map((pod) => [`${pod.namespace}/${pod.name}`, { pod }] as const),
    ...ADDRESSES.map((address) => [address, { address }] as const),
  ];
  const found: Difference[] = [];
  for (const [source, from] of ends) {
    for (const [destination, to] of ends) {
      if (source === destination || ('address' in from && 'address' in to)) continue;
      const ports = engine.connection(peerNamed(engine, source), peerNamed(engine, destination), bound);
      for (const protocol of PROTOCOLS) {
        for (const port of [1, 2, 3, 4, 5]) {
          const naive = isAllowed(cluster, { source: from, destination: to, protocol, port });
          if (!agree(naive, engine.ports.has(ports, protocol, port)))
            found.push({ source, destination, protocol, port, naive });
        }
      }
    }
  }
  return found;
}

export function compareWithNaive(cluster: Cluster): readonly Difference[] {
  const engine = engineOfManifests(manifestsOf(cluster), { ipBlockMatchesPods: 'never' });
  return [...differences(cluster, engine, 'lower'), ...differences(cluster, engine, 'upper')];
}

/**
 * Hides parts of a cluster (Namespace objects, values of labels and selectors become placeholders) and asks whether
 * what is true of the whole lies between what is said for certain and what is said to be possible.
 */
export function boundsHold(cluster: Cluster, seed: number): readonly Difference[] {
  const hidden = hideParts(manifestsOf(cluster), new Dice(seed));
  const engine = engineOfManifests(hidden);
  return [
    ...differences(cluster, engine, 'lower', (naive, ours) => naive || !ours),
    ...differences(cluster, engine, 'upper', (naive, ours) => ours || !naive),
  ];
}

function hideParts(manifests: readonly Manifest[], dice: Dice): readonly Manifest[] {
  // Every value is hidden behind a placeholder of its own: the same expression twice would mean the same value.
  let placeholders = 0;
  const hide = (value: Manifest, key: string): Manifest => {
    if (Array.isArray(value)) return value.map((each) => hide(each, key));
    if (typeof value !== 'object' || value === null) {
      return VALUES_TO_HIDE.has(key) && dice.chance(0.15) ? `{{ .Values.v${++placeholders} }}` : value;
    }
    return Object.fromEntries(
      Object.entries(value).map(([own, each]) => [
        own,
        hide(each, key === 'labels' || key === 'matchLabels' ? '=' : own),
      ]),
    );
  };
  return manifests.filter(({ kind }) => kind !== 'Namespace' || dice.chance(0.6)).map((each) => hide(each, ''));
}

/** Label values (`=`) and values of expressions. */
const VALUES_TO_HIDE: ReadonlySet<string> = new Set(['=', 'values']);
