/**
 * Holds the RBAC engine against Kubernetes' own authorizer over random worlds and random requests.
 *
 *   KUBESEC_LINT_ORACLES=DIR npx tsx test/oracles/rbac.ts [--seed 1] [--worlds 250] [--requests 500]
 *
 * DIR holds kube/bin/k8s-oracle. Deterministic by seed; prints every disagreement and exits 1 where there is one.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Terminal } from '../../src/cli/command.ts';
import { command } from '../../src/cli/rbac.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    worlds: { type: 'string', default: '250' },
    requests: { type: 'string', default: '500' },
  },
});
const oracles = process.env['KUBESEC_LINT_ORACLES'];
if (oracles === undefined) {
  console.error('KUBESEC_LINT_ORACLES names the folder that holds kube/bin/k8s-oracle');
  process.exit(2);
}
const binary = join(oracles, 'kube/bin/k8s-oracle');

let compared = 0;
let allowed = 0;
let wrong = 0;
const counts: Record<string, number> = {};
for (let world = 0; world < Number(values.worlds); world++) {
  const random = generator(Number(values.seed) * 100_003 + world);
  const bootstrap = world % 2 === 1;
  const folder = mkdtempSync(join(tmpdir(), 'rbac-'));
  try {
    compareWorld(random, folder, bootstrap, world);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
console.log(
  `${compared} requests over ${values.worlds} worlds (${JSON.stringify(counts)}), ${allowed} allowed, ${wrong} disagreements`,
);
process.exit(wrong === 0 ? 0 : 1);

function compareWorld(random: Random, folder: string, bootstrap: boolean, number: number): void {
  const vocabulary = vocabularyOf(random, bootstrap);
  const written = objects(random, vocabulary);
  const files = splitIntoFiles(random, written);
  for (const [name, text] of files) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const requests = Array.from({ length: Number(values.requests) }, (_, id) => request(random, vocabulary, id));
  const { stdout, stderr, status } = spawnSync(binary, ['rbac', '-dir', folder, ...(bootstrap ? ['-bootstrap'] : [])], {
    input: requests.map((each) => JSON.stringify(each)).join('\n'),
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const theirs = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ours = ask(folder, requests, bootstrap);
  requests.forEach((each, index) => {
    compared++;
    const op = String(each['op'] ?? 'authorize');
    counts[op] = (counts[op] ?? 0) + 1;
    const reply = ours[index]!;
    if (reply['allowed'] === true) allowed++;
    if (canonical(reply, bootstrap) === canonical(theirs[index], bootstrap)) return;
    wrong++;
    if (wrong <= 20)
      console.log(
        `world ${number}: ${JSON.stringify(each)}\n  theirs ${JSON.stringify(theirs[index])}\n  ours   ${JSON.stringify(reply)}`,
      );
  });
}

/** What has to agree: verdicts, subjects as a set, rules as a set. Reasons too, where their order is not a map's. */
function canonical(reply: Readonly<Record<string, unknown>>, bootstrap: boolean): string {
  const { allowed, subjects, rules, reason, error } = reply as Record<string, unknown>;
  const isEscalation = typeof reason === 'string' && reason.includes('attempting to grant');
  return JSON.stringify([
    allowed,
    Array.isArray(subjects) ? [...subjects].sort() : subjects,
    Array.isArray(rules) ? [...new Set(rules.map(ruleText))].sort() : rules,
    isEscalation || bootstrap ? '' : (reason ?? ''),
    error ?? '',
  ]);
}

/** A list that is empty and one that is not there are the same. */
function ruleText(rule: Readonly<Record<string, readonly string[] | null>>): string {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs].map((list) => list ?? []));
}

/** Puts the requests to the command, as a user would. */
function ask(
  folder: string,
  requests: readonly object[],
  bootstrap: boolean,
): readonly Readonly<Record<string, unknown>>[] {
  let out = '';
  const terminal: Terminal = {
    cwd: folder,
    env: {},
    stdoutIsTTY: false,
    stderrIsTTY: false,
    columns: 100,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      throw new Error(text);
    },
    readStdin: () => Buffer.from(requests.map((each) => JSON.stringify(each)).join('\n')),
  };
  command.run(['.', '--requests', '-', '--no-config', ...(bootstrap ? ['--bootstrap'] : [])], terminal);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

// ── random worlds ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Random {
  next(): number;
  below(bound: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  some<T>(list: readonly T[], most: number): T[];
}

/** mulberry32. */
function generator(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick,
    some: (list, most) => Array.from({ length: below(most + 1) }, () => pick(list)),
  };
}

interface Vocabulary {
  readonly namespaces: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly accounts: readonly string[];
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly subresources: readonly string[];
  readonly names: readonly string[];
  readonly paths: readonly string[];
  readonly labels: readonly (readonly [string, string])[];
  readonly clusterRoles: readonly string[];
  readonly roles: readonly string[];
  readonly bootstrap: boolean;
}

function vocabularyOf(random: Random, bootstrap: boolean): Vocabulary {
  const few = <T>(list: readonly T[], least: number): readonly T[] =>
    list.slice(0, least + random.below(list.length - least + 1));
  return {
    namespaces: few(['a', 'default', 'kube-system', 'b-c'], 2),
    users: few(
      [
        'jane',
        'bob',
        'system:anonymous',
        'system:serviceaccount:a:app',
        'system:serviceaccount:a:b:c',
        'system:kube-scheduler',
        '',
      ],
      2,
    ),
    groups: few(
      [
        'devs',
        'system:authenticated',
        'system:masters',
        'system:serviceaccounts',
        'system:serviceaccounts:a',
        'system:unauthenticated',
      ],
      2,
    ),
    accounts: few(['app', 'default', 'ci', 'b:c'], 2),
    verbs: few(['get', 'list', 'create', 'delete', 'bind', 'Get', 'impersonate', ''], 3),
    apiGroups: few(['', 'apps', 'rbac.authorization.k8s.io', 'x.example.com'], 2),
    resources: few(['pods', 'secrets', 'deployments', 'clusterroles', 'nodes', 'p'], 3),
    subresources: few(['', 'exec', 'scale', 'log', '*', 'a/b'], 2),
    names: few(['n1', 'n2', '*', ''], 2),
    paths: few(['/healthz', '/healthz/ping', '/metrics', '/', '/api', '/apis/x', 'rel', '*'], 3),
    labels: few(
      [
        ['agg', 'a'],
        ['agg', 'b'],
        ['rbac.authorization.k8s.io/aggregate-to-view', 'true'],
        ['rbac.authorization.k8s.io/aggregate-to-edit', 'true'],
        ['x', ''],
      ],
      2,
    ),
    clusterRoles: few(['c1', 'c2', 'c3', 'c4', 'c5', 'view', 'admin', 'system:discovery'], 3),
    roles: few(['r1', 'r2', 'view', 'c1'], 2),
    bootstrap,
  };
}

function policyRule(random: Random, words: Vocabulary): Record<string, unknown> {
  const star = <T extends string>(list: readonly T[]): readonly string[] => [...list, '*'];
  const rule: Record<string, unknown> = {};
  const set = (key: string, list: readonly string[]): void => {
    if (list.length > 0 || random.chance(0.3)) rule[key] = list.length === 0 && random.chance(0.5) ? null : list;
  };
  set('verbs', random.some(random.chance(0.2) ? star(words.verbs) : words.verbs, 4));
  if (random.chance(0.85)) {
    set('apiGroups', random.some(random.chance(0.3) ? star(words.apiGroups) : words.apiGroups, 3));
    const resources = words.resources.flatMap((resource) => [
      resource,
      ...words.subresources.filter((sub) => sub !== '').map((sub) => `${resource}/${sub}`),
    ]);
    const wild = [
      ...words.subresources.filter((sub) => sub !== '').map((sub) => `*/${sub}`),
      '*',
      '**',
      '*/',
      'pods/*',
    ];
    set('resources', random.some(random.chance(0.4) ? [...resources, ...wild] : resources, 4));
    if (random.chance(0.25)) set('resourceNames', random.some(words.names, 3));
  }
  if (random.chance(0.2))
    set('nonResourceURLs', random.some([...words.paths, '/healthz/*', '/*', '/heal**', '*z', ''], 3));
  return rule;
}

function selector(random: Random, words: Vocabulary): Record<string, unknown> {
  const kind = random.below(8);
  const [key, value] = random.pick(words.labels);
  if (kind === 0) return {};
  if (kind <= 4) return { matchLabels: Object.fromEntries(random.some(words.labels, 2)) };
  const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist', 'in']);
  const expression = {
    key: random.chance(0.05) ? 'bad key' : key,
    operator,
    ...(random.chance(0.7) === (operator.endsWith('n') || operator === 'NotIn') ? { values: [value, 'zz'] } : {}),
  };
  return { matchExpressions: [expression] };
}

function objects(random: Random, words: Vocabulary): Record<string, unknown>[] {
  const apiVersion = random.chance(0.95) ? 'rbac.authorization.k8s.io/v1' : 'rbac.authorization.k8s.io/v1beta1';
  const made: Record<string, unknown>[] = [];
  const used = new Set<string>();
  const named = (name: string, namespace?: string): Record<string, unknown> => ({
    name,
    ...(namespace === undefined || (namespace === 'default' && random.chance(0.5)) ? {} : { namespace }),
  });
  const rules = (): unknown =>
    random.chance(0.05) ? null : Array.from({ length: random.below(5) }, () => policyRule(random, words));
  for (const name of words.clusterRoles) {
    if (random.chance(0.25)) continue;
    const labels = Object.fromEntries(random.some(words.labels, 2));
    const aggregated = random.chance(0.3);
    made.push({
      apiVersion,
      kind: 'ClusterRole',
      metadata: { ...named(name), labels },
      ...(aggregated
        ? {
            aggregationRule: random.chance(0.1)
              ? {}
              : { clusterRoleSelectors: Array.from({ length: 1 + random.below(2) }, () => selector(random, words)) },
          }
        : {}),
      rules: rules(),
    });
    if (random.chance(0.05)) made.push({ apiVersion, kind: 'ClusterRole', metadata: named(name), rules: rules() });
  }
  for (const namespace of words.namespaces) {
    for (const name of words.roles) {
      if (random.chance(0.4)) continue;
      made.push({ apiVersion, kind: 'Role', metadata: named(name, namespace), rules: rules() });
    }
  }
  const subject = (): Record<string, unknown> => {
    const kind = random.pick(['User', 'User', 'Group', 'Group', 'ServiceAccount', 'ServiceAccount', 'Robot']);
    const name = random.pick(kind === 'Group' ? words.groups : kind === 'User' ? words.users : words.accounts);
    const namespace =
      kind === 'ServiceAccount'
        ? random.chance(0.85)
          ? { namespace: random.pick(words.namespaces) }
          : {}
        : random.chance(0.05)
          ? { namespace: 'a' }
          : {};
    return {
      kind,
      name,
      ...(random.chance(0.5) && kind !== 'ServiceAccount' ? { apiGroup: 'rbac.authorization.k8s.io' } : {}),
      ...namespace,
    };
  };
  const subjects = (): unknown => (random.chance(0.05) ? null : Array.from({ length: random.below(4) }, subject));
  for (let index = 0; index < 3 + random.below(10); index++) {
    const roleRef = {
      ...(random.chance(0.8) ? { apiGroup: 'rbac.authorization.k8s.io' } : {}),
      kind: random.chance(0.05) ? random.pick(['Role', 'Rolle', '']) : 'ClusterRole',
      name: random.pick([...words.clusterRoles, 'missing']),
    };
    made.push({
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: named(`cb${random.below(12)}`),
      roleRef,
      subjects: subjects(),
    });
  }
  for (let index = 0; index < 4 + random.below(12); index++) {
    const kind = random.pick(['Role', 'Role', 'ClusterRole']);
    const roleRef = {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: random.chance(0.03) ? 'x' : kind,
      name: random.pick(kind === 'Role' ? words.roles : words.clusterRoles),
    };
    made.push({
      apiVersion,
      kind: 'RoleBinding',
      metadata: named(`rb${random.below(12)}`, random.pick(words.namespaces)),
      roleRef,
      subjects: subjects(),
    });
  }
  for (const object of made) {
    // Now and then a value of a type that the API server refuses: the object does not exist then.
    if (random.chance(0.01)) object['rules'] = [{ verbs: 'get', apiGroups: [''], resources: ['pods'] }];
    if (random.chance(0.01)) object['subjects'] = [{ kind: 'User', name: 7 }];
  }
  return shuffle(
    random,
    made.filter((object) => object['kind'] !== undefined && !used.has('')),
  );
}

function shuffle<T>(random: Random, list: T[]): T[] {
  for (let index = list.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [list[index], list[other]] = [list[other]!, list[index]!];
  }
  return list;
}

function splitIntoFiles(random: Random, written: readonly unknown[]): Map<string, string> {
  const files = new Map<string, string>();
  let rest = [...written];
  for (let index = 0; rest.length > 0; index++) {
    const part = rest.slice(0, 1 + random.below(8));
    rest = rest.slice(part.length);
    const name = `${random.chance(0.3) ? 'sub/' : ''}f${String(index).padStart(2, '0')}`;
    if (random.chance(0.15)) files.set(`${name}.json`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: part }));
    else files.set(`${name}.yaml`, part.map((object) => JSON.stringify(object, null, 1)).join('\n---\n'));
  }
  return files;
}

function request(random: Random, words: Vocabulary, id: number): Record<string, unknown> {
  const kind = random.below(20);
  const op = kind < 13 ? undefined : kind < 16 ? 'who-can' : kind < 17 ? 'rules' : 'escalation';
  const namespace = random.chance(0.7) ? { namespace: random.pick(words.namespaces) } : {};
  const account = random.chance(0.4) ? [random.pick(words.namespaces), random.pick(words.accounts)] : undefined;
  const user = account === undefined ? random.pick(words.users) : `system:serviceaccount:${account[0]}:${account[1]}`;
  const groups =
    account !== undefined && random.chance(0.5)
      ? ['system:serviceaccounts', `system:serviceaccounts:${account[0]}`]
      : random.some(words.groups, 2);
  const who = { user, ...(groups.length > 0 ? { groups } : {}) };
  if (op === 'rules') return { id, op, ...who, ...namespace };
  if (op === 'escalation')
    return {
      id,
      op,
      ...who,
      ...namespace,
      rules: Array.from({ length: random.below(3) }, () => policyRule(random, words)),
    };
  const what = random.chance(0.15)
    ? { path: random.pick([...words.paths, '/healthzz', '']) }
    : {
        apiGroup: random.pick(words.apiGroups),
        resource: random.pick(words.resources),
        subresource: random.pick(words.subresources),
        ...(random.chance(0.4) ? { name: random.pick(words.names) } : {}),
      };
  return {
    id,
    ...(op === undefined ? {} : { op }),
    ...(op === 'who-can' ? {} : who),
    verb: random.pick(words.verbs),
    ...what,
    ...namespace,
  };
}
