/**
 * Connectivity of a large cluster: 10,000 pods and 1,000 policies in 100 namespaces, every pair of workloads asked.
 * `npx tsx bench/network.ts [PODS] [POLICIES]` measures the analysis in this process; with `--command` the whole
 * command over files, reading included, in processes of their own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podTemplates } from '../src/k8s/kinds.ts';
import { connections } from '../src/k8s/network/connections.ts';
import { NetworkEngine } from '../src/k8s/network/engine.ts';
import { readNetworkObject } from '../src/k8s/network/objects.ts';
import { NO_PORTS } from '../src/k8s/network/port-set.ts';
import { buildWorld, type NetworkItem } from '../src/k8s/network/world.ts';
import { readResources } from '../src/k8s/read-resources.ts';
import { SourceFile } from '../src/text/source-file.ts';
import { parse } from '../src/yaml/parse.ts';

const numbers = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number);
const pods = numbers[0] ?? 10_000;
const policies = numbers[1] ?? 1_000;
const NAMESPACES = 100;
const ROUNDS = 5;

if (process.argv.includes('--command')) {
  measureCommand();
  measurePeer();
} else measureAnalysis();

function measureAnalysis(): void {
  const items: NetworkItem<undefined>[] = [];
  for (const [name, text] of manifests()) {
    for (const document of parse(new SourceFile(name, text))) {
      for (const resource of readResources(document, podTemplates())) {
        const data = readNetworkObject(resource);
        if (data !== undefined) items.push({ head: resource.head, data, ref: undefined });
      }
    }
  }
  const times: number[] = [];
  let found = { classes: 0, allowed: 0, rows: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const world = buildWorld(items);
    const engine = new NetworkEngine(world);
    // Every pair of classes, weighted by the pods behind them.
    let allowed = 0;
    for (const source of engine.classes) {
      const row = engine.row('egress', source.index, 'lower');
      for (const destination of engine.classes) {
        if (row[destination.index] === NO_PORTS) continue;
        if (engine.connection(source.index, destination.index, 'lower') === NO_PORTS) continue;
        allowed += source.endpoints.length * destination.endpoints.length;
      }
    }
    times.push(performance.now() - start);
    found = { classes: engine.classes.length, allowed, rows: 0 };
  }
  const start = performance.now();
  const engine = new NetworkEngine(buildWorld(items));
  for (const _ of connections(engine)) found.rows++;
  const listing = performance.now() - start;
  times.sort((a, b) => a - b);
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${pods} pods, ${policies} policies, ${found.classes} classes: all pairs min ${times[0]!.toFixed(0)} ms, median ${times[ROUNDS >> 1]!.toFixed(0)} ms; ${found.allowed} pairs allowed`,
  );
  console.log(
    `listing ${found.rows} connections by workload: ${listing.toFixed(0)} ms; peak ${peak.toFixed(0)} MB with the inputs of the bench in memory`,
  );
}

function measureCommand(): void {
  const folder = mkdtempSync(join(tmpdir(), 'bench-network-'));
  for (const [name, text] of manifests()) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const program = join(import.meta.dirname, '../bin/kubesec-lint.cjs');
  const env = { ...process.env };
  delete env['NODE_EXTRA_CA_CERTS'];
  for (const wanted of [
    ['-f', 'csv', '--focus', 'team-1/app-3'],
    ['-f', 'csv'],
    ['-f', 'json'],
  ]) {
    const times: number[] = [];
    let bytes = 0;
    let peak = '';
    let cpu = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      const result = spawnSync(
        '/usr/bin/time',
        ['-f', '%U %S %M', process.execPath, program, 'network', folder, ...wanted, '-q'],
        {
          env,
          maxBuffer: 1 << 30,
        },
      );
      times.push(performance.now() - start);
      bytes = result.stdout.length;
      const [user, system, memory] = (result.stderr.toString().trim().split('\n').at(-1) ?? '').split(' ');
      cpu = Math.min(cpu, Number(user) + Number(system));
      peak = memory ?? '';
      if (result.status !== 0) console.log(result.stderr.toString().slice(0, 500));
    }
    times.sort((a, b) => a - b);
    console.log(
      `network ${wanted.join(' ')}: min ${times[0]!.toFixed(0)} ms, median ${times[ROUNDS >> 1]!.toFixed(0)} ms, CPU ${cpu.toFixed(1)} s, ${(bytes / 1e6).toFixed(1)} MB out, peak ${(Number(peak) / 1024).toFixed(0)} MB`,
    );
  }
  rmSync(folder, { recursive: true });
}

/** The largest folder of the corpus of netpol-analyzer, beside netpol-analyzer where one is on PATH. */
function measurePeer(): void {
  const corpus = join(import.meta.dirname, '../../shared/corpora/netpol-analyzer/tests');
  if (!existsSync(corpus)) {
    console.log('no corpus to compare on');
    return;
  }
  const folder = join(corpus, 'acs-security-demos-added-workloads');
  const program = join(import.meta.dirname, '../bin/kubesec-lint.cjs');
  const env = { ...process.env };
  delete env['NODE_EXTRA_CA_CERTS'];
  const commands = {
    'kubesec-lint network': [process.execPath, program, 'network', folder, '-f', 'json', '-q'],
    'netpol-analyzer list': ['netpol-analyzer', 'list', '--dirpath', folder, '-o', 'json', '-q'],
  };
  for (const [name, [executable, ...words]] of Object.entries(commands)) {
    const times: number[] = [];
    for (let round = 0; round < 2 * ROUNDS; round++) {
      const start = performance.now();
      const { error } = spawnSync(executable!, words, { env });
      if (error !== undefined) break;
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const told =
      times.length === 0 ? 'not on PATH' : `min ${times[0]!.toFixed(0)} ms, median ${times[ROUNDS]!.toFixed(0)} ms`;
    console.log(`${name}, largest folder of the corpus: ${told}`);
  }
}

/** A folder for each namespace; the same for the same numbers. */
function* manifests(): Generator<readonly [string, string]> {
  const perNamespace = Math.ceil(pods / NAMESPACES);
  const policiesEach = Math.max(1, Math.ceil(policies / NAMESPACES));
  for (let at = 0; at < NAMESPACES; at++) {
    const namespace = `team-${at}`;
    yield [
      `${namespace}/namespace.yaml`,
      `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${namespace}, labels: { tenant: t${at % 10}, stage: ${at % 3 === 0 ? 'prod' : 'test'} } }\n`,
    ];
    const documents = Array.from({ length: perNamespace }, (_, index) => workload(namespace, index));
    yield [`${namespace}/workloads.yaml`, documents.join('---\n')];
    yield [
      `${namespace}/policies.yaml`,
      Array.from({ length: policiesEach }, (_, index) => policy(namespace, at, index)).join('---\n'),
    ];
  }
}

function workload(namespace: string, index: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: app-${index}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: app-${index} } }
  template:
    metadata:
      labels: { app: app-${index}, tier: ${['web', 'api', 'db'][index % 3]}, part-of: ${namespace}, version: v${index % 7} }
    spec:
      containers:
        - name: app
          image: registry.example.com/app-${index}:1.0.0
          ports: [{ name: http, containerPort: ${8000 + (index % 5)} }, { name: metrics, containerPort: 9090 }]
`;
}

function policy(namespace: string, at: number, index: number): string {
  const head = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p-${index}, namespace: ${namespace} }
`;
  if (index === 0) return `${head}spec: { podSelector: {}, policyTypes: [Ingress, Egress] }\n`;
  if (index === 1) {
    return `${head}spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }, podSelector: { matchLabels: { k8s-app: kube-dns } } }]
      ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
`;
  }
  if (index % 4 === 2) {
    return `${head}spec:
  podSelector: { matchLabels: { tier: ${['web', 'api', 'db'][index % 3]} } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{ podSelector: { matchExpressions: [{ key: tier, operator: In, values: [web, api] }] } }]
      ports: [{ port: http }, { port: 9090, endPort: 9099 }]
    - from: [{ namespaceSelector: { matchLabels: { tenant: t${at % 10} } }, podSelector: { matchLabels: { tier: api } } }]
      ports: [{ port: 8080 }]
  egress:
    - to: [{ podSelector: {} }, { ipBlock: { cidr: 10.${at}.0.0/16, except: [10.${at}.${index}.0/24] } }]
`;
  }
  return `${head}spec:
  podSelector: { matchLabels: { app: app-${index * 3} } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{ podSelector: { matchLabels: { app: app-${index} } } }, { namespaceSelector: { matchLabels: { stage: prod }, matchExpressions: [{ key: tenant, operator: NotIn, values: [t1] }] } }]
      ports: [{ port: ${8000 + index} }]
  egress:
    - to: [{ namespaceSelector: { matchLabels: { stage: prod } }, podSelector: { matchLabels: { tier: db } } }]
      ports: [{ port: 5432 }]
`;
}
