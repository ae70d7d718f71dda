/**
 * Holds `src/k8s/quota-usage.ts` to Kubernetes' own code: random pods under LimitRanges and a ResourceQuota, compared in
 * what the pod is charged, in the containers that leave out what the quota counts, and in whether it is for the pod.
 *
 *   KUBESEC_LINT_ORACLES=DIR npx tsx test/oracles/quota.ts [--seed 1] [--n 20000]
 *
 * DIR holds `quota/bin/quota-oracle`, built from test/oracles/go-quota.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseQuantity } from '../../src/k8s/quantity.ts';
import { containerDefaults, podUsage, quotaCovers, silentContainers } from '../../src/k8s/quota-usage.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import type { AnyNode } from '../../src/yaml/node.ts';
import { parse } from '../../src/yaml/parse.ts';
import { Random } from '../yaml/random-yaml.ts';

interface Answer {
  readonly missing: string;
  readonly usage: Readonly<Record<string, string>>;
  readonly covers: boolean;
}

const { values } = parseArgs({ options: { seed: { type: 'string' }, n: { type: 'string' } } });
const oracles = process.env['KUBESEC_LINT_ORACLES'];
if (oracles === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with quota/bin/quota-oracle');
const random = new Random(Number(values.seed ?? 1));

const AMOUNTS: Readonly<Record<string, readonly string[]>> = {
  cpu: ['100m', '1', '0', '1500m', '0.1'],
  memory: ['64Mi', '1Gi', '0', '100M'],
  'ephemeral-storage': ['64Mi', '1Gi', '0', '100M'],
  'nvidia.com/gpu': ['1', '2'],
  'hugepages-2Mi': ['64Mi', '1Gi', '0', '100M'],
};
const COUNTED = [
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
  'requests.nvidia.com/gpu',
];

const requests = Array.from({ length: Number(values.n ?? 20_000) }, request);
const run = spawnSync(path.join(oracles, 'quota/bin/quota-oracle'), {
  input: requests.map((each, id) => `${JSON.stringify({ id, ...each })}\n`).join(''),
  encoding: 'utf8',
  maxBuffer: 1 << 30,
});
if (run.status !== 0) throw new Error(`quota-oracle: ${run.error?.message ?? run.stderr}`);
const answers = run.stdout
  .trimEnd()
  .split('\n')
  .map((line): Answer => JSON.parse(line));

let [same, undecided, shown] = [0, 0, 0];
for (const [index, each] of requests.entries()) {
  const [ours, theirs] = [answer(each), answers[index]!];
  if (ours.covers === undefined) undecided++;
  const left = text({ ...ours, covers: ours.covers ?? theirs.covers });
  const right = text({ ...theirs, usage: mapAmounts(theirs.usage) });
  if (left === right) same++;
  else if (shown++ < 4) console.log(`${JSON.stringify(each)}\n  ours   ${left}\n  theirs ${right}`);
}
const disagreements = requests.length - same;
console.log(`${requests.length} pods, ${undecided} times a scope is not decided, ${disagreements} disagreements`);
process.exitCode = disagreements === 0 ? 0 : 1;

function answer({ pod, ranges, quota }: ReturnType<typeof request>): Omit<Answer, 'covers'> & { covers?: boolean } {
  const spec: AnyNode = nodeOf(pod).get('spec');
  const defaults = ranges.map((range) => containerDefaults(nodeOf(range)));
  const covers = quotaCovers(nodeOf(quota).get('spec'), spec, defaults);
  const usage = Object.fromEntries([...podUsage(spec, defaults)].map(([name, amount]) => [name, String(amount)]));
  const byName = new Map<string, string[]>();
  for (const { container, missing } of silentContainers(spec, new Set(Object.keys(quota.spec.hard)), defaults)) {
    for (const name of missing) byName.set(name, [...(byName.get(name) ?? []), container.get('name').string ?? '']);
  }
  const silent = [...byName].sort().map(([name, containers]) => `${name} for: ${containers.sort().join(',')}`);
  const missing = silent.length === 0 ? '' : `must specify ${silent.join('; ')}`;
  return { missing, usage, ...(covers === undefined ? {} : { covers }) };
}

function text({ missing, usage, covers }: Answer | ReturnType<typeof answer>): string {
  return JSON.stringify([missing, Object.entries(usage).sort(), covers]);
}

function mapAmounts(usage: Answer['usage']): Answer['usage'] {
  return Object.fromEntries(
    Object.entries(usage).map(([name, amount]) => [name, String(parseQuantity(amount)?.nano ?? amount)]),
  );
}

function nodeOf(object: object): AnyNode {
  return parse(new SourceFile('a.json', JSON.stringify(object)))[0]!.root;
}

// ── random pods ──────────────────────────────────────────────────────────────────────────────────────────────────

function request() {
  // The order in which defaults of a whole pod and of LimitRanges apply differs between releases: never both.
  const isWhole = random.chance(0.15);
  const spec = {
    containers: Array.from({ length: random.pick([1, 1, 2, 3]) }, (_, index) => container(`c${index}`)),
    ...maybe(0.5, () => ({
      initContainers: Array.from({ length: 1 + random.below(3) }, (_, index) => ({
        ...container(`i${index}`),
        ...maybe(0.4, () => ({ restartPolicy: 'Always' })),
      })),
    })),
    ...maybe(0.2, () => ({ overhead: { cpu: '50m' } })),
    ...maybe(0.3, () => ({ activeDeadlineSeconds: random.pick([0, 10]) })),
    ...maybe(0.5, () => ({ priorityClassName: random.pick(['a', 'b']) })),
    ...(isWhole ? { resources: podResources() } : {}),
  };
  const ranges = isWhole ? [] : Array.from({ length: random.pick([0, 0, 1, 2]) }, (_, index) => limitRange(index));
  return { pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec }, ranges, quota: quota() };
}

function container(name: string) {
  return {
    name,
    image: 'x',
    ...maybe(0.85, () => ({
      resources: {
        ...maybe(0.7, () => ({ requests: amounts(0.6) })),
        ...maybe(0.7, () => ({ limits: amounts(0.5) })),
      },
    })),
  };
}

function podResources() {
  if (random.chance(0.3)) return {};
  return {
    requests: { cpu: '2', memory: '1Gi' },
    ...maybe(0.7, () => ({ limits: { cpu: '3', memory: '2Gi' } })),
  };
}

function limitRange(index: number) {
  const item: Record<string, unknown> = { type: random.pick(['Container', 'Container', 'Pod']) };
  for (const key of ['default', 'defaultRequest', 'max', 'min']) if (random.chance(0.4)) item[key] = amounts(0.5);
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: `r${index}` }, spec: { limits: [item] } };
}

function quota() {
  const hard: Record<string, string> = { pods: '1' };
  for (const name of COUNTED) if (random.chance(0.3)) hard[name] = '1';
  const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
  const values = operator.endsWith('In') ? { values: ['a'] } : {};
  const expression = { scopeName: 'PriorityClass', operator, ...values };
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: {
      hard,
      ...maybe(0.4, () => ({
        scopes: [random.pick(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort'])],
      })),
      ...maybe(0.4, () => ({ scopeSelector: { matchExpressions: [expression] } })),
    },
  };
}

function amounts(share: number): Readonly<Record<string, string>> {
  const list: Record<string, string> = {};
  for (const [name, choices] of Object.entries(AMOUNTS)) {
    const isCompute = name === 'cpu' || name === 'memory';
    if (random.chance(isCompute ? share : share / 4)) list[name] = random.pick(choices);
  }
  return list;
}

function maybe<T extends object>(share: number, make: () => T): Partial<T> {
  return random.chance(share) ? make() : {};
}
