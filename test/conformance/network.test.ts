import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type IpRange, parseAddress, unite } from '../../src/k8s/cidr.ts';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { connections, rangeOfId } from '../../src/k8s/network/connections.ts';
import { differences } from '../../src/k8s/network/diff.ts';
import { NetworkEngine } from '../../src/k8s/network/engine.ts';
import { exposures } from '../../src/k8s/network/exposure.ts';
import { readNetworkObject } from '../../src/k8s/network/objects.ts';
import { NO_PORTS } from '../../src/k8s/network/port-set.ts';
import { buildNetworks, type Network, type NetworkItem } from '../../src/k8s/network/world.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

const CORPUS = path.resolve(import.meta.dirname, '../../../shared/corpora/netpol-analyzer');
const OUTPUTS = path.join(CORPUS, 'test_outputs/connlist');

/**
 * netpol-analyzer takes pods with `hostNetwork: true` like all others. Kubernetes leaves open what policies do to them
 * and names as the common case that they are neither selected nor isolated
 * (concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods), which is what we answer. With
 * the field left out both agree: that is tried below.
 */
const HOST_NETWORK: readonly string[] = [
  'ipblockstest',
  'ipblockstest_2',
  'ipblockstest_3',
  'semanticDiff-same-topologies-new1',
  'semanticDiff-same-topologies-new2',
  'semanticDiff-same-topologies-old1',
  'semanticDiff-same-topologies-old3',
];

const CONNECTIONS_DIFFER: Readonly<Record<string, string>> = {
  ...Object.fromEntries(HOST_NETWORK.map((name) => [name, 'host-network pods'])),
  nad_test_16:
    'the addresses of the virtual machines stand in their cloud-init data, which belongs to the guest; whether an ipBlock reaches them is shown as possible',
  udn_with_ingress_controller_two_pods:
    'its pods say apiVersion: apps/v1, where there is no kind Pod: the API server refuses them',
  nad_test_13: 'its UserDefinedNetworks say apiVersion: nmstate.io/v1, which has no such kind',
  nad_test_14: 'its UserDefinedNetworks say apiVersion: nmstate.io/v1, which has no such kind',
};

const NOT_IN =
  'NotIn and DoesNotExist hold for a pod that lacks the key (labels.Requirement.Matches), so the other rule admits it as well';

const EXPOSURE_DIFFERS: Readonly<Record<string, string>> = {
  exposure_test_with_different_rules_2_with_matching_pod: NOT_IN,
  exposure_test_with_different_rules_3: NOT_IN,
  exposure_test_with_different_rules_3_with_matching_pod: NOT_IN,
  exposure_test_with_different_rules_4: 'a role outside w, x, y, z is outside x, y as well, so both rules admit it',
  exposure_test_with_different_rules_4_with_matching_pods:
    'a role outside w, x, y, z is outside x, y as well, so both rules admit it',
  exposure_test_with_anp_13:
    'networks of the cluster-level policies match traffic inside the cluster too (API reference of ClusterNetworkPolicy): the denied 0.0.0.0/0 comes first',
  exposure_test_to_any_namespace_with_podSelector:
    'a pod of the input has the labels; we still name the peer, since any further pod with them is admitted',
};

describe.skipIf(!existsSync(CORPUS))('held against netpol-analyzer (skipped where ../shared/corpora is not)', () => {
  it('lists the same connections, json', () => {
    const differing: string[] = [];
    const names = casesOf('_connlist_output.json');
    for (const name of names) {
      const expected: readonly Row[] = JSON.parse(
        readFileSync(path.join(OUTPUTS, `${name}_connlist_output.json`), 'utf8'),
      );
      if (normalize(expected).join('\n') !== normalize(connectionsOf(name)).join('\n')) differing.push(name);
    }
    expect(names.length).toBe(36);
    expect(differing).toEqual(['nad_test_16', 'udn_with_ingress_controller_two_pods']);
    expect(differing.filter((name) => !(name in CONNECTIONS_DIFFER))).toEqual([]);
  });

  it('lists the same connections, text', () => {
    const differing: string[] = [];
    const names = casesOf('_connlist_output.txt');
    for (const name of names) {
      if (expectedText(name).join('\n') !== normalize(connectionsOf(name)).join('\n')) differing.push(name);
    }
    expect(names.length).toBe(72);
    expect(differing.sort()).toEqual(Object.keys(CONNECTIONS_DIFFER).sort());
  });

  it('agrees about host-network pods once they are taken for others', () => {
    const differing = HOST_NETWORK.filter(
      (name) => expectedText(name).join('\n') !== normalize(connectionsOf(name, true)).join('\n'),
    );
    expect(differing).toEqual([]);
  });

  it('names the same exposure', () => {
    const differing: string[] = [];
    const names = casesOf('_exposure_output.json');
    for (const name of names) {
      const expected: ExposureOutput = JSON.parse(
        readFileSync(path.join(OUTPUTS, `${name}_exposure_output.json`), 'utf8'),
      );
      expect(normalize(connectionsOf(name)), name).toEqual(normalize(expected.connlist_results));
      const { egress_exposure: out, ingress_exposure: into } = expected.exposure_results;
      const wanted = [...(out ?? []), ...(into ?? [])]
        .filter(({ src, dst }) => !src.includes('External') && !dst.includes('External'))
        .map(({ src, dst, conn }) => `${canonicalPeer(src)} => ${canonicalPeer(dst)} : ${conn}`);
      if (wanted.sort().join('\n') !== [...exposureOf(name)].sort().join('\n')) differing.push(name);
    }
    expect(names.length).toBe(32);
    expect(differing.sort()).toEqual(Object.keys(EXPOSURE_DIFFERS).sort());
  });
});

const DIFFS = path.join(CORPUS, 'test_outputs/diff');

describe.skipIf(!existsSync(DIFFS))(
  'differences as netpol-analyzer lists them (skipped where ../shared/corpora is not)',
  () => {
    it('between two folders', () => {
      const differing: string[] = [];
      const files = readdirSync(DIFFS).filter((file) => file.endsWith('.txt'));
      let compared = 0;
      for (const file of files) {
        const folders = foldersOf(file);
        if (folders === undefined) continue;
        compared++;
        const expected = new Map<string, IpRange[]>();
        for (const [, src, dst, before, after] of readFileSync(path.join(DIFFS, file), 'utf8').matchAll(DIFF_LINE)) {
          addChange(expected, src!, dst!, before!, after!);
        }
        const actual = new Map<string, IpRange[]>();
        const options = { ipBlockMatchesPods: 'never' } as const;
        const ignoreHosts = folders.some((name) => HOST_NETWORK.includes(name));
        const [before, after] = folders.map((name) => networksOf(name, ignoreHosts));
        const { ports, changes } = differences(before!, after!, options);
        for (const change of changes) {
          addChange(actual, change.source, change.destination, ports.format(change.before), ports.format(change.after));
        }
        if (linesOf(expected).join('\n') !== linesOf(actual).join('\n')) differing.push(file);
      }
      expect(compared).toBe(14);
      expect(differing).toEqual([]);
    });
  },
);

const DIFF_LINE =
  /^diff-type: \w+, source: (.*?), destination: (.*?), (?:ref1|dir1): (.*?), (?:ref2|dir2): (.*?)(?:, workloads-diff-info: .*)?$/gm;

/** `diff_between_NEW_and_OLD…`, where both folders are there: the old one first. */
function foldersOf(file: string): readonly [string, string] | undefined {
  const name = file.replace(/^diff_between_/, '').replace(/\.txt$/, '');
  for (let at = name.indexOf('_and_'); at !== -1; at = name.indexOf('_and_', at + 1)) {
    const [now, before] = [name.slice(0, at), name.slice(at + 5)];
    if ([now, before].every((folder) => existsSync(path.join(CORPUS, 'tests', folder)))) return [before, now];
  }
  return undefined;
}

function addChange(into: Map<string, IpRange[]>, src: string, dst: string, before: string, after: string): void {
  const range = rangeOfId(src) ?? rangeOfId(dst);
  const name = (id: string): string => (id.endsWith('[External]') ? 'outside' : id.replace('[udn]', ''));
  const key = `${name(src)} => ${name(dst)} : ${before} became ${after}`;
  const list = into.get(key) ?? [];
  if (range !== undefined) list.push(range);
  into.set(key, list);
}

function linesOf(changes: ReadonlyMap<string, readonly IpRange[]>): readonly string[] {
  return [...changes].map(([key, ranges]) => `${key} ${unite(ranges).map(({ low, high }) => `${low}-${high}`)}`).sort();
}

const RECIPES = path.resolve(import.meta.dirname, '../../../shared/corpora/netpol-recipes/extracted');

/** What the text beside each recipe says of `web` (or the pod that it is about) and its neighbours. */
const RECIPE_TABLES: Readonly<Record<string, readonly string[]>> = {
  // "Allow all traffic to an application": from every namespace, and from outside.
  '02a-allow-all-traffic-to-an-application-0.yaml': [
    'default/other => default/web',
    'foreign/pod => default/web',
    'outside => default/web',
  ],
  // "Deny all traffic from other namespaces": the own namespace stays.
  '04-deny-traffic-from-other-namespaces-0.yaml': ['default/other => default/web'],
  // "Allow all traffic from a namespace": purpose=production may, others not, the own neither.
  '06-allow-traffic-from-a-namespace-0.yaml': ['prod/pod => default/web'],
  // "Allow traffic from external clients".
  '08-allow-external-traffic-0.yaml': [
    'default/other => default/web',
    'foreign/pod => default/web',
    'outside => default/web',
  ],
  // "Allow traffic only to a port": role=monitoring, 5000.
  '09-allow-traffic-only-to-a-port-0.yaml': ['default/monitoring => default/apiserver : TCP 5000'],
  // "Deny egress traffic from an application": nothing at all, DNS included.
  '11-deny-egress-traffic-from-an-application-0.yaml': [],
  // The same with DNS.
  '11-deny-egress-traffic-from-an-application-1.yaml': ['default/foo => kube-system/dns : TCP 53,UDP 53'],
  // "Deny external egress traffic": DNS alone.
  '14-deny-external-egress-traffic-0.yaml': ['default/foo => kube-system/dns : TCP 53,UDP 53'],
};

const NEIGHBOURS = [
  ['default', 'web', 'app: web'],
  ['default', 'other', 'app: other'],
  ['default', 'apiserver', 'app: apiserver'],
  ['default', 'monitoring', 'role: monitoring'],
  ['default', 'foo', 'app: foo'],
  ['foreign', 'pod', 'app: x'],
  ['prod', 'pod', 'app: x'],
  ['kube-system', 'dns', 'k8s-app: kube-dns'],
]
  .map(
    ([namespace, name, label]) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { namespace: ${namespace}, name: ${name}, labels: { ${label} } }\nspec: { containers: [] }\n`,
  )
  .join('---\n');
const NAMESPACES = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: prod, labels: { purpose: production } }\n';

describe.skipIf(!existsSync(RECIPES))('network policy recipes (skipped where ../shared/corpora is not)', () => {
  for (const [file, stated] of Object.entries(RECIPE_TABLES)) {
    it(file, () => {
      const texts = [NAMESPACES, NEIGHBOURS, readFileSync(path.join(RECIPES, file), 'utf8')];
      const [{ world }] = buildNetworks(itemsOf(texts), { defaultNamespace: 'default', closed: true }) as [
        Network<undefined>,
      ];
      const engine = new NetworkEngine(world);
      const isEgress = file.startsWith('1');
      const about = isEgress ? 'default/foo' : file.startsWith('09') ? 'default/apiserver' : 'default/web';
      // Recipes about ingress speak of what reaches the pod, those about egress of what it reaches.
      const found = [...connections(engine)]
        .filter(({ ports }) => ports !== NO_PORTS)
        .map(({ source, destination, ports }) => {
          const conn = engine.ports.format(ports);
          const [from, to] = [source.id, destination.id].map((id) =>
            id.endsWith('[External]') ? 'outside' : id.replace('[Pod]', ''),
          );
          return { from: from!, to: to!, line: `${from} => ${to}${conn === 'All Connections' ? '' : ` : ${conn}`}` };
        })
        .filter(({ from, to }) => (isEgress ? from : to) === about)
        .map(({ line }) => line);
      const named = (line: string): boolean =>
        !/default\/(?:apiserver|monitoring|foo)|kube-system|prod/.test(line) || stated.includes(line);
      expect(found.filter(named).sort()).toEqual([...stated].sort());
    });
  }
});

interface Row {
  readonly src: string;
  readonly dst: string;
  readonly conn: string;
}

interface ExposureOutput {
  readonly connlist_results: readonly Row[];
  readonly exposure_results: {
    readonly egress_exposure: readonly Row[] | null;
    readonly ingress_exposure: readonly Row[] | null;
  };
}

/** The folders that have an output of this kind. */
function casesOf(ending: string): readonly string[] {
  return readdirSync(OUTPUTS)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .filter((name) => existsSync(path.join(CORPUS, 'tests', name)));
}

function expectedText(name: string): readonly string[] {
  const text = readFileSync(path.join(OUTPUTS, `${name}_connlist_output.txt`), 'utf8');
  return normalize(
    text.split('\n').flatMap((line): readonly Row[] => {
      const match = /^(\S.*) => (.*) : (.*)$/.exec(line);
      return match === null ? [] : [{ src: match[1]!, dst: match[2]!, conn: match[3]! }];
    }),
  );
}

/** Like the analyzer: all there is, is in the folder, and address blocks mean the outside alone. */
function networksOf(name: string, ignoreHostNetwork = false): readonly Network<undefined>[] {
  const texts = filesOf(path.join(CORPUS, 'tests', name)).map((file) => readFileSync(file, 'utf8'));
  const items = itemsOf(
    ignoreHostNetwork
      ? texts.map((text) => text.replaceAll(/("?)hostNetwork\1: true/g, '$1hostNetwork$1: false'))
      : texts,
  );
  return buildNetworks(items, { defaultNamespace: 'default', closed: true });
}

function itemsOf(texts: readonly string[]): readonly NetworkItem<undefined>[] {
  const items: NetworkItem<undefined>[] = [];
  for (const text of texts) {
    for (const document of parse(new SourceFile('input.yaml', text))) {
      if (document.errors.length > 0) continue;
      for (const resource of readResources(document, podTemplates())) {
        const data = readNetworkObject(resource);
        if (data !== undefined) items.push({ head: resource.head, data, ref: undefined });
      }
    }
  }
  return items;
}

function connectionsOf(name: string, ignoreHostNetwork = false): readonly Row[] {
  const rows: Row[] = [];
  for (const { secondary, world } of networksOf(name, ignoreHostNetwork)) {
    const engine = new NetworkEngine(world, { ipBlockMatchesPods: 'never' });
    for (const { source, destination, ports } of connections(engine, { podsOnly: secondary })) {
      if (ports !== NO_PORTS) rows.push({ src: source.id, dst: destination.id, conn: engine.ports.format(ports) });
    }
  }
  return rows;
}

function exposureOf(name: string): readonly string[] {
  const report = exposures(networksOf(name)[0]!.world, { ipBlockMatchesPods: 'never' });
  return report.exposures
    .filter(({ ports }) => ports !== NO_PORTS)
    .map(({ workload, peer, direction, ports }) => {
      const other = canonicalPeer(peer.id);
      const conn = report.engine.ports.format(ports);
      return direction === 'egress' ? `${workload.id} => ${other} : ${conn}` : `${other} => ${workload.id} : ${conn}`;
    });
}

function filesOf(directory: string): readonly string[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const file = path.join(directory, name);
      if (statSync(file).isDirectory()) return filesOf(file);
      return /\.(?:ya?ml|json)$/.test(name) ? [file] : [];
    });
}

/** One line a connection; ranges of addresses with the same answer put together. */
function normalize(rows: readonly Row[]): readonly string[] {
  const lines = new Set<string>();
  const ranges = new Map<string, IpRange[]>();
  for (const row of rows) {
    const src = row.src.replace('[udn]', '');
    const dst = row.dst.replace('[udn]', '');
    const outside = /^(.*)-(.*)\[External\]$/.exec(src) ?? /^(.*)-(.*)\[External\]$/.exec(dst);
    if (outside === null) {
      lines.add(`${src} => ${dst} : ${row.conn}`);
      continue;
    }
    const key = src.endsWith('[External]') ? `outside => ${dst} : ${row.conn}` : `${src} => outside : ${row.conn}`;
    const [low, high] = [parseAddress(outside[1]!)!, parseAddress(outside[2]!)!];
    const list = ranges.get(key) ?? [];
    list.push({ family: low.family, low: low.value, high: high.value });
    ranges.set(key, list);
  }
  for (const [key, list] of ranges) lines.add(`${key} ${unite(list).map(({ low, high }) => `${low}-${high}`)}`);
  return [...lines].sort();
}

/** Selectors in one order and one notation, whichever of the two programs wrote them. */
function canonicalPeer(id: string): string {
  return id.replaceAll(/\[(pod|namespace) with (.*?)\](?=\/|$)/g, (_, what: string, body: string) => {
    const parts: string[] = [];
    const analyzer = /\{Key:(.*?),Operator:(.*?),Values:\[(.*?)\],\}|([^,{}]+)/g;
    const ours = /([^,()]+ (?:not)?in \([^)]*\))|([^,]+)/g;
    if (body.startsWith('{')) {
      for (const [, key, operator, values, label] of body.matchAll(analyzer)) {
        if (label !== undefined) parts.push(label);
        else if (operator === 'Exists') parts.push(key!);
        else if (operator === 'DoesNotExist') parts.push(`!${key}`);
        else {
          const list = values!.split(' ').sort();
          parts.push(
            operator === 'In' && list.length === 1
              ? `${key}=${list}`
              : `${key} ${operator === 'In' ? 'in' : 'notin'} (${list})`,
          );
        }
      }
    } else {
      for (const [part] of body.matchAll(ours)) {
        parts.push(part.replace(/\((.*)\)/, (__, list: string) => `(${list.split(', ').sort()})`));
      }
    }
    return `[${what} with ${parts.sort().join(';')}]`;
  });
}
