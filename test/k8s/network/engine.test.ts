import { describe, expect, it } from 'vitest';
import { connections } from '../../../src/k8s/network/connections.ts';
import { exposures } from '../../../src/k8s/network/exposure.ts';
import { NO_PORTS } from '../../../src/k8s/network/port-set.ts';
import { boundsHold, compareWithNaive, engineOf, engineOfManifests } from './compare.ts';
import type { Manifest } from './naive.ts';
import { Dice, manifestsOf, randomCluster } from './random-world.ts';

describe('connections', () => {
  it('are all allowed where no policy selects', () => {
    expect(rows([POD('a', 'web'), POD('b', 'db')])).toEqual([
      'outside => a/web[Pod] : All Connections',
      'outside => b/db[Pod] : All Connections',
      'a/web[Pod] => outside : All Connections',
      'a/web[Pod] => b/db[Pod] : All Connections',
      'b/db[Pod] => outside : All Connections',
      'b/db[Pod] => a/web[Pod] : All Connections',
    ]);
  });

  it('name ports as pods have them', () => {
    const policy = POLICY('a', {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [
        {
          from: [{ podSelector: { matchLabels: { app: 'web' } } }],
          ports: [{ port: 'sql' }, { port: 9000, endPort: 9009, protocol: 'UDP' }],
        },
      ],
    });
    const db = POD('a', 'db', {
      containers: [{ name: 'c', image: 'i', ports: [{ name: 'sql', containerPort: 5432 }] }],
    });
    expect(rows([POD('a', 'web'), db, policy])).toContain('a/web[Pod] => a/db[Pod] : TCP 5432,UDP 9000-9009');
  });

  it('of a host-network pod are beyond any policy', () => {
    const policy = POLICY('a', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(rows([POD('a', 'agent', { hostNetwork: true }), POD('a', 'web'), policy])).toEqual([
      'outside => a/agent[Pod] : All Connections',
      'a/agent[Pod] => outside : All Connections',
    ]);
  });

  it('to and from addresses keep neighbouring ranges together', () => {
    const policy = POLICY('a', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        { to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] },
        { to: [{ ipBlock: { cidr: '11.0.0.0/8' } }] },
      ],
    });
    expect(rows([POD('a', 'web'), policy])).toEqual([
      'outside => a/web[Pod] : All Connections',
      'a/web[Pod] => 10.0.0.0-10.0.255.255 : All Connections',
      'a/web[Pod] => 10.2.0.0-11.255.255.255 : All Connections',
    ]);
  });

  it('over IPv6 are told apart once a policy speaks of it', () => {
    const policy = POLICY('a', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: 'fd00::/8' } }] }],
    });
    expect(rows([POD('a', 'web'), policy]).slice(-1)).toEqual([
      'a/web[Pod] => fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff : All Connections',
    ]);
  });

  it('are merely possible where labels of a namespace are not known', () => {
    const policy = POLICY('a', {
      podSelector: {},
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'x' } } }] }],
    });
    const engine = engineOfManifests([POD('a', 'web'), POD('b', 'job'), policy]);
    const found = [...connections(engine)].map(({ source, destination, ports, possible }) => [
      source.id,
      destination.id,
      engine.ports.format(ports),
      engine.ports.format(possible),
    ]);
    expect(found).toContainEqual(['b/job[Pod]', 'a/web[Pod]', 'No Connections', 'All Connections']);
  });

  it('of a policy that the API server refuses are merely possible', () => {
    const policy = POLICY('a', { podSelector: {}, ingress: [{ ports: [{ port: 80, protocol: 'tcp' }] }] });
    const engine = engineOfManifests([POD('a', 'web'), policy]);
    const pod = engine.classOf(engine.world.endpoints[0]!);
    expect(engine.isolation('ingress', pod)).toBe('maybe');
  });

  it('lead from the ingress controller to the target ports of the Service', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'a', name: 's' },
      spec: {
        selector: { app: 'web' },
        ports: [
          { name: 'http', port: 80, targetPort: 8080 },
          { name: 'x', port: 81 },
        ],
      },
    };
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { namespace: 'a', name: 'i' },
      spec: { defaultBackend: { service: { name: 's', port: { name: 'http' } } } },
    };
    expect(rows([POD('a', 'web'), service, ingress])).toContain('{ingress-controller} => a/web[Pod] : TCP 8080');
    const closed = POLICY('a', { podSelector: {} });
    expect(rows([POD('a', 'web'), service, ingress, closed])).toEqual(['a/web[Pod] => outside : All Connections']);
  });
});

describe('exposure', () => {
  it('names pods that may come', () => {
    const policy = POLICY('a', {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'x' } } }], ports: [{ port: 80 }] }],
      egress: [{ to: [{ namespaceSelector: {} }] }],
    });
    const engine = engineOfManifests([POD('a', 'web'), policy]);
    const report = exposures(engine.world);
    expect(
      report.exposures.map(({ direction, peer, ports }) => [direction, peer.id, report.engine.ports.format(ports)]),
    ).toEqual([
      ['ingress', '[namespace with team=x]/[all pods]', 'TCP 80'],
      ['egress', 'entire-cluster', 'All Connections'],
    ]);
    expect(report.unprotected).toEqual([]);
  });
});

// The machine may be busy; on an idle one these take two seconds.
describe('random clusters', { timeout: 60_000 }, () => {
  it('get the answers of the naive evaluator', () => {
    for (let seed = 1; seed <= 200; seed++) expect(compareWithNaive(randomCluster(seed)), `seed ${seed}`).toEqual([]);
  });

  it('stay within the bounds when parts of them are hidden', () => {
    for (let seed = 1; seed <= 100; seed++) expect(boundsHold(randomCluster(seed), seed), `seed ${seed}`).toEqual([]);
  });
});

describe('what must not change an answer', { timeout: 60_000 }, () => {
  it('another policy for pods that are isolated already takes nothing away', () => {
    forEachCluster((cluster, dice) => {
      const isolated = cluster.policies.filter(({ spec }) => (spec.policyTypes ?? []).length === 2);
      if (isolated.length === 0) return;
      const base = dice.pick(isolated);
      const more = {
        ...base,
        metadata: { ...base.metadata, name: 'more' },
        spec: { ...base.spec, ingress: [{ ports: [{ port: 7 }] }], egress: [{ ports: [{ port: 7 }] }] },
      };
      const [before, after] = [tableOf(manifestsOf(cluster)), tableOf([...manifestsOf(cluster), more])];
      const lost = [...before].filter(([pair, ports]) => ![...ports].every((port) => after.get(pair)!.has(port)));
      expect(lost).toEqual([]);
    });
  });

  it('a rule with two peers is two rules with one', () => {
    forEachCluster((cluster) => {
      const split = cluster.policies.map((policy) => ({
        ...policy,
        spec: {
          ...policy.spec,
          ...splitRules(policy.spec, 'ingress', 'from'),
          ...splitRules(policy.spec, 'egress', 'to'),
        },
      }));
      expect(linesOf([...manifestsOf({ ...cluster, policies: split })])).toEqual(linesOf(manifestsOf(cluster)));
    });
  });

  it('other words for labels', () => {
    forEachCluster((cluster) => {
      const renamed = JSON.parse(JSON.stringify(manifestsOf(cluster)).replaceAll('"x"', '"y"'));
      expect(linesOf(renamed)).toEqual(linesOf(manifestsOf(cluster)));
    });
  });

  it('an empty podSelector is one that is left out', () => {
    forEachCluster((cluster) => {
      const without = cluster.policies.map((policy) => {
        const { podSelector, ...spec } = policy.spec;
        return podSelector !== undefined && Object.keys(podSelector).length === 0 ? { ...policy, spec } : policy;
      });
      expect(linesOf(manifestsOf({ ...cluster, policies: without }))).toEqual(linesOf(manifestsOf(cluster)));
    });
  });

  it('the order of the documents', () => {
    forEachCluster((cluster) => {
      expect(linesOf([...manifestsOf(cluster)].reverse())).toEqual(linesOf(manifestsOf(cluster)));
    });
  });
});

describe('the world', () => {
  it('calls the pods of a dump by their topmost owner', () => {
    const dump = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-1, namespace: a, ownerReferences: [{kind: Deployment, name: web}]}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1-x, namespace: a, labels: {app: web}, ownerReferences: [{kind: ReplicaSet, name: web-1}]}
spec: {containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: etcd-n, namespace: a, ownerReferences: [{kind: Node, name: n}]}
spec: {containers: []}
`;
    expect(engineOf([dump]).world.workloads.map(({ id, endpoints }) => [id, endpoints.length])).toEqual([
      ['a/web[Deployment]', 2],
      ['a/etcd-n[Pod]', 1],
    ]);
  });
});

function POD(namespace: string, name: string, spec: Manifest = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
}

function POLICY(namespace: string, spec: Manifest): Manifest {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace, name: 'p' }, spec };
}

/** Certain connections, all there is being in the input. */
function rows(manifests: readonly Manifest[]): readonly string[] {
  const engine = engineOfManifests(manifests, { closed: true });
  return [...connections(engine)]
    .filter(({ ports }) => ports !== NO_PORTS)
    .map(
      ({ source, destination, ports }) =>
        `${short(source.id)} => ${short(destination.id)} : ${engine.ports.format(ports)}`,
    );
}

function short(id: string): string {
  return id === '0.0.0.0-255.255.255.255[External]' ? 'outside' : id.replace('[External]', '');
}

function linesOf(manifests: readonly Manifest[]): readonly string[] {
  const engine = engineOfManifests(manifests, { ipBlockMatchesPods: 'never' });
  return [...connections(engine)].map(
    ({ source, destination, ports }) => `${source.id} => ${destination.id} : ${engine.ports.format(ports)}`,
  );
}

function tableOf(manifests: readonly Manifest[]): ReadonlyMap<string, ReadonlySet<string>> {
  const engine = engineOfManifests(manifests, { ipBlockMatchesPods: 'never' });
  const table = new Map<string, Set<string>>();
  for (const source of engine.world.workloads) {
    for (const destination of engine.world.workloads) {
      const ports = engine.connection(
        engine.classOf(source.endpoints[0]!),
        engine.classOf(destination.endpoints[0]!),
        'lower',
      );
      const own = new Set<string>();
      for (const protocol of ['TCP', 'UDP', 'SCTP'] as const)
        for (const port of [1, 2, 3, 4, 5, 7])
          if (engine.ports.has(ports, protocol, port)) own.add(`${protocol}${port}`);
      table.set(`${source.id} ${destination.id}`, own);
    }
  }
  return table;
}

function splitRules(spec: Manifest, direction: 'ingress' | 'egress', peersKey: 'from' | 'to'): Manifest {
  if (spec[direction] === undefined) return {};
  return {
    [direction]: spec[direction].flatMap((rule: Manifest) =>
      (rule[peersKey] ?? []).length < 2
        ? [rule]
        : rule[peersKey].map((peer: Manifest) => ({ ...rule, [peersKey]: [peer] })),
    ),
  };
}

function forEachCluster(check: (cluster: ReturnType<typeof randomCluster>, dice: Dice) => void): void {
  for (let seed = 1; seed <= 100; seed++) check(randomCluster(seed), new Dice(seed));
}
