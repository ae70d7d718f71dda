import { spawnSync } from 'node:child_process';
import type { AnyRule } from '../../src/engine/rule.ts';
import expressions from '../../src/rules/admission/vap-invalid.ts';
import authentication from '../../src/rules/control-plane/authn-config-anonymous-broad.ts';
import authorization from '../../src/rules/control-plane/authz-config-webhook-weak.ts';
import encryption from '../../src/rules/encryption/encryption-config-invalid.ts';
import kubelet from '../../src/rules/node/kubelet-config-invalid.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';
import { Random } from '../yaml/random-yaml.ts';

// Random configuration files of the components: whether they would start with them, by our rules and by their own code
// (test/oracles/go-config, built to config/bin/config-oracle below KUBESEC_LINT_ORACLES):
// tsx test/oracles/config.ts [SEED] [COUNT]
const [seed = '1', count = '5000'] = process.argv.slice(2);
const random = new Random(Number(seed));
const folder = process.env['KUBESEC_LINT_ORACLES'];
if (folder === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with config/bin/config-oracle');

const KINDS: readonly (readonly [kind: string, rule: AnyRule, make: () => unknown])[] = [
  ['EncryptionConfiguration', encryption, encryptionConfiguration],
  ['AuthenticationConfiguration', authentication, authenticationConfiguration],
  ['AuthorizationConfiguration', authorization, authorizationConfiguration],
  ['KubeletConfiguration', kubelet, kubeletConfiguration],
];

const NAMES = ['secrets', 'configmaps', 'pods', 'deployments.apps', 'daemonsets.apps', ...'abcdef'].map((name) =>
  name.length === 1 ? `${name}.example.com` : name,
);

const CLAIMS = [
  'claims.sub',
  'claims.?roles.orValue([])',
  "'a:' + claims.sub",
  'string(claims.exp)',
  'claims.sub.size()',
  ...['user.username', 'claims.', "'a'.b", "'a' + 1", 'claims.sub.split(1)'],
];
const CLAIM_TESTS = [
  'claims.hd == "example.com"',
  "claims.aud in ['a']",
  'has(claims.sub) && claims.sub != ""',
  'claims.exp - claims.nbf <= 86400',
  "claims.?groups.orValue([]).exists(g, g == 'a')",
  'claims.verified',
  'claims.list[0]',
  "claims['a'] && 1",
  '"a" == 1',
];
const USER_TESTS = [
  "!user.username.startsWith('system:')",
  "user.groups.all(g, !g.startsWith('system:'))",
  "user.extra['a'].exists(v, v == 'b')",
  "has(user.uid) && user.uid != ''",
  'user.name == "a"',
  "'a' in user.groups",
  'user.username',
  'user.groups == ["a"]',
  'claims.sub == "a"',
  'user.groups == 1',
  'user.uid > 1',
  "user.extra.a == 'b'",
];
const CONDITIONS = [
  'has(request.resourceAttributes)',
  "request.resourceAttributes.namespace == 'kube-system'",
  "!('system:masters' in request.groups)",
  "has(request.nonResourceAttributes) && request.nonResourceAttributes.path == '/livez'",
  "request.resourceAttributes.labelSelector.requirements.exists(r, r.key == 'a' && 'b' in r.values)",
  "request.resourceAttributes.fieldSelector.rawSelector == ''",
  "request.extra['a'] == ['b']",
  'request.user',
  "request.group == 'a'",
  'request.resourceAttributes.name > 1',
  "object.metadata.name == 'a'",
  'request.',
  'request.resourceAttributes.path == "a"',
  "request.user.matches('^[a-z]+$')",
  'request.uid == string(1)',
];

let differing = 0;
for (const [kind, rule, make] of KINDS) {
  const texts = Array.from({ length: Number(count) }, () => JSON.stringify(make()));
  const input = texts.map((text, id) => `${JSON.stringify({ id, kind, text })}\n`).join('');
  const run = spawnSync(`${folder}/config/bin/config-oracle`, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`config-oracle: ${run.error?.message ?? run.stderr}`);
  const answers = run.stdout
    .trim()
    .split('\n')
    .map((line): { loads: boolean; errors: readonly string[] | null } => JSON.parse(line));
  let [same, loading, shown] = [0, 0, 0];
  for (const [index, text] of texts.entries()) {
    const { loads, errors } = answers[index]!;
    const { findings } = lintTexts([rule, expressions], { 'config.yaml': text });
    const faults = findings.filter(({ messageId }) => messageId === 'invalid' || messageId === 'configuration');
    if (loads) loading++;
    if (loads === (faults.length === 0)) same++;
    else if (shown++ < 3) {
      console.log(
        `${text}\n  ours   ${faults.map(({ message }) => message).join('; ') || 'loads'}\n  theirs ${errors?.join('; ') ?? 'loads'}`,
      );
    }
  }
  console.log(`${kind}: ${same} of ${texts.length} the same, ${loading} of them load`);
  differing += texts.length - same;
}
process.exitCode = differing === 0 ? 0 : 1;

function encryptionConfiguration(): unknown {
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: some(3, () => ({
      resources: some(3, () =>
        pick([
          ...NAMES,
          ...(chance(0.2) ? ['*.', '*.apps', '*.*'] : []),
          ...rare(['*', 'Secrets', 'a.*', 'events.events.k8s.io', 'b.extensions', 'serviceipallocations', 'apps/a']),
        ]),
      ),
      providers: some(2, provider),
      ...rareField({ provider: [] }),
    })),
    ...rareField({ metadata: { name: 'a' } }),
  };
}

function provider(): unknown {
  const keys = () =>
    some(2, () => ({
      name: pick(['a', 'b', ...rare([''])]),
      secret: pick(
        [32, 32, 16, 24]
          .map((size) => Buffer.alloc(size, 'ab').toString('base64'))
          .concat(rare(['', 'x', 'c2VjcmV0Cg==', 'YWJj\nZGVmZ2hpamtsbW5vcA==', 'a-_b'])),
      ),
    }));
  const kms = {
    apiVersion: pick(['v2', ...rare(['v3', ''])]) || 'v2',
    name: pick(['k', 'l', 'm', ...rare(['', 'a:b'])]),
    endpoint: pick(['unix:///tmp/none.sock', ...rare(['', 'https://a', 'tcp://a', '/a'])]),
    ...(chance(0.3) ? { timeout: pick(['3s', '1m30s', ...rare(['0s', '-1s'])]) } : {}),
    ...rareField({ cachesize: 5 }),
  };
  return pick<unknown>([
    { identity: {} },
    { identity: {} },
    { aescbc: { keys: keys() } },
    { aesgcm: { keys: keys() } },
    { secretbox: { keys: keys() } },
    { kms },
    ...(chance(0.1) ? [{}, { identity: null }, { identity: {}, aescbc: { keys: keys() } }] : []),
  ]);
}

function authenticationConfiguration(): unknown {
  return {
    apiVersion: 'apiserver.config.k8s.io/v1beta1',
    kind: 'AuthenticationConfiguration',
    ...(chance(0.5)
      ? { anonymous: { enabled: chance(0.8), ...(chance(0.5) ? { conditions: [{ path: '/livez' }] } : {}) } }
      : {}),
    jwt: Array.from({ length: Math.floor(random.next() * 3) }, () => ({
      issuer: {
        url: pick([
          'https://a.example.com',
          'https://b.example.com',
          'https://c.example.com',
          ...rare(['', 'http://a.example.com']),
        ]),
        audiences: chance(0.95) ? ['kubernetes'] : [],
      },
      claimMappings: {
        username: mapping(true),
        ...(chance(0.5) ? { groups: mapping(false) } : {}),
        ...(chance(0.2) ? { uid: { expression: pick(CLAIMS) } } : {}),
        ...(chance(0.2) ? { extra: [{ key: 'example.com/a', valueExpression: pick(CLAIMS) }] } : {}),
      },
      ...(chance(0.3) ? { claimValidationRules: [{ expression: pick(CLAIM_TESTS), message: 'no' }] } : {}),
      ...(chance(0.3) ? { userValidationRules: [{ expression: pick(USER_TESTS), message: 'no' }] } : {}),
    })),
  };
}

function mapping(required: boolean): unknown {
  return pick<unknown>([
    { claim: 'sub', prefix: pick(['', 'oidc:']) },
    { claim: 'sub', prefix: 'oidc:' },
    { expression: 'claims.sub' },
    ...(chance(0.15) ? [{ claim: 'sub' }, { claim: 'sub', expression: 'claims.sub' }, ...(required ? [{}] : [])] : []),
  ]);
}

function authorizationConfiguration(): unknown {
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthorizationConfiguration',
    authorizers: Array.from({ length: Math.floor(random.next() * 4) }, () => {
      const type = pick(['Webhook', 'Webhook', 'RBAC', 'Node', 'ABAC', ...rare(['', 'Rbac', 'AlwaysAllow'])]);
      return {
        type,
        name: pick(['a', 'b', 'c', 'd.example', ...rare(['', 'A', '-x'])]),
        ...(type === 'Webhook' ? (chance(0.95) ? { webhook: webhook() } : {}) : rareField({ webhook: webhook() })),
      };
    }),
  };
}

function webhook(): unknown {
  const file = pick(['/etc/kubernetes/a.conf', ...rare(['', 'a.conf'])]);
  const type = pick(['KubeConfigFile', 'InClusterConfig', ...rare(['', 'Other'])]);
  return {
    ...(chance(0.95) ? { timeout: pick(['3s', '30s', ...rare(['0s', '31s', '-1s'])]) } : {}),
    ...(chance(0.5) ? { authorizedTTL: pick(['5m', '0s', ...rare(['-5m'])]) } : {}),
    ...(chance(0.5) ? { unauthorizedTTL: '30s' } : {}),
    subjectAccessReviewVersion: pick(['v1', 'v1beta1', ...rare(['', 'v2'])]),
    failurePolicy: pick(['NoOpinion', 'Deny', ...rare(['', 'Fail'])]),
    ...(chance(0.4)
      ? {
          matchConditions: Array.from({ length: 1 + Math.floor(random.next() * 2) }, () => ({
            expression: pick(CONDITIONS),
          })),
        }
      : {}),
    ...(chance(0.8) ? { matchConditionSubjectAccessReviewVersion: pick(['v1', ...rare(['v1beta1'])]) } : {}),
    connectionInfo: { type, ...((type === 'KubeConfigFile') === chance(0.95) ? { kubeConfigFile: file } : {}) },
  };
}

function kubeletConfiguration(): unknown {
  const fields: Record<string, () => unknown> = {
    port: () => pick([10250, 0, ...rare([-1, 70000])]),
    readOnlyPort: () => pick([0, 10255, ...rare([-1, 70000])]),
    healthzPort: () => pick([10248, 0, ...rare([70000])]),
    imageGCHighThresholdPercent: () => pick([85, 90, ...rare([101, 50])]),
    imageGCLowThresholdPercent: () => pick([80, 70, ...rare([90, -1])]),
    oomScoreAdj: () => pick([-999, ...rare([-1001])]),
    maxPods: () => pick([110, 0, ...rare([-1])]),
    podsPerCore: () => pick([0, ...rare([-1])]),
    eventBurst: () => pick([0, 100, ...rare([-1])]),
    eventRecordQPS: () => pick([0, 50, ...rare([-1])]),
    registryBurst: () => pick([10, ...rare([-1])]),
    registryPullQPS: () => pick([5, 0, ...rare([-1])]),
    kubeAPIBurst: () => pick([100, ...rare([-1])]),
    kubeAPIQPS: () => pick([50, ...rare([-1])]),
    nodeStatusMaxImages: () => pick([-1, 50, ...rare([-2])]),
    nodeLeaseDurationSeconds: () => pick([40, 0, ...rare([-1])]),
    maxOpenFiles: () => pick([1000, ...rare([-1])]),
    serializeImagePulls: () => chance(0.3),
    maxParallelImagePulls: () => pick([1, 2, ...rare([0])]),
    topologyManagerPolicy: () => pick(['none', 'restricted', '', ...rare(['strict'])]),
    topologyManagerScope: () => pick(['container', 'pod', ...rare(['node'])]),
    hairpinMode: () => pick(['none', 'hairpin-veth', ...rare(['veth'])]),
    memorySwap: () => ({ swapBehavior: pick(['NoSwap', 'LimitedSwap', '', ...rare(['Swap'])]) }),
    shutdownGracePeriod: () => pick(['30s', '0s', ...rare(['500ms'])]),
    shutdownGracePeriodCriticalPods: () => pick(['10s', '0s', ...rare(['40s'])]),
    systemCgroups: () => pick(['', ...rare(['/system'])]),
    cgroupRoot: () => pick(['', '/']),
    runOnce: () => chance(0.03),
    cgroupsPerQOS: () => chance(0.95),
    enforceNodeAllocatable: () =>
      some(2, () => pick(['pods', 'system-reserved', 'kube-reserved', ...rare(['none', 'other'])])),
    systemReservedCgroup: () => '/system.slice',
    kubeReservedCgroup: () => '/kube.slice',
  };
  const chosen = Object.entries(fields).filter(([name]) => chance(name.endsWith('ReservedCgroup') ? 0.8 : 0.25));
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    ...Object.fromEntries(chosen.map(([name, make]) => [name, make()])),
  };
}

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)]!;
}

/** One or more, and now and then none. */
function some<T>(most: number, make: () => T): readonly T[] {
  return Array.from({ length: chance(0.03) ? 0 : 1 + Math.floor(random.next() * most) }, make);
}

function rare<T>(values: readonly T[]): readonly T[] {
  return chance(0.12) ? values : [];
}

function rareField(fields: object): object {
  return chance(0.02) ? fields : {};
}

function chance(probability: number): boolean {
  return random.next() < probability;
}
