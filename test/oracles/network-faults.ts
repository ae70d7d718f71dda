/**
 * Compares what is wrong with NetworkPolicies, place by place, with the validation of the API server over random ones:
 *
 *   KUBESEC_LINT_ORACLES=DIR npx tsx test/oracles/network-faults.ts [count] [seed]
 *
 * DIR holds kube/bin/k8s-oracle.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsOfNetworkPolicy } from '../../src/k8s/network/faults.ts';
import type { Value } from '../../src/yaml/value.ts';

const oracles = process.env['KUBESEC_LINT_ORACLES'];
if (oracles === undefined) {
  console.log('KUBESEC_LINT_ORACLES names the folder that holds kube/bin/k8s-oracle');
  process.exit(0);
}

const count = Number(process.argv[2] ?? 20_000);
let state = Number(process.argv[3] ?? 1) >>> 0;

/** mulberry32 */
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let value = Math.imul(state ^ (state >>> 15), 1 | state);
  value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
  return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
}

const chance = (share: number): boolean => random() < share;
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
const some = <Item>(most: number, make: () => Item): Item[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, make);

const CIDRS = [
  ...[
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.0/24',
    '10.0.0.5/24',
    '0.0.0.0/0',
    '0.0.0.0/1',
    '10.1.2.3/32',
    '10.0.0.0/33',
  ],
  ...[
    '10.0.0.0',
    '010.0.0.0/8',
    '10.0.0.0/08',
    '10.0.0.00/8',
    '256.0.0.0/8',
    '10.0.0/8',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '',
    ' 10.0.0.0/8',
  ],
  ...[
    '::/0',
    '2001:db8::/32',
    '2001:DB8::/32',
    '2001:db8::1/64',
    '2001:db8:1::/48',
    '::ffff:10.0.0.0/104',
    '::ffff:10.0.0.0/8',
    '::ffff:0:0/96',
  ],
  ...[
    'fe80::1%eth0/64',
    '1:2:3:4:5:6:7:8/128',
    '1:2:3:4:5:6:7:8:9/64',
    '::1/129',
    '1::2::3/64',
    '::10.0.0.0/104',
    'example.com',
    '+10.0.0.0/8',
  ],
];
const KEYS = [
  'app',
  'a.b/c',
  'a b',
  '',
  '/x',
  'x/',
  'X.y/z',
  'a/b/c',
  '-a',
  'a-',
  'a_b.c',
  'é',
  `${'k'.repeat(64)}`,
  `${'p.'.repeat(126)}pp/k`,
  `${'p.'.repeat(127)}/k`,
];
const VALUES = ['web', '', 'a b', '-a', 'a-', 'A_b.c', 'é', 'v'.repeat(63), 'v'.repeat(64), '1', '.'];
const NAMES = [
  'http',
  'HTTP',
  '80',
  'a',
  '-a',
  'a-',
  'a--b',
  'a-b-c',
  'abcdefghijklmno',
  'abcdefghijklmnop',
  '',
  'a_b',
  '8-0',
  '0x1f',
];
const NUMBERS = [80, 8080, 0, 1, 65535, 65536, -1, 443];

/** Mostly the first of the words, so that most of an object is right. */
const mostly = <Item>(items: readonly Item[], share = 0.75): Item => (chance(share) ? items[0]! : pick(items));

function selector(): Value {
  const labels = some(2, () => [mostly(KEYS), mostly(VALUES)] as const);
  const expressions = some(2, () => {
    const operator = chance(0.9) ? pick(['In', 'NotIn', 'Exists', 'DoesNotExist']) : pick(['in', 'Equals', '']);
    const values =
      chance(0.8) === (operator === 'In' || operator === 'NotIn') ? some(2, () => mostly(VALUES)) : undefined;
    return { key: mostly(KEYS), operator, ...(values === undefined ? {} : { values }) };
  });
  return {
    ...(labels.length === 0 ? {} : { matchLabels: Object.fromEntries(labels) }),
    ...(expressions.length === 0 ? {} : { matchExpressions: expressions }),
  };
}

function peer(): Value {
  return {
    ...(chance(0.4)
      ? { ipBlock: { cidr: pick(CIDRS), ...(chance(0.5) ? { except: some(2, () => pick(CIDRS)) } : {}) } }
      : {}),
    ...(chance(0.3) ? { namespaceSelector: selector() } : {}),
    ...(chance(0.3) ? { podSelector: selector() } : {}),
  };
}

function port(): Value {
  return {
    ...(chance(0.8) ? { port: chance(0.5) ? mostly(NUMBERS, 0.4) : mostly(NAMES, 0.4) } : {}),
    ...(chance(0.4) ? { endPort: mostly([9000, ...NUMBERS], 0.4) } : {}),
    ...(chance(0.4) ? { protocol: mostly(['UDP', 'TCP', 'SCTP', 'tcp', 'ICMP', ''], 0.5) } : {}),
  };
}

function policy(): { readonly [key: string]: Value } {
  return {
    podSelector: selector(),
    ...(chance(0.8)
      ? {
          ingress: some(2, () => ({
            ...(chance(0.8) ? { from: some(2, peer) } : {}),
            ...(chance(0.5) ? { ports: some(2, port) } : {}),
          })),
        }
      : {}),
    ...(chance(0.5)
      ? {
          egress: some(2, () => ({
            ...(chance(0.8) ? { to: some(2, peer) } : {}),
            ...(chance(0.5) ? { ports: some(2, port) } : {}),
          })),
        }
      : {}),
    ...(chance(0.3)
      ? { policyTypes: some(3, () => pick(['Ingress', 'Egress', 'Ingress', 'Egress', 'ingress', ''])) }
      : {}),
  };
}

/** As the API server writes a field: of labels it names the map, of a block beside a selector the peer. */
function written(path: readonly (string | number)[]): string {
  const labels = path.indexOf('matchLabels');
  const last = path.at(-1);
  const shorter = last === 'namespaceSelector' || last === 'podSelector' ? path.slice(0, -1) : path;
  return (labels === -1 ? shorter : path.slice(0, labels + 1))
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('');
}

const folder = mkdtempSync(join(tmpdir(), 'network-faults-'));
const specs = Array.from({ length: count }, policy);
const file = join(folder, 'policies.yaml');
writeFileSync(
  file,
  specs
    .map((spec) =>
      JSON.stringify({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'p', namespace: 'a' },
        spec,
      }),
    )
    .join('\n---\n'),
);
const { stdout, stderr } = spawnSync(join(oracles, 'kube/bin/k8s-oracle'), ['validate', file], {
  encoding: 'utf8',
  maxBuffer: 2 ** 30,
});
rmSync(folder, { recursive: true });
const lines = stdout.trim().split('\n');
if (lines.length !== count) throw new Error(`${lines.length} answers to ${count} policies: ${stderr}`);

let wrong = 0;
let refused = 0;
let places = 0;
lines.forEach((line, index) => {
  const { errors = [] } = JSON.parse(line) as { readonly errors?: readonly string[] };
  const spec = specs[index]!;
  const theirs = new Set(errors.map((error) => error.slice(0, error.indexOf(': ')).replace(/^spec/, '')));
  const ours = new Set(
    faultsOfNetworkPolicy(spec)
      .filter(({ kind }) => kind !== 'pointless')
      .map(({ path }) => written(path)),
  );
  if (theirs.size > 0) refused++;
  places += theirs.size;
  const missed = [...theirs].filter((place) => !ours.has(place));
  const invented = [...ours].filter((place) => !theirs.has(place));
  if (missed.length + invented.length === 0 || ++wrong > 10) return;
  console.log(JSON.stringify(spec));
  for (const place of missed) console.log(`  missed ${errors.find((error) => error.startsWith(`spec${place}:`))}`);
  for (const place of invented) {
    console.log(
      `  invented ${place}: ${faultsOfNetworkPolicy(spec).find(({ path }) => written(path) === place)?.reason}`,
    );
  }
});
console.log(`${count} policies, ${refused} refused at ${places} places: ${wrong} differ`);
process.exitCode = wrong === 0 ? 0 : 1;
