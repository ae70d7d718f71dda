/**
 * Random audit policies and requests, answered here and by Kubernetes' own evaluator and validator:
 *
 *   KUBESEC_LINT_ORACLES=DIR npx tsx test/oracles/audit.ts [COUNT] [SEED]
 *
 * DIR holds kube/bin/k8s-oracle. Held to be equal: whether kube-apiserver loads the policy, the fields that its
 * validator names, the fields that strict decoding does not know, and level, omitted stages and omitted managed fields
 * of the request.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { evaluate } from '../../src/k8s/audit/evaluate.ts';
import { decodePolicy, LEVELS, STAGES } from '../../src/k8s/audit/policy.ts';
import { validatePolicy } from '../../src/k8s/audit/validate.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { formatPath } from '../../src/yaml/node.ts';
import { parse } from '../../src/yaml/parse.ts';

const oracles = process.env['KUBESEC_LINT_ORACLES'];
if (oracles === undefined) {
  process.stderr.write('KUBESEC_LINT_ORACLES is not set: give the folder that holds kube/bin/k8s-oracle\n');
  process.exit(2);
}
const count = Number(process.argv[2] ?? 50_000);
const random = mulberry(Number(process.argv[3] ?? 1));

const USERS = ['alice', 'system:apiserver', 'system:kube-scheduler', '*', ''];
const GROUPS = ['system:authenticated', 'system:masters', 'system:nodes', '*'];
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'delete', '*', 'GET'];
const NAMESPACES = ['', 'app', 'kube-system', '*'];
const API_GROUPS = ['', 'apps', 'rbac.authorization.k8s.io', '*', 'Apps', 'apps/v1'];
const WORDS = ['pods', 'secrets', 'pods/exec', 'pods/*', '*/exec', '*', '*/*', 'deployments', '*/scale', 'pods/log/x'];
const URLS = ['*', '/healthz*', '/api', '/api*', '/version', 'api', '/a*b', '/logs**', '', '/metrics'];
const PATHS = ['/healthz', '/healthz/etcd', '/api', '/api/v1', '/version', '/logs', '/metrics', ''];

interface Line {
  readonly id: number;
  readonly policy: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  readonly namespace: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly path: string;
}

const lines = Array.from({ length: count }, (_, id) => line(id));
const oracle = spawn(join(oracles, 'kube/bin/k8s-oracle'), ['audit'], { stdio: ['pipe', 'pipe', 'inherit'] });
void (async () => {
  for (const each of lines) {
    if (!oracle.stdin.write(`${JSON.stringify(each)}\n`)) await new Promise((done) => oracle.stdin.once('drain', done));
  }
  oracle.stdin.end();
})();
let agreed = 0;
let evaluated = 0;
let at = 0;
const differences: string[] = [];
for await (const text of createInterface({ input: oracle.stdout })) {
  const request = lines[at++]!;
  const theirs = theirAnswer(JSON.parse(text));
  const ours = ourAnswer(request);
  if (ours['level'] !== undefined) evaluated++;
  if (JSON.stringify(ours) === JSON.stringify(theirs)) agreed++;
  else if (differences.length < 5) {
    differences.push(
      `${JSON.stringify(request)}\n  ours   ${JSON.stringify(ours)}\n  theirs ${JSON.stringify(theirs)}`,
    );
  }
}
process.stdout.write(`${agreed} of ${count} the same, ${evaluated} of them with a level\n${differences.join('\n')}\n`);
process.exitCode = agreed === count && at === count ? 0 : 1;

interface Answer {
  readonly loaded: boolean;
  readonly validation: readonly string[] | undefined;
  readonly unknown: readonly string[] | undefined;
  readonly level?: string;
  readonly omitStages?: readonly string[];
  readonly omitManagedFields?: boolean;
}

function ourAnswer({ policy: text, ...request }: Line): Answer & Record<string, unknown> {
  const [document] = parse(new SourceFile('policy.yaml', text));
  const value = document!.value as Record<string, never>;
  const { policy, faults } = decodePolicy(value);
  const decoded = value['apiVersion'] === 'audit.k8s.io/v1' && !faults.some(({ kind }) => kind === 'type');
  const errors = validatePolicy(policy);
  const fields = errors.filter(({ path }) => path.length > 1).map(({ path }) => fieldOf(path));
  const loaded = decoded && errors.length === 0;
  const unknown = faults.filter(({ kind }) => kind === 'unknown').map(({ path }) => formatPath(path));
  const answer = {
    loaded,
    validation: decoded ? [...new Set(fields)].sort() : undefined,
    unknown: decoded ? unknown.sort() : undefined,
  };
  if (!loaded) return answer;
  const { level, omitStages, omitManagedFields } = evaluate(policy, request);
  return { ...answer, level, omitStages, omitManagedFields };
}

/** The validator leaves the index of an entry of `resources` out. */
function fieldOf(path: readonly (string | number)[]): string {
  return formatPath(
    path.filter((step, index) => !(typeof step === 'number' && path[index - 1] === 'resources' && index === 3)),
  );
}

function theirAnswer(answer: {
  readonly result: { loaded: boolean; loadError?: string; strictError?: string; validation?: readonly string[] };
  readonly level?: string;
  readonly omitStages?: readonly string[];
  readonly omitManagedFields?: boolean;
}): Answer & Record<string, unknown> {
  const { loaded, loadError = '', strictError = '', validation = [] } = answer.result;
  const decoded = !/^failed (?:lenient )?decoding/.test(loadError);
  const base = {
    loaded,
    validation: decoded
      ? [...new Set(validation.map((error) => error.slice(0, error.indexOf(': '))))].sort()
      : undefined,
    unknown: decoded
      ? [...strictError.matchAll(/unknown field "([^"]+)"/g)].map((match) => match[1]!).sort()
      : undefined,
  };
  if (!loaded) return base;
  return {
    ...base,
    level: answer.level!,
    omitStages: answer.omitStages!,
    omitManagedFields: answer.omitManagedFields!,
  };
}

function line(id: number): Line {
  const isResource = chance(0.7);
  const [resource, subresource] = isResource
    ? pick(['pods', 'secrets', 'deployments', 'pods/exec', 'pods/log', 'deployments/scale']).split('/')
    : [];
  return {
    id,
    policy: JSON.stringify(policy()),
    user: pick(USERS),
    groups: some(GROUPS, 3),
    verb: pick(VERBS),
    namespace: isResource ? pick(NAMESPACES) : '',
    apiGroup: isResource ? pick(['', 'apps', 'rbac.authorization.k8s.io']) : '',
    apiVersion: 'v1',
    resource: resource ?? '',
    subresource: subresource ?? '',
    name: pick(['', 'one', 'two']),
    path: isResource ? '' : pick(PATHS),
  };
}

function policy(): unknown {
  const faulty = chance(0.3);
  const rules = Array.from({ length: faulty && chance(0.1) ? 0 : 1 + Math.floor(random() * 6) }, () => rule(faulty));
  return {
    apiVersion: faulty && chance(0.05) ? 'audit.k8s.io/v1beta1' : 'audit.k8s.io/v1',
    kind: 'Policy',
    ...(faulty && chance(0.1)
      ? { metadata: pick<unknown>([null, { name: 'a' }, { name: 1 }, { labels: { a: 'b' } }, []]) }
      : {}),
    ...(chance(0.4) ? { omitStages: stages(faulty) } : {}),
    ...(chance(0.2) ? { omitManagedFields: chance(0.5) } : {}),
    ...(faulty && chance(0.1) ? { omitStage: ['Panic'] } : {}),
    rules,
  };
}

function rule(faulty: boolean): unknown {
  const odd = faulty && chance(0.2);
  const kind = pick(['resources', 'namespaces', 'urls', 'none', ...(faulty ? ['both'] : [])]);
  return {
    level: odd ? pick<unknown>(['metadata', '', null, 3, 'Everything']) : pick(LEVELS),
    ...(chance(0.25) ? { users: odd && chance(0.3) ? 'alice' : some(USERS, 3) } : {}),
    ...(chance(0.25) ? { userGroups: odd && chance(0.3) ? [null, 1] : some(GROUPS, 2) } : {}),
    ...(chance(0.4) ? { verbs: some(VERBS, 4) } : {}),
    ...(kind === 'namespaces' || kind === 'both' || (kind === 'resources' && chance(0.3))
      ? { namespaces: some(NAMESPACES, 3) }
      : {}),
    ...(kind === 'resources' || kind === 'both'
      ? { resources: Array.from({ length: Math.floor(random() * 4) }, () => entry(faulty)) }
      : {}),
    ...(kind === 'urls' || kind === 'both' ? { nonResourceURLs: some(faulty ? URLS : URLS.filter(isUrl), 3) } : {}),
    ...(chance(0.25) ? { omitStages: stages(faulty) } : {}),
    ...(chance(0.2) ? { omitManagedFields: chance(0.5) } : {}),
    ...(faulty && chance(0.1) ? { resource: ['pods'] } : {}),
  };
}

function entry(faulty: boolean): unknown {
  const resources = chance(0.8) ? some(WORDS, 3) : undefined;
  return {
    ...(chance(0.9) ? { group: pick(faulty ? API_GROUPS : API_GROUPS.slice(0, 4)) } : {}),
    ...(resources === undefined ? {} : { resources }),
    ...(chance(0.2) && (faulty || (resources !== undefined && resources.length > 0))
      ? { resourceNames: some(['one', 'two', ''], 2) }
      : {}),
    ...(faulty && chance(0.1) ? { apiGroups: [''] } : {}),
  };
}

function isUrl(url: string): boolean {
  return url === '*' || (url.startsWith('/') && !url.slice(0, -1).includes('*'));
}

function stages(faulty: boolean): readonly string[] {
  return some(faulty ? [...STAGES, 'requestReceived'] : STAGES, 3);
}

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function some<T>(from: readonly T[], most: number): readonly T[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(from));
}

function chance(probability: number): boolean {
  return random() < probability;
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
