/**
 * Holds `src/k8s/pod-security` to Kubernetes' own evaluator: random requests, answered by both, compared in verdict,
 * in the ids and their order, in the reason, and in which objects cannot be read at all.
 *
 *   KUBESEC_LINT_ORACLES=DIR tsx test/oracles/pod-security.ts [--seed 1] [--n 100000] [--file REQUESTS.ndjson]
 *
 * DIR holds `pss/bin/pss-oracle`. With --file the requests come from elsewhere and are not generated.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Answer, createResponder } from '../../src/k8s/pod-security/requests.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonMap = { [key: string]: Json };

const { values } = parseArgs({
  options: { seed: { type: 'string' }, n: { type: 'string' }, file: { type: 'string' }, show: { type: 'string' } },
});
const oracles = process.env['KUBESEC_LINT_ORACLES'];
if (oracles === undefined) throw new Error('KUBESEC_LINT_ORACLES names the folder that holds pss/bin/pss-oracle');
const oracle = path.join(oracles, 'pss/bin/pss-oracle');
const seed = Number(values.seed ?? 1);
const total = Number(values.n ?? 100_000);
const show = Number(values.show ?? 10);

let compared = 0;
let refused = 0;
const differences = new Map<string, string[]>();
for (const batch of batches()) {
  const { stdout, status, error } = spawnSync(oracle, ['-q', '-defaults'], {
    input: batch.join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`the oracle failed: ${error}`);
  const answers = stdout.trimEnd().split('\n');
  const respond = createResponder();
  batch.forEach((line, index) => {
    const theirs = JSON.parse(answers[index]!) as Answer;
    const ours = respond(line);
    compared++;
    if (theirs.error !== undefined) refused++;
    const difference = differenceOf(ours, theirs);
    if (difference === undefined) return;
    const lines = differences.get(difference);
    if (lines === undefined) differences.set(difference, [line]);
    else lines.push(line);
  });
}
const count = [...differences.values()].reduce((sum, lines) => sum + lines.length, 0);
console.log(`${compared} requests, ${refused} of them unreadable, ${count} disagreements`);
for (const [difference, lines] of [...differences].sort((a, b) => b[1].length - a[1].length).slice(0, show)) {
  console.log(`\n${lines.length} × ${difference}\n  ${lines[0]!.slice(0, 1500)}`);
}
process.exitCode = count === 0 ? 0 : 1;

function* batches(): Generator<string[]> {
  const file = values.file;
  if (file !== undefined) {
    const lines = readFileSync(file, 'utf8').split('\n');
    for (let at = 0; at < lines.length; at += 20_000) {
      yield lines.slice(at, at + 20_000).filter((line) => line.trim() !== '');
    }
    return;
  }
  for (let at = 0; at < total; at += 20_000) {
    yield Array.from({ length: Math.min(20_000, total - at) }, (_, index) => JSON.stringify(request(at + index)));
  }
}

function differenceOf(ours: Answer, theirs: Answer): string | undefined {
  if ((ours.error === undefined) !== (theirs.error === undefined)) {
    return theirs.error === undefined ? `refused by us alone: ${ours.error}` : `read by us alone: ${theirs.error}`;
  }
  if (theirs.error !== undefined) return undefined;
  const text = (answer: Answer) =>
    `${answer.allowed} ${answer.kind} ${answer.version} ${answer.failed.map(({ id, reason }) => `${id} (${reason})`)}`;
  return text(ours) === text(theirs) ? undefined : `ours ${text(ours)}\n    theirs ${text(theirs)}`;
}

// ── random requests ──────────────────────────────────────────────────────────────────────────────────────────────

/** Every line has a generator of its own, so that line i is the same whatever the number of lines. */
function request(index: number): JsonMap {
  const random = randomFrom(seed * 1_000_003 + index);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const chance = (probability: number): boolean => random() < probability;
  const maybe = (map: JsonMap, key: string, probability: number, make: () => Json): void => {
    if (chance(probability)) map[key] = make();
  };

  const names = ['a', 'b', 'a', '', 'pod'];
  const selinux = (): Json => {
    const options: JsonMap = {};
    maybe(options, 'type', 0.8, () =>
      pick(['', 'container_t', 'container_engine_t', 'container_kvm_t', 'spc_t', null]),
    );
    maybe(options, 'user', 0.2, () => pick(['', 'u', null]));
    maybe(options, 'role', 0.2, () => pick(['', 'r', null]));
    maybe(options, 'level', 0.3, () => 's0');
    return options;
  };
  const profile = (): Json =>
    pick<Json>([
      { type: 'RuntimeDefault' },
      { type: 'Localhost', localhostProfile: 'p' },
      { type: 'Unconfined' },
      {},
      { type: null },
      { type: 'runtimedefault' },
      null,
    ]);
  const shared = (context: JsonMap, dense: number): void => {
    maybe(context, 'seLinuxOptions', dense * 0.3, selinux);
    maybe(context, 'seccompProfile', dense, profile);
    maybe(context, 'appArmorProfile', dense * 0.4, profile);
    maybe(context, 'runAsNonRoot', dense, () => pick([true, true, true, false, null]));
    maybe(context, 'runAsUser', dense * 0.4, () => pick([0, 1, -0, 65534, null, -1]));
    maybe(context, 'windowsOptions', dense * 0.2, () =>
      pick<Json>([{ hostProcess: true }, { hostProcess: false }, {}, null, { hostProcess: null }]),
    );
  };
  const capability = (): Json =>
    pick(['ALL', 'NET_BIND_SERVICE', 'NET_RAW', 'CHOWN', 'all', 'SYS_ADMIN', '', null, 'KILL']);
  const list = (make: () => Json, most: number): Json =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, make);
  const action = (): JsonMap => {
    const made: JsonMap = { port: pick<Json>([80, 'http']) };
    maybe(made, 'host', 0.5, () => pick(['', 'localhost', '10.0.0.1', null]));
    return made;
  };
  const handler = (): Json =>
    pick<Json>([
      { httpGet: action() },
      { tcpSocket: action() },
      { exec: { command: ['x'] } },
      { httpGet: action(), tcpSocket: action() },
      {},
      null,
      { grpc: { port: 1 } },
      { httpGet: null },
    ]);
  const container = (): Json => {
    if (chance(0.01)) return null;
    const made: JsonMap = {};
    maybe(made, 'name', 0.97, () => pick(names));
    maybe(made, 'image', 0.8, () => 'registry.example/app:1');
    if (chance(0.85)) {
      const context: JsonMap = {};
      maybe(context, 'allowPrivilegeEscalation', 0.85, () => pick([false, false, false, true, null]));
      maybe(context, 'privileged', 0.15, () => pick([true, false, null]));
      maybe(context, 'procMount', 0.1, () => pick(['Default', 'Unmasked', '', null]));
      maybe(context, 'capabilities', 0.85, () => {
        const capabilities: JsonMap = {};
        maybe(capabilities, 'drop', 0.9, () => pick<Json>([['ALL'], ['ALL'], ['ALL'], list(capability, 3), null]));
        maybe(capabilities, 'add', 0.3, () => pick<Json>([['NET_BIND_SERVICE'], list(capability, 2), null]));
        return capabilities;
      });
      shared(context, 0.35);
      made['securityContext'] = chance(0.02) ? null : context;
    }
    maybe(made, 'ports', 0.2, () =>
      list(
        () =>
          pick<Json>([
            { containerPort: 80 },
            { containerPort: 80, hostPort: 0 },
            { hostPort: 80 },
            { containerPort: 0 },
            null,
            { containerPort: 9, hostPort: null },
          ]),
        2,
      ),
    );
    for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe']) maybe(made, key, 0.06, handler);
    maybe(made, 'lifecycle', 0.06, () => pick<Json>([{ postStart: handler() }, { preStop: handler() }, {}, null]));
    maybe(made, 'restartPolicy', 0.05, () => 'Always');
    return made;
  };
  const sources = [
    'emptyDir',
    'configMap',
    'hostPath',
    'nfs',
    'image',
    'csi',
    'gitRepo',
    'fc',
    'unheardOf',
    'secret',
    'projected',
    'ephemeral',
    'persistentVolumeClaim',
    'downwardAPI',
    'storageos',
    'portworxVolume',
    'photonPersistentDisk',
  ];
  const volume = (): Json => {
    if (chance(0.03)) return null;
    const made: JsonMap = { name: pick(['v', 'w']) };
    for (let n = pick([0, 1, 1, 1, 2]); n > 0; n--) made[pick(sources)] = pick<Json>([{}, {}, {}, null]);
    return made;
  };
  const sysctl = (): Json =>
    pick<Json>([
      ...[
        'kernel.shm_rmid_forced',
        'net.ipv4.tcp_rmem',
        'net.ipv4.tcp_fin_timeout',
        'net.ipv4.ip_local_reserved_ports',
        'net.ipv4.tcp_notsent_lowat',
        'kernel.msgmax',
        'net/ipv4/tcp_rmem',
        '',
      ].map((name) => ({ name, value: '1' })),
      {},
      null,
    ]);

  const spec: JsonMap = { containers: list(container, 2) };
  maybe(spec, 'initContainers', 0.3, () => pick<Json>([list(container, 2), null]));
  maybe(spec, 'ephemeralContainers', 0.15, () => list(container, 1));
  maybe(spec, 'volumes', 0.3, () => pick<Json>([list(volume, 3), null]));
  if (chance(0.8)) {
    const context: JsonMap = {};
    shared(context, 0.8);
    maybe(context, 'sysctls', 0.15, () => list(sysctl, 2));
    spec['securityContext'] = chance(0.03) ? null : context;
  }
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) maybe(spec, key, 0.08, () => pick([true, false, null]));
  maybe(spec, 'hostUsers', 0.2, () => pick([true, false, false, null]));
  maybe(spec, 'os', 0.2, () =>
    pick<Json>([{ name: 'windows' }, { name: 'windows' }, { name: 'linux' }, {}, null, { name: null }]),
  );
  const metadata: JsonMap = { name: 'p' };
  maybe(metadata, 'annotations', 0.25, () => {
    const annotations: JsonMap = {};
    for (let n = pick([1, 1, 2]); n > 0; n--) {
      const key = pick([
        'container.apparmor.security.beta.kubernetes.io/',
        'container.seccomp.security.alpha.kubernetes.io/',
        'seccomp.security.alpha.kubernetes.io/pod',
      ]);
      annotations[key.endsWith('/') ? key + pick(names) : key] = pick([
        'runtime/default',
        'docker/default',
        'localhost/x',
        'localhost/',
        'unconfined',
        '',
        'x',
        null,
      ]);
    }
    return annotations;
  });
  const pod = wrap(metadata, spec);
  for (let n = chance(0.25) ? pick([1, 1, 2, 3]) : 0; n > 0; n--) mutate(pod);
  const version = pick([
    'latest',
    '',
    ...Array.from({ length: 40 }, (_, minor) => `v1.${minor}`),
    'v1.35',
    'v1.37',
    'v1.36',
    'v1.34',
    'v1.99',
  ]);
  const made: JsonMap = { id: index, level: pick(['baseline', 'restricted', 'restricted', 'privileged']), pod };
  if (version !== '') made['version'] = version;
  if (chance(0.01))
    made['version'] = pick(['v1', '1.30', 'v1.030', 'v1.30.1', 'v2.0', 'Latest', 'v1.99999999999999999999']);
  if (chance(0.005)) made['level'] = pick(['Baseline', '', 'none']);
  return made;

  function wrap(meta: JsonMap, podSpec: JsonMap): JsonMap {
    const template: JsonMap = { metadata: meta, spec: podSpec };
    if (chance(0.01)) delete template['metadata'];
    const object = (apiVersion: string, kind: string, body: JsonMap): JsonMap => ({
      apiVersion,
      kind,
      metadata: { name: 'w' },
      ...body,
    });
    if (chance(0.5)) return chance(0.05) ? template : { apiVersion: 'v1', kind: 'Pod', ...template };
    const kind = pick([
      'Deployment',
      'ReplicaSet',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'CronJob',
      'PodTemplate',
      'ReplicationController',
      'Service',
    ]);
    if (kind === 'Job') return object('batch/v1', kind, { spec: { template } });
    if (kind === 'CronJob')
      return object(pick(['batch/v1', 'batch/v1', 'batch/v1', 'batch/v1beta1']), kind, {
        spec: { jobTemplate: { spec: { template } } },
      });
    if (kind === 'PodTemplate') return object('v1', kind, { template });
    if (kind === 'ReplicationController')
      return object('v1', kind, { spec: chance(0.05) ? { template: null } : { template } });
    if (kind === 'Service') return object('v1', kind, {});
    return object(pick(['apps/v1', 'apps/v1', 'apps/v1', 'apps/v1', 'apps/v1beta1', 'v1']), kind, {
      spec: { template },
    });
  }

  /** Puts something unexpected at a random place: null, another type, an extreme, another value of the same object. */
  function mutate(root: JsonMap): void {
    const places: { readonly holder: JsonMap | Json[]; readonly key: string | number }[] = [];
    const visit = (value: Json): void => {
      if (Array.isArray(value))
        value.forEach((item, key) => {
          places.push({ holder: value, key });
          visit(item);
        });
      else if (typeof value === 'object' && value !== null)
        for (const key of Object.keys(value)) {
          places.push({ holder: value, key });
          visit(value[key]!);
        }
    };
    visit(root);
    const { holder, key } = pick(places);
    const odd = pick<Json>([
      null,
      null,
      true,
      false,
      0,
      1,
      -1,
      1.5,
      2147483648,
      -2147483649,
      9007199254740992,
      '',
      'x',
      'true',
      '0',
      [],
      {},
      [null],
      [{}],
      { type: 'x' },
    ]);
    const way = random();
    if (Array.isArray(holder)) holder[key as number] = odd;
    else if (way < 0.1) delete holder[key as string];
    else if (way < 0.2) holder[`${key}x`] = odd;
    else holder[key as string] = odd;
  }
}

/** mulberry32 */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
